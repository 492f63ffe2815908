"""One child process, seen from the worker: its pipes, its lines, its end. It knows nothing of runs but their slots."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Protocol, cast

import orjson

from headway.model.ids import new_id
from headway.work.limits import EVENT_TAIL, REPORT_LIMIT

_READ_SIZE = 262_144
_PIPE_SIZE = 1_048_576
"""Room for a burst, so that a report seldom waits for the worker's loop (F_SETPIPE_SZ; the default is 64 KB)."""
_CONTROL_LIMIT = 8 * 1_048_576
"""Control lines that wait for a child that does not read them. It always does: one that does not is broken."""
_MESSAGE = b'"child.'
_LAST_WORDS = 64 * 1_048_576
"""Bytes read at most from the pipes of a process that has ended."""


class Mode(Enum):
    SYNC = "sync"
    """Runs one plain function at a time, in its main thread."""
    ASYNC = "async"
    """Runs many `async def` functions at once, on one loop."""


class Listener(Protocol):
    """Who hears what a slot of the child says."""

    def report(self, line: bytes) -> None:
        """An event, as JSON."""
        ...

    def message(self, kind: str, said: dict[str, Any]) -> None:
        """A ``child.…`` line."""
        ...

    def output(self, stream: str, data: bytes) -> None:
        """Raw bytes of ``stdout`` or ``stderr``."""
        ...

    def oversized(self, size_bytes: int) -> None:
        """A line over the limit was passed over."""
        ...

    def died(self, how: str, companions: int) -> None:
        """The process has ended, and all that it had written was heard. `companions`: other runs that it took with it."""
        ...


