"""What a run knows of its children: which were asked for, which are recorded, how which have ended.

`Kin` has the one implementation of that; how the asking is done is the reporter's: over the report pipe of a child process
(`PipeReporter`), or right here, by calling the function (`local.py`).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from headway.model.errors import HeadwayError, TooLarge, every_error

if TYPE_CHECKING:
    from headway.sdk.reporter import Reporter

Wish = Mapping[str, Any]
"""``{key, task, parameters, name?, tags?, priority?, family_key?, family_limit?}``"""
End = Mapping[str, Any]
"""``{run, name, state, result?, error?}``"""

BATCH = 100
"""Children of one message."""
BATCH_BYTES = 262_144
PARAMETERS_LIMIT = 786_432
"""Bytes of a child's parameters as JSON: one message holds them."""


class Born:
    """A child that is on its way to be recorded."""

    __slots__ = ("_error", "_run", "_waiting", "lock")

    def __init__(self, lock: threading.RLock) -> None:
        self.lock = lock
        self._run: str | None = None
        self._error: BaseException | None = None
        self._waiting: list[Callable[[], object]] = []

    def is_settled(self) -> bool:
        return self._run is not None or self._error is not None

    @property
    def error(self) -> BaseException | None:
        return self._error

    @property
    def value(self) -> str:
        """Id of the run. Raises what kept it from being started."""
        if self._error is not None:
            raise self._error
        assert self._run is not None
        return self._run

    def settle(self, run: str | None, error: BaseException | None = None) -> None:
        self._run, self._error = run, error
        with self.lock:
            waiting, self._waiting = self._waiting, []
        for function in waiting:
            function()

    def on_settled(self, function: Callable[[], object]) -> None:
        """Call it once settled, or at once."""
        with self.lock:
            if not self.is_settled():
                self._waiting.append(function)
                return
        function()


class Kin:
    def __init__(self, reporter: Reporter) -> None:
        self.alike: Counter[str] = Counter()
        """How many children of the same task and parameters there were; part of their keys."""
        self._reporter = reporter
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._listeners: list[Callable[[], object]] = []
        self._unsent: list[tuple[Wish, Born]] = []
        self._unsent_bytes = 0
        self._asked: dict[int, list[Born]] = {}
        self._ends: dict[str, End] = {}
        self._awaited: set[str] = set()
        self._last_request = 0
        self._maps = 0
        self._waiting = 0

    def next_map(self) -> int:
        with self._lock:
            self._maps += 1
            return self._maps

    # --- what user code asks ---

    def start(self, wish: Wish, size_bytes: int) -> Born:
        """Ask for a child; with the next `flush`, or in company."""
        born = Born(self._lock)
        if size_bytes > PARAMETERS_LIMIT:
            born.settle(None, TooLarge(what="The child's parameters", limit=f"{PARAMETERS_LIMIT:,} bytes"))
            return born
        with self._lock:
            self._unsent.append((wish, born))
            self._unsent_bytes += size_bytes
            is_full = len(self._unsent) >= BATCH or self._unsent_bytes >= BATCH_BYTES
        if is_full:
            self.flush()
        return born

    def flush(self) -> None:
        with self._lock:
            batch, self._unsent, self._unsent_bytes = self._unsent, [], 0
            if not batch:
                return
            self._last_request += 1
            request = self._last_request
            self._asked[request] = [born for _, born in batch]
        self._reporter.start_children(self, request, [wish for wish, _ in batch])

    def ask(self, runs: Sequence[str]) -> None:
        """Have their ends told, once they come."""
        with self._lock:
            new = [run for run in runs if run not in self._awaited and run not in self._ends]
            self._awaited.update(new)
        if new:
            self._reporter.await_children(self, new)

    def end_of(self, run: str) -> End | None:
        return self._ends.get(run)

    def wait(self, timeout_seconds: float) -> None:
        """Until there is news, or so long."""
        with self._news:
            self._news.wait(timeout_seconds)

    def on_news(self, function: Callable[[], object]) -> None:
        """Call it once, with the next news."""
        with self._lock:
            self._listeners.append(function)

    @contextmanager
    def standing_aside(self) -> Generator[None]:
        """While this run only waits, another may have its place."""
        self._stand_aside(1)
        try:
            yield
        finally:
            self._stand_aside(-1)

    def _stand_aside(self, change: int) -> None:
        with self._lock:
            before, self._waiting = self._waiting, self._waiting + change
            now = self._waiting
        if bool(before) != bool(now):
            self._reporter.stand_aside(bool(now))

    # --- what is answered, in the thread that hears it ---

    def answer(self, request: int, runs: Sequence[str], error: Mapping[str, Any] | None) -> None:
        with self._lock:
            asked = self._asked.pop(request, [])
        if error is not None:
            for born in asked:
                born.settle(None, error_from(error))
        else:
            for born, run in zip(asked, runs, strict=False):
                born.settle(run)
        self._tell()

    def ended(self, end: End) -> None:
        with self._lock:
            self._ends[end["run"]] = end
            self._awaited.discard(end["run"])
        self._tell()

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()
            listeners, self._listeners = self._listeners, []
        for function in listeners:
            function()


def error_from(said: Mapping[str, Any]) -> HeadwayError:
    """The error that the worker speaks of, as the class that has its code."""
    cls = every_error().get(str(said.get("code")), HeadwayError)
    return cls(said.get("message") or None, **(said.get("fields") or {}))
