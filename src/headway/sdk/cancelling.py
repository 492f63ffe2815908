"""How a wish to cancel, heard in a thread, reaches the code that is to end.

The main thread is interrupted by a signal of which nobody makes use, so that a blocking call wakes; any other thread by an
exception that Python raises before its next bytecode; an asyncio task by its own `cancel`.
"""

from __future__ import annotations

import asyncio
import ctypes
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

from headway.sdk import interrupts
from headway.sdk.outcomes import Cancelled

_SIGNALS = (signal.SIGUSR1, signal.SIGUSR2)


class Target:
    """The code that a `with headway.record(...)` encloses. Made in its thread; `cancel` from any other."""

    def __init__(self, *, is_async: bool, error: type[BaseException] = Cancelled) -> None:
        """`error`: what is raised in code that is no asyncio task."""
        self._error = error
        self._thread_id = threading.get_ident()
        self._lock = threading.Lock()
        self._is_over = False
        self._is_wanted = False
        self._signal: signal.Signals | None = None
        self._cancel: Callable[[], None] = self._raise_in_thread
        if is_async:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            if task is not None:
                self._cancel = lambda: self._cancel_task(loop, task)
        elif self._thread_id == interrupts.MAIN_THREAD:
            self._signal = next((one for one in _SIGNALS if signal.getsignal(one) is signal.SIG_DFL), None)
            if self._signal is not None:
                signal.signal(self._signal, self._on_signal)
                self._cancel = self._interrupt

    def cancel(self) -> None:
        with self._lock:
            if self._is_over or self._is_wanted:
                return
            self._is_wanted = True
            self._cancel()

    def close(self) -> None:
        """The code has ended; in the thread it ran in."""
        with self._lock:
            self._is_over = True
        if self._signal is not None and signal.getsignal(self._signal) == self._on_signal:
            signal.signal(self._signal, signal.SIG_DFL)

    def _interrupt(self) -> None:
        assert self._signal is not None
        with suppress(ProcessLookupError):
            signal.pthread_kill(self._thread_id, self._signal)

    def _on_signal(self, number: int, frame: object) -> None:
        if self._is_wanted and not self._is_over:
            interrupts.interrupt(self._error())

    def _raise_in_thread(self) -> None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread_id), ctypes.py_object(self._error))

    def _cancel_task(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[object]) -> None:
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(lambda: None if self._is_over else task.cancel())