class ChildProcess:
    """Starts at construction. All callbacks come from the event loop."""

    def __init__(
        self,
        *,
        mode: Mode,
        sources: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        owner: Listener,
        worker: str = "",
    ) -> None:
        """`sources`: modules and files with tasks. `owner` hears slot 0, and what cannot be told to any run."""
        self.mode = mode
        self.name = new_id()
        self.started_at = time.monotonic()
        self._owner = owner
        self._listeners: dict[bytes, Listener] = {b"0": owner}
        self._last_slot = 0
        self._partial = bytearray()
        self._passed_over = 0
        self._control_waiting = bytearray()
        self._is_paused = False
        self.is_dead = False
        self.how: str | None = None
        """How it ended, in words."""
        self.ended = asyncio.Event()
        self.culprit: object = None
        """The run for whose sake the process is being ended, when others share it."""
        self._asker: Listener | None = None
        self._loop = asyncio.get_running_loop()
        own = {"HEADWAY_CHILD_MODE": mode.value, "HEADWAY_CHILD": self.name, "HEADWAY_WORKER": worker, "HEADWAY_TASKS": ",".join(sources)}
        self._reads, self._writes, self._process = _spawn({**environment, **own}, cwd)
        self._pid_fd = os.pidfd_open(self._process.pid)
        self._loop.add_reader(self._pid_fd, self._reap)
        for name, fd in self._reads.items():
            self._loop.add_reader(fd, self._readable, name)

    def __repr__(self) -> str:
        return f"<{self.mode.value} child {self.pid}>"

    @property
    def pid(self) -> int:
        return self._process.pid

    # slots

    def open_slot(self, listener: Listener) -> int:
        """A number that no other run of this child had before, so that a late line of one never counts for another."""
        self._last_slot += 1
        self._listeners[b"%d" % self._last_slot] = listener
        return self._last_slot

    def close_slot(self, slot: int) -> None:
        self._listeners.pop(b"%d" % slot, None)

    # what the worker says

    def send(self, do: str, **said: Any) -> None:
        """A control line. A child that is gone hears nothing, and its end is told by `died`."""
        if self.is_dead:
            return
        waits = bool(self._control_waiting)
        self._control_waiting += orjson.dumps({"do": do, **said}) + b"\n"
        if len(self._control_waiting) > _CONTROL_LIMIT:
            self.kill()
        elif not waits:
            self._write_control()

    def _write_control(self) -> None:
        fd = self._writes["control"]
        try:
            written = os.write(fd, self._control_waiting)
            del self._control_waiting[:written]
        except BlockingIOError:
            pass
        except OSError:
            self._control_waiting.clear()
        if self._control_waiting:
            self._loop.add_writer(fd, self._write_control)
        else:
            self._loop.remove_writer(fd)

    def signal(self, number: int) -> None:
        """To the process alone."""
        if not self.is_dead:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def signal_group(self, number: int) -> None:
        """To the process and all that it started (what left its group is found by `strays.py`)."""
        if not self.is_dead:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def describe(self, asker: Listener) -> None:
        """Have faulthandler write the stacks of all threads to the stack pipe: it needs no help from the code that runs."""
        self._asker = asker
        self.signal(signal.SIGUSR2)

    def kill(self) -> None:
        self.signal_group(signal.SIGKILL)

    def resident_bytes(self) -> int:
        """Memory it holds now; 0 when it is gone."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_bytes().split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * _PAGE

    # what the child says

    def pause_reading(self) -> None:
        """Back-pressure: the pipes fill, and then `log` and `print` in user code wait."""
        if not self._is_paused and not self.is_dead:
            self._is_paused = True
            for name in ("report", "stdout", "stderr"):
                self._loop.remove_reader(self._reads[name])

    def resume_reading(self) -> None:
        if self._is_paused and not self.is_dead:
            self._is_paused = False
            for name in ("report", "stdout", "stderr"):
                self._loop.add_reader(self._reads[name], self._readable, name)

    def read_output(self) -> None:
        """Hear what stands in stdout and stderr now, so that it comes before the end of the run that wrote it."""
        if not self.is_dead:
            for name in ("stdout", "stderr"):
                self._read_all(name, _PIPE_SIZE)

    def _readable(self, name: str) -> None:
        try:
            data = os.read(self._reads[name], _READ_SIZE)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(self._reads[name])
        elif name == "report":
            self._hear(data)
        else:
            self._output(name, data)

    def _read_all(self, name: str, limit: int) -> None:
        fd = self._reads[name]
        while limit > 0:
            try:
                data = os.read(fd, _READ_SIZE)
            except BlockingIOError:
                return
            if not data:
                return
            limit -= len(data)
            if name == "report":
                self._hear(data)
            else:
                self._output(name, data)

    def _output(self, stream: str, data: bytes) -> None:
        """Raw output belongs to the run when there is only one; a child of many cannot know whose it is."""
        listeners = self._runs()
        if stream == "stack" and self._asker is not None:
            self._asker.output(stream, data)
        else:
            (listeners[0] if len(listeners) == 1 else self._owner).output(stream, data)

    def _runs(self) -> list[Listener]:
        return [listener for slot, listener in self._listeners.items() if slot != b"0"]

    def _hear(self, data: bytes) -> None:
        if self._passed_over:
            data = self._pass_over(data)
        if self._partial:
            data = bytes(self._partial) + data
        *lines, rest = data.split(b"\n")
        self._partial = bytearray(rest)
        for line in lines:
            slot, _, body = line.partition(b" ")
            listener = self._listeners.get(slot)
            if listener is None:
                self._stray(slot, line)
            elif _MESSAGE in body:
                self._message(listener, body)
            else:
                listener.report(body)
        if len(self._partial) > REPORT_LIMIT:
            self._passed_over = len(self._partial)
            self._partial = self._partial[:EVENT_TAIL]

    def _pass_over(self, data: bytes) -> bytes:
        """Skip to the end of a line that is too long to hold; its first bytes, which say whose it is, were kept."""
        end = data.find(b"\n")
        if end < 0:
            self._passed_over += len(data)
            return b""
        slot = bytes(self._partial).partition(b" ")[0]
        self._listeners.get(slot, self._owner).oversized(self._passed_over + end)
        self._passed_over = 0
        self._partial.clear()
        return data[end + 1 :]

    def _stray(self, slot: bytes, line: bytes) -> None:
        """A late line of a run that has ended is no longer anyone's; anything else is garbage on the pipe."""
        if slot.isdigit() and int(slot) <= self._last_slot:
            return
        listeners = self._runs()
        (listeners[0] if len(listeners) == 1 else self._owner).report(line)

    def _message(self, listener: Listener, body: bytes) -> None:
        try:
            said: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            listener.report(body)
            return
        kind: Any = cast("dict[str, Any]", said).get("kind") if isinstance(said, dict) else None
        if isinstance(kind, str) and kind.startswith("child."):
            listener.message(kind, cast("dict[str, Any]", said))
        else:
            listener.report(body)

    # its end

    def _reap(self) -> None:
        self._loop.remove_reader(self._pid_fd)
        # Before the zombie is reaped its number, and so the number of its group, cannot belong to anyone else.
        self.signal_group(signal.SIGKILL)
        self.how = in_words(self._process.wait())
        self._is_paused = False
        for name in ("stdout", "stderr", "report", "stack"):
            self._read_all(name, _LAST_WORDS)
        self.is_dead = True
        self._close()
        self.ended.set()
        listeners = self._runs()
        self._listeners.clear()
        for listener in listeners:
            listener.died(self.how, len(listeners) - 1)
        self._owner.died(self.how, len(listeners))

    def _close(self) -> None:
        self._loop.remove_writer(self._writes["control"])
        for fd in self._reads.values():
            self._loop.remove_reader(fd)
        for fd in (*self._reads.values(), *self._writes.values(), self._pid_fd):
            os.close(fd)


