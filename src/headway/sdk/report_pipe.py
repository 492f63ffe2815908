"""The writing end of a child's report pipe (PROTOCOL.md section 2), shared by all runs of the process."""

from __future__ import annotations

import fcntl
import os
import select
import threading
import time
import weakref
from collections import deque
from pathlib import Path
from threading import get_ident

from headway.model.events import EVENT_LIMIT
from headway.sdk import interrupts

WAITING_LIMIT = 512
"""Metric points that may wait for company before they are written."""
WHOLE_LIMIT = select.PIPE_BUF
"""Bytes that the kernel writes to a pipe whole or not at all (pipe(7): 4,096 on Linux, POSIX promises 512)."""

PATIENCE_SECONDS = 1.0
"""For a thread in the middle of a short line: only a signal handler that stands still there makes it so long."""


class ReportPipe:
    """A line is whole or not there, whoever writes, and whatever interrupts them.

    Nearly every line is short: the kernel keeps it whole, so it takes no lock (1.6 us, the write being 1.0 of them; 2.9 with one).
    A line that the kernel may divide, or one that others wait before, is written *in turn*: under a lock, after all who were writing
    a short one have ended, while those who come find `_is_taken` and wait for their turn. An exception from a signal handler waits
    until such a line is complete. Once the process has forked, every line goes in turn, and a lock on a shared anonymous file keeps
    processes apart.
    """

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)
        # Not blocking, so that a wait for room happens between lines, where a cancellation may break in.
        os.set_blocking(fd, False)
        self._fd = fd
        # One thread may come back while it holds it: a signal handler or a __del__ of user code that prints.
        self._lock = threading.RLock()
        self._is_taken = False
        """Somebody writes in turn, or everybody has to from now on: forked, closed."""
        self._in_passing: list[int] = []
        """Threads that are writing a short line. Its changes are single calls, which Python does not interrupt."""
        self._is_writing = False
        self._waiting: deque[bytes] = deque()
        self._lock_fd = _anonymous_file()
        self._is_shared = False
        """The process has forked, and another may write to the same pipe."""
        self.is_closed = False
        _pipes.add(self)

    def send(self, line: bytes) -> None:
        """Write one line (with its newline) whole, after all that waits. Blocks while the pipe is full."""
        if len(line) <= WHOLE_LIMIT:
            in_passing = self._in_passing
            me = get_ident()
            try:
                # First said, then looked: whoever takes the pipe does it in the other order, so that one of the two sees the other.
                in_passing.append(me)
                if not self._is_taken and not self._waiting:
                    os.write(self._fd, line)
                    line = b""
            except OSError:
                pass  # full, or nobody reads any more: found out again in turn
            finally:
                in_passing.remove(me)
            if not line and not self._waiting:
                return
        self._send_in_turn(line)

    def _send_in_turn(self, line: bytes) -> None:
        me = get_ident()
        if me in self._in_passing:
            self._waiting.append(line)  # the same thread, in the middle of a short line: after that
            return
        is_main = me == interrupts.MAIN_THREAD
        if is_main:
            interrupts.depth += 1
        try:
            with self._lock:
                if self._is_writing:
                    self._waiting.append(line)  # the same thread, in the middle of another line: after that
                    return
                self._is_writing = True
                self._take()
                try:
                    self._write_with_waiting(line)
                    if self._waiting:
                        self._write_with_waiting(b"")
                finally:
                    self._is_writing = False
                    self._is_taken = self._is_shared or self.is_closed
        finally:
            if is_main:
                interrupts.depth -= 1
                if interrupts.pending is not None and not interrupts.depth:
                    interrupts.raise_pending()

    def _take(self) -> None:
        """From here on nobody else writes: whoever was about to is waited for, some microseconds. The caller holds the lock."""
        self._is_taken = True
        me = get_ident()
        patience = time.monotonic() + PATIENCE_SECONDS
        while any(other != me for other in self._in_passing.copy()) and time.monotonic() < patience:
            time.sleep(0.000_01)

    def send_soon(self, line: bytes) -> None:
        """Write the line with the next one, or with `flush`."""
        self._waiting.append(line)
        if len(self._waiting) >= WAITING_LIMIT:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._send_in_turn(b"")

    @property
    def is_waiting(self) -> bool:
        return bool(self._waiting)

    def close(self) -> None:
        """Drop everything from now on. The descriptor itself belongs to whoever opened it."""
        with self._lock:
            if not self.is_closed:
                self.is_closed = True
                self._take()
                os.close(self._lock_fd)

    def _write_with_waiting(self, line: bytes) -> None:
        waiting = self._waiting
        if waiting:
            # Others may append meanwhile: take as many as there are now, one by one.
            line = b"".join([waiting.popleft() for _ in range(len(waiting))]) + line
        if self.is_closed:
            return
        if self._is_shared:
            self._write_shared(line)
        else:
            self._write_whole(line)

    def _write_whole(self, line: bytes) -> None:
        """Returns when all of it is out, or there is nobody to write for, or a cancellation breaks into the wait for room."""
        room = select.poll()
        room.register(self._fd, select.POLLOUT)
        written = 0
        while written < len(line):
            try:
                written += os.write(self._fd, line[written : written + EVENT_LIMIT])
            except BlockingIOError:
                if not written and interrupts.pending is not None and get_ident() == interrupts.MAIN_THREAD:
                    self._waiting.appendleft(line)  # nothing of it is out yet, and the run is to end: leaving raises
                    return
                room.poll(100)
            except OSError:
                self.close()  # the supervisor is gone; the end of the control pipe ends this process
                return

    def _write_shared(self, line: bytes) -> None:
        fcntl.lockf(self._lock_fd, fcntl.LOCK_EX)
        try:
            self._write_whole(line)
        finally:
            if not self.is_closed:
                fcntl.lockf(self._lock_fd, fcntl.LOCK_UN)

    def before_fork(self) -> None:
        self._lock.acquire()
        self.flush()
        self._take()

    def after_fork_in_parent(self) -> None:
        self._is_shared = self._is_taken = True
        self._lock.release()

    def after_fork_in_child(self) -> None:
        # A lock held by this thread is its own in the child too, but the child's thread may have another ident.
        self._is_shared = self._is_taken = True
        self._lock = threading.RLock()
        self._in_passing = []


_pipes: weakref.WeakSet[ReportPipe] = weakref.WeakSet()


def _before_fork() -> None:
    for pipe in list(_pipes):
        pipe.before_fork()


def _after_fork_in_parent() -> None:
    for pipe in list(_pipes):
        pipe.after_fork_in_parent()


def _after_fork_in_child() -> None:
    for pipe in list(_pipes):
        pipe.after_fork_in_child()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)


def _anonymous_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("headway-report-lock")
    path = f"/tmp/headway-{os.getpid()}-{time.monotonic_ns()}"  # noqa: S108  (made anew or not at all, and unlinked at once)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    Path(path).unlink()
    return fd
