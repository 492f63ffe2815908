"""One module for each protection: loaded as a pytest plug-in it switches that protection off, and a named test must fail.

A test that cannot fail proves nothing. `tests/acceptance/test_protections.py` runs the pairs.
"""
