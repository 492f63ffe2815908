"""Where the parts are put together: the only room that names a backend.

One file a process, so that a worker does not carry the web with it (30 MB). Each is an async context manager that takes down in
reverse what it has set up, also when setting up fails half-way.
"""
