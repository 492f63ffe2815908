"""The log as a stream, for `curl -N`: what is stored, then what comes, until the run has ended.

`Wakes` says when a run's journal has grown; the entries themselves are always read from the journal, so a wake that was lost
costs a moment and never a line.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import contextmanager

import orjson

from headway.access.authorise import may
from headway.model.errors import Unavailable
from headway.model.events import LOG_WRITTEN, Facet
from headway.model.states import FINAL
from headway.store.contract import Appended, Deleted, Snapshot
from headway.store.news import AccessChanged, Revoked
from headway.web.desk import Call
from headway.web.worker_news import WorkerNews

FOLLOWERS_LIMIT = 500
GROWN_LIMIT = 5_000
"""Runs of which one follower remembers that they grew. What is beyond, the look every few seconds finds."""
PAGE = 500
PAGE_BYTES = 262_144
LOOK_SECONDS = 5.0
"""How often a follower looks by itself."""
ALIVE_SECONDS = 15.0
"""Silence after which a blank line is sent, so that proxies and readers know that we are there."""


class Growth:
    """Logs that have grown since somebody looked: places, never lines, so that whoever reads slowly costs nothing."""

    def __init__(self, projects: frozenset[str] | None) -> None:
        self._projects = projects
        self._grown: dict[str, int] = {}
        self.event = asyncio.Event()

    def note(self, news: Appended) -> None:
        if news.entries and (self._projects is None or news.project in self._projects) and len(self._grown) < GROWN_LIMIT:
            self._grown.setdefault(news.run, news.first_line)
            self.event.set()

    def take(self) -> dict[str, int]:
        """The first new line by run, once."""
        grown, self._grown = self._grown, {}
        self.event.clear()
        return grown


class Wakes:
    """Who waits for news of which run. Used in the event loop's thread only."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._growths: set[Growth] = set()
        self._count = 0
        self.workers = WorkerNews()

    def tell(self, news: Sequence[object]) -> None:
        self.workers.tell(news)
        for each in news:
            if isinstance(each, Appended | Deleted):
                for event in self._waiting.get(each.run, ()):
                    event.set()
            if isinstance(each, Appended):
                for growth in self._growths:
                    growth.note(each)
            if isinstance(each, AccessChanged | Revoked):
                self._wake_followers()

    def wake_all(self) -> None:
        """Everyone has to look again: the server is about to end."""
        self.workers.wake_all()
        self._wake_followers()

    def _wake_followers(self) -> None:
        for growth in self._growths:
            growth.event.set()
        for events in self._waiting.values():
            for event in events:
                event.set()

    @contextmanager
    def watch(self, run: str) -> Generator[asyncio.Event]:
        """An event that is set when the run's journal has grown. Raises `Unavailable` beyond `FOLLOWERS_LIMIT`."""
        event = asyncio.Event()
        self._enter()
        self._waiting.setdefault(run, set()).add(event)
        try:
            yield event
        finally:
            self._count -= 1
            self._waiting[run].discard(event)
            if not self._waiting[run]:
                del self._waiting[run]

    @contextmanager
    def watch_all(self, projects: frozenset[str] | None) -> Generator[Growth]:
        """Which runs of these projects (None: of all) grow. Raises `Unavailable` beyond `FOLLOWERS_LIMIT`."""
        growth = Growth(projects)
        self._enter()
        self._growths.add(growth)
        try:
            yield growth
        finally:
            self._count -= 1
            self._growths.discard(growth)

    def _enter(self) -> None:
        if self._count >= FOLLOWERS_LIMIT:
            raise Unavailable("Too many programs follow logs at this moment; try again.", retry_in_seconds=5)
        self._count += 1


async def follow(
    call: Call, run: str, first: int, *, is_following: bool, look_seconds: float = LOOK_SECONDS
) -> AsyncIterator[Sequence[bytes]]:
    """Entries from line `first` on, in batches; an empty batch now and then means *still here*. Ends with the run, with the
    token's life, with the right to see it, or, unless following, with what is stored."""
    line = first
    silent = 0.0
    project: str | None = None

    def read(snapshot: Snapshot) -> tuple[Sequence[bytes], int, bool]:
        """Entries, the next line, and whether nothing more will come."""
        nonlocal project
        found, head = call.see_head(snapshot, run)
        project = found.project
        begin = max(line, head.first_kept_line)
        entries = snapshot.journal.read(run, Facet.LOG, begin, head.last_line, limit=PAGE, max_bytes=PAGE_BYTES)
        after = begin + len(entries)
        return entries, after, after > head.last_line and (found.state in FINAL or not is_following)

    with call.desk.wakes.watch(run) as wake:
        while await call.is_welcome():
            if project is not None and not may(call.principal, call.permission, project, run):
                return
            wake.clear()
            entries, line, is_over = await call.store.read(read)
            if entries:
                silent = 0.0
                yield entries
            if is_over or call.desk.is_draining:
                return
            if entries:
                continue
            try:
                async with asyncio.timeout(look_seconds):
                    await wake.wait()
            except TimeoutError:
                silent += look_seconds
                if silent >= ALIVE_SECONDS:
                    silent = 0.0
                    yield ()


def as_text(entries: Sequence[bytes]) -> bytes:
    """One line for each entry: time, level, text. Control characters are written out, so that a log cannot steer a terminal."""
    return b"".join(_line(orjson.loads(entry)) for entry in entries) if entries else b""


def _line(entry: dict[str, object]) -> bytes:
    kind = str(entry["kind"])
    if kind == LOG_WRITTEN:
        level, text = str(entry.get("level", "info")), str(entry.get("text", ""))
    else:
        shown = {key: value for key, value in entry.items() if key not in {"seq", "line", "attempt", "kind", "at", "value"}}
        level, text = "-", f"{kind} {orjson.dumps(shown).decode()}"
    return f"{entry.get('at', '')} {level:<8} {text.translate(_VISIBLE)}\n".encode("utf-8", "replace")


_CONTROLS = [number for number in [*range(32), 127, *range(128, 160)] if number != 9]
_DIRECTIONS = [0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_VISIBLE = {number: f"\\x{number:02x}" for number in _CONTROLS} | {number: f"\\u{number:04x}" for number in _DIRECTIONS}
