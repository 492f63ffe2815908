"""The control pipe, read in a thread of its own: it hears the supervisor also while user code computes."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

_READ_SIZE = 262_144

Said = dict[str, Any]


def listen(fd: int, hear: Callable[[Said], None]) -> None:
    """Call `hear` with each control line, in a daemon thread; when the supervisor is gone, end this process and its group."""
    os.set_inheritable(fd, False)
    threading.Thread(target=_read, args=(fd, hear), name="headway-control", daemon=True).start()


def _read(fd: int, hear: Callable[[Said], None]) -> None:
    waiting = b""
    while data := os.read(fd, _READ_SIZE):
        *lines, waiting = (waiting + data).split(b"\n")
        for line in lines:
            hear(json.loads(line))
    end_group()


def end_group() -> None:
    """Nothing that this child started outlives it."""
    with contextlib.suppress(OSError):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def hang_on(fd: int) -> None:
    """Have the kernel kill the whole group when the worker, who holds the other end of this pipe, is gone.

    The thread above cannot do it while native code holds the interpreter's lock. PR_SET_PDEATHSIG would fire when the
    *thread* that started this process ends. What is left is the signal of an asynchronous descriptor (F_SETSIG): nothing
    is ever written to this pipe, so the only event it can have is its end. Linux only.
    """
    os.set_inheritable(fd, False)
    set_signal = getattr(fcntl, "F_SETSIG", None)
    if set_signal is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(fd, fcntl.F_SETOWN, -os.getpgrp())
            fcntl.fcntl(fd, set_signal, signal.SIGKILL)
            fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
