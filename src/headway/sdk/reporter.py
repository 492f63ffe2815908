"""The seam between user code and whoever takes its reports.

Real implementations: `PipeReporter` (a child of a worker, here), `LocalReporter` (no Headway around, `local.py`), and the
one of `headway.record` (over HTTP).
"""

from __future__ import annotations

import fcntl
import os
import select
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from json import JSONEncoder
from pathlib import Path
from threading import get_ident
from typing import Any, Protocol

from headway.model.clock import iso
from headway.model.events import EVENT_LIMIT, LOG_WRITTEN, METRIC_REPORTED, TEXT_LIMIT, Event
from headway.sdk import interrupts
from headway.sdk.jsonable import clean, safe

try:
    from _json import encode_basestring  # pyright: ignore[reportUnknownVariableType]  (C: 60 ns a field, 1.2 us without)
except ImportError:  # an interpreter without the accelerator
    from json.encoder import encode_basestring

WAITING_LIMIT = 512
"""Metric points that may wait for company before they are written."""

quote: Callable[[str], str] = encode_basestring
encode_value = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Recorded:
    """A report that is on its way to the journal. Wait for it in a thread (`wait`) or be called (`then`)."""

    __slots__ = ("_done", "_error", "_lock", "_then")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._then: list[Callable[[BaseException | None], None]] = []
        self._error: BaseException | None = None

    def settle(self, error: BaseException | None = None) -> None:
        """It is recorded (or never will be: `error`). Only the first call counts."""
        with self._lock:
            if self._done.is_set():
                return
            self._error = error
            self._done.set()
        for function in self._then:
            function(error)

    def wait(self, timeout_seconds: float | None = None) -> None:
        """Return once it is recorded. Raises `TimeoutError`, or the error it was settled with."""
        if not self._done.wait(timeout_seconds):
            raise TimeoutError("the report was not recorded in time")
        if self._error is not None:
            raise self._error

    def then(self, function: Callable[[BaseException | None], None]) -> None:
        """Call `function(error)` once settled, in the thread that settles it, or at once."""
        with self._lock:
            if not self._done.is_set():
                self._then.append(function)
                return
        function(self._error)


class Reporter(Protocol):
    """Takes the reports of one run. Every method may be called from any thread.

    - `report` keeps the order of calls of one thread. It returns when the event can no longer be lost with this process
      (a pipe: written to it), except for metric points, which may wait up to 50 ms for company until `flush`.
    - An event is a dict that JSON can hold, with `kind` and `at`.
    - Nothing here raises because of the other side: a reporter whose other side is gone drops what it is given.
    """

    watched: int
    """Viewers at this moment: 0 lets progress go at 1 Hz, more at 20 Hz."""

    def report(self, event: Event) -> None: ...

    def line(self, level: str, text: str, fields: Mapping[str, Any]) -> bool:
        """A log line without the detour over an event, for who has a quicker way. False: nothing was done, report it as an event."""
        ...

    def checkpoint(self, number: int, value: Any) -> Recorded:
        """`value` is JSON of at most 256 KB, checked by the caller."""
        ...

    def artifact(self, path: Path, *, name: str, media_type: str | None, step: str | None, is_temporary: bool) -> None:
        """Take a file into keeping; `is_temporary`: and delete it afterwards."""
        ...

    def flush(self) -> None:
        """Send what waits for company."""
        ...


def encode(event: Event) -> bytes:
    """One event as JSON in UTF-8, without a newline, at most `EVENT_LIMIT` bytes. Never raises: it is made to fit."""
    try:
        # By hand, because nearly every field is text: a log line in 0.6 us, against 3.0 by JSONEncoder.encode.
        if event["kind"] == LOG_WRITTEN:
            line = f'{{"kind":"log.written","at":"{event["at"]}","level":"{event["level"]}","text":{quote(event["text"])}'
            for key, value in event.items():
                if key not in _OF_EVERY_LINE:
                    line += f',"{key}":{quote(value) if type(value) is str else encode_value(value)}'
            data = (line + "}").encode()
            return data if len(data) <= EVENT_LIMIT else _bounded(data, event)
        fields = [f'"{key}":{quote(value) if type(value) is str else encode_value(value)}' for key, value in event.items()]
        data = ("{" + ",".join(fields) + "}").encode()
    except (TypeError, ValueError, RecursionError):
        event = {key: _fitting(key, value) for key, value in event.items()}
        data = encode_value(event).encode()
    return _bounded(data, event)


_OF_EVERY_LINE = frozenset({"kind", "at", "level", "text"})


def _bounded(data: bytes, event: Event) -> bytes:
    return data if len(data) <= EVENT_LIMIT else encode_value(_shrunk(event)).encode()


def _fitting(key: str, value: Any) -> Any:
    """Long text stays long here: only what JSON or UTF-8 cannot hold is altered."""
    return clean(value) if isinstance(value, str) else safe(value)


def _shrunk(event: Event) -> Event:
    """An event beyond the limit loses what accompanies it first, and text last."""
    kept = {key: value for key, value in event.items() if key not in ("context", "traceback", "labels")}
    if len(encode_value(kept).encode()) <= EVENT_LIMIT - 8_192 and "traceback" in event:
        kept["traceback"] = str(event["traceback"])[:1_000] + "\n… (cut: the event was larger than an event may be)"
    return {key: value[:TEXT_LIMIT] if isinstance(value, str) else value for key, value in kept.items()}