_PAGE = os.sysconf("SC_PAGE_SIZE")
_EXIT_CODES = {0: "exited by itself (code 0) while the run was going on"}
_SIGNALS = {
    signal.SIGKILL: "perhaps out of memory, perhaps by hand",
    signal.SIGSEGV: "a crash in native code",
    signal.SIGABRT: "native code gave up",
    signal.SIGBUS: "a crash in native code, or a full disk under a mapped file",
}


def in_words(code: int) -> str:
    """An exit code as `subprocess` gives it: ``killed by SIGKILL: perhaps out of memory, perhaps by hand``."""
    if code >= 0:
        return _EXIT_CODES.get(code, f"exited with code {code}")
    try:
        number = signal.Signals(-code)
    except ValueError:
        return f"killed by signal {-code}"
    why = _SIGNALS.get(number)
    return f"killed by {number.name}" + (f": {why}" if why else "")


def _spawn(environment: Mapping[str, str], cwd: Path) -> tuple[dict[str, int], dict[str, int], subprocess.Popen[bytes]]:
    """Start `python -m headway.work.child`; the ends that the worker reads, those it writes, and the process."""
    reads: dict[str, int] = {}
    writes: dict[str, int] = {}
    theirs: dict[str, int] = {}
    try:
        for name in ("report", "stdout", "stderr", "stack"):
            reads[name], theirs[name] = os.pipe()
            os.set_blocking(reads[name], False)
        for name in ("control", "lifeline"):
            theirs[name], writes[name] = os.pipe()
            os.set_blocking(writes[name], False)
        for name in ("report", "stdout", "stderr"):
            with contextlib.suppress(OSError):  # beyond what an ordinary user may have: the default size does
                fcntl.fcntl(reads[name], fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        kept = ("report", "stack", "control", "lifeline")
        process = subprocess.Popen(
            [sys.executable, "-m", "headway.work.child"],
            stdin=subprocess.DEVNULL,
            stdout=theirs["stdout"],
            stderr=theirs["stderr"],
            pass_fds=[theirs[name] for name in kept],
            env={**environment, **{f"HEADWAY_{name.upper()}_FD": str(theirs[name]) for name in kept}},
            cwd=cwd,
            start_new_session=True,
        )
    except BaseException:
        for fd in (*reads.values(), *writes.values()):
            os.close(fd)
        raise
    finally:
        for fd in theirs.values():
            os.close(fd)
    return reads, writes, process
