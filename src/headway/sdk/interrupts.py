"""Exceptions that a signal handler raises in the main thread, held back while a report line is half written.

Python runs a signal handler between any two bytecodes, also right after `os.write` has returned and before anyone
could note how much was written. An exception there would leave half a line in the pipe and garble the next one.
"""

from __future__ import annotations

import threading

MAIN_THREAD = threading.main_thread().ident

depth = 0
"""How many critical sections the main thread is in. Written by the main thread alone, in line: a call would cost as much again."""
pending: BaseException | None = None


def interrupt(error: BaseException) -> None:
    """For signal handlers in the main thread: raise `error` now, or at the end of the critical section it landed in."""
    global pending
    if depth:
        pending = error
    else:
        raise error


def raise_pending() -> None:
    """At the end of a critical section: raise what came in the meantime."""
    global pending
    error, pending = pending, None
    if error is not None:
        raise error