class ReportPipe:
    """The writing end of a child's report pipe (PROTOCOL.md section 2), shared by all runs of the process.

    A line is whole or not there: one lock among threads; an exception from a signal handler waits until a line is
    complete; and once the process has forked, a lock on a shared anonymous file keeps lines of several processes apart,
    because the kernel promises that only for lines of up to PIPE_BUF bytes.
    """

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)
        # Not blocking, so that a wait for room happens between lines, where a cancellation may break in.
        os.set_blocking(fd, False)
        self._fd = fd
        # One thread may come back while it holds it: a signal handler or a __del__ of user code that prints.
        self._lock = threading.RLock()
        self._is_writing = False
        self._waiting: deque[bytes] = deque()
        self._lock_fd = _anonymous_file()
        self._is_shared = False
        """The process has forked, and another may write to the same pipe."""
        self.is_closed = False
        _pipes.add(self)

    def send(self, line: bytes) -> None:
        """Write one line (with its newline) whole, after all that waits. Blocks while the pipe is full."""
        is_main = get_ident() == interrupts.MAIN_THREAD
        if is_main:
            interrupts.depth += 1
        try:
            with self._lock:
                if self._is_writing:
                    self._waiting.append(line)  # the same thread, in the middle of another line: after that
                    return
                self._is_writing = True
                try:
                    if self._waiting or self._is_shared or self.is_closed:
                        self._write_with_waiting(line)
                    else:
                        # What _write_whole does, in line: this is nearly every call.
                        try:
                            written = os.write(self._fd, line)
                        except OSError as error:
                            written = self._after(error, line)
                        if written < len(line):
                            self._write_rest(line, written)
                    if self._waiting:
                        self._write_with_waiting(b"")
                finally:
                    self._is_writing = False
        finally:
            if is_main:
                interrupts.depth -= 1
                if interrupts.pending is not None and not interrupts.depth:
                    interrupts.raise_pending()

    def send_soon(self, line: bytes) -> None:
        """Write the line with the next one, or with `flush`."""
        self._waiting.append(line)
        if len(self._waiting) >= WAITING_LIMIT:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self.send(b"")

    @property
    def is_waiting(self) -> bool:
        return bool(self._waiting)

    def close(self) -> None:
        """Drop everything from now on. The descriptor itself belongs to whoever opened it."""
        with self._lock:
            if not self.is_closed:
                self.is_closed = True
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
        try:
            written = os.write(self._fd, line)
        except OSError as error:
            written = self._after(error, line)
        if written < len(line):
            self._write_rest(line, written)

    def _after(self, error: OSError, line: bytes) -> int:
        """How much of the line is dealt with: nothing if the pipe was full, all of it if there is nobody to write for."""
        if isinstance(error, BlockingIOError):
            return 0
        self.close()  # the supervisor is gone; the end of the control pipe ends this process
        return len(line)

    def _write_rest(self, line: bytes, written: int) -> None:
        room = select.poll()
        room.register(self._fd, select.POLLOUT)
        while written < len(line):
            if not written and interrupts.pending is not None and get_ident() == interrupts.MAIN_THREAD:
                self._waiting.appendleft(line)  # nothing of it is out yet, and the run is to end: leave_critical raises
                return
            try:
                room.poll(100)
                written += os.write(self._fd, line[written : written + EVENT_LIMIT])
            except BlockingIOError:
                continue
            except OSError:
                self.close()
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

    def after_fork_in_parent(self) -> None:
        self._is_shared = True
        self._lock.release()

    def after_fork_in_child(self) -> None:
        # A lock held by this thread is its own in the child too, but the child's thread may have another ident.
        self._is_shared = True
        self._lock = threading.RLock()


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


class PipeReporter:
    """Reports of one run over the pipe that all runs of the child share."""

    def __init__(self, pipe: ReportPipe, slot: int, *, watched: int = 0) -> None:
        self.pipe = pipe
        self.slot = slot
        self.watched = watched
        self._prefix = b"%d " % slot
        self._checkpoints: dict[int, Recorded] = {}
        self._pid = os.getpid()

    def line(self, level: str, text: str, fields: Mapping[str, Any]) -> bool:
        """A log line whose fields are all text, without the detour over an event (1.1 us less). False: report it as an event."""
        try:
            more = "".join([f',"{key}":{quote(value)}' for key, value in fields.items()])
            line = f'{{"kind":"{LOG_WRITTEN}","at":"{iso()}","level":"{level}","text":{quote(text)}{more}}}\n'.encode()
        except (TypeError, ValueError):
            return False
        if len(line) > EVENT_LIMIT:
            return False
        self.pipe.send(self._prefix + line)
        return True

    def report(self, event: Event) -> None:
        line = self._prefix + encode(event) + b"\n"
        if event["kind"] == METRIC_REPORTED:
            self.pipe.send_soon(line)
        else:
            self.pipe.send(line)

    def checkpoint(self, number: int, value: Any) -> Recorded:
        recorded = Recorded()
        if os.getpid() != self._pid:
            recorded.settle(RuntimeError("checkpoint() works only in the process that the run was started in, not in one forked from it"))
            return recorded
        self._checkpoints[number] = recorded
        self.pipe.send(self._prefix + encode_value({"kind": "child.checkpoint", "number": number, "value": value}).encode() + b"\n")
        return recorded

    def acknowledge(self, number: int) -> None:
        """The supervisor says that checkpoint `number` is committed, and so are those before it."""
        for earlier in [known for known in self._checkpoints if known <= number]:
            self._checkpoints.pop(earlier).settle()

    def artifact(self, path: Path, *, name: str, media_type: str | None, step: str | None, is_temporary: bool) -> None:
        event: Event = {"kind": "child.artifact", "path": str(path), "name": name, "is_temporary": is_temporary}
        if media_type:
            event["media_type"] = media_type
        if step:
            event["step"] = step
        self.pipe.send(self._prefix + encode(event) + b"\n")

    def flush(self) -> None:
        self.pipe.flush()
