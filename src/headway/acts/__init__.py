"""What can be done, a file each. An act authorises, checks the transition, appends, and says what to announce.

Every act is a plain function over a `Transaction` (`store/contract.py`); whoever calls it gives it to `Store.write`.
"""
