"""The seam between user code and whoever takes its reports.

Real implementations: `PipeReporter` (a child of a worker, here), `LocalReporter` (no Headway around, `local.py`), and the
one of `headway.record` (over HTTP).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from json import JSONEncoder
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from headway.model.clock import iso
from headway.model.errors import NoFamily
from headway.model.events import EVENT_LIMIT, LOG_WRITTEN, METRIC_REPORTED, TEXT_LIMIT, Event
from headway.sdk.jsonable import clean, safe
from headway.sdk.report_pipe import ReportPipe

if TYPE_CHECKING:
    from headway.sdk.kin import Kin, Wish

_encoder = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_chunks: Callable[[Any, int], Iterable[str]]
try:
    # In C: a text in 60 ns (1.2 us without), a small dict in 1.3 us (2.1 with the encoder that `JSONEncoder.encode` makes for each).
    from _json import encode_basestring, make_encoder  # pyright: ignore[reportUnknownVariableType]

    _in_c: Any = make_encoder
    _chunks = _in_c(None, _encoder.default, encode_basestring, None, ":", ",", False, False, False)
except ImportError:  # an interpreter without the accelerator
    from json.encoder import encode_basestring

    _chunks = lambda value, _level: _encoder.iterencode(value)  # noqa: E731

quote: Callable[[str], str] = encode_basestring


def encode_value(value: Any) -> str:
    """As JSON without spaces. Raises `TypeError`, `ValueError` or `RecursionError` for what JSON cannot hold."""
    return "".join(_chunks(value, 0))


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

    def start_children(self, kin: Kin, request: int, wishes: Sequence[Wish]) -> None:
        """Start child runs, all or none; `kin.answer(request, …)` is called with their ids, or the error."""
        ...

    def await_children(self, kin: Kin, runs: Sequence[str]) -> None:
        """`kin.ended` is called for each of them once it has ended."""
        ...

    def stand_aside(self, is_waiting: bool) -> None:
        """Whether this run does nothing but wait for its children."""
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
        """A log line without the detour over an event (1.1 us less). False: report it as an event, which is made to fit."""
        try:
            more = ""
            for key, value in fields.items():
                more += f',"{key}":{quote(value) if type(value) is str else encode_value(value)}'
            line = f'{self.slot} {{"kind":"{LOG_WRITTEN}","at":"{iso()}","level":"{level}","text":{quote(text)}{more}}}\n'.encode()
        except (TypeError, ValueError, RecursionError):
            return False
        if len(line) > EVENT_LIMIT:
            return False
        self.pipe.send(line)
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

    def start_children(self, kin: Kin, request: int, wishes: Sequence[Wish]) -> None:
        if os.getpid() != self._pid:
            kin.answer(request, [], {"code": NoFamily.code, "message": "A process forked from the run's own cannot start children."})
            return
        self._ask("child.start", request=request, children=wishes)

    def await_children(self, kin: Kin, runs: Sequence[str]) -> None:
        self._ask("child.await", runs=runs)

    def stand_aside(self, is_waiting: bool) -> None:
        self._ask("child.stands_aside", is_waiting=is_waiting)

    def _ask(self, kind: str, **said: Any) -> None:
        self.pipe.send(self._prefix + encode_value({"kind": kind, **said}).encode("utf-8", "backslashreplace") + b"\n")

    def flush(self) -> None:
        self.pipe.flush()
