"""What keeps an installation small, a little at a time: blocks instead of small segments, and an end for what is old."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from headway.acts.approvals import prune
from headway.acts.count import count, draw, thin_tallies
from headway.acts.reap import lead
from headway.acts.sample import prune_samples, roll_up
from headway.acts.tidy import Retention, compact_finished, compact_running, prune_facet, prune_runs
from headway.acts.workers import forget_workers
from headway.model.course import Course
from headway.model.events import Facet
from headway.model.tally import FinishedRun
from headway.store.contract import Snapshot, Store, Transaction

EVERY_SECONDS = 15.0
"""Between two rounds of the leader."""
SWEEP_SECONDS = 3_600.0
"""Between two looks for kept files that no run names."""
ORPHAN_SECONDS = 86_400.0
"""A file that no run names is kept this long: its run may be about to name it."""
ROUNDS_LIMIT = 200
"""Transactions of one kind in one turn; what is left waits for the next."""
FILES_AT_ONCE = 200
LET_GO_SECONDS = 0.0002
"""A thread that reads many lines keeps the loop of its process from the interpreter's lock for 12 to 20 ms at a time; with a pause
after each millisecond of work it is half of that (`bench/insight/courses.py`)."""


def draw_beside(snapshot: Snapshot) -> tuple[list[FinishedRun], dict[str, Course]]:
    """`draw` in a thread of a process whose loop has other things to do."""
    return draw(snapshot, breathe=lambda: time.sleep(LET_GO_SECONDS))


class Housekeeping:
    """`turn` every now and then. Does nothing while another worker leads."""

    def __init__(self, store: Store, *, holder: str, artifacts: Path, retention: Retention) -> None:
        self._store = store
        self._holder = holder
        self._artifacts = artifacts
        self._retention = retention
        self._swept_at = time.monotonic()

    async def turn(self) -> None:
        if not await self._store.write(lambda tx: lead(tx, holder=self._holder)):
            return
        keep = self._retention
        await self._count()
        await self._repeat(compact_finished)
        await self._compact_running()
        await self._repeat(lambda tx: prune_facet(tx, Facet.LOG, keep.log_days))
        await self._repeat(lambda tx: prune_facet(tx, Facet.METRIC, keep.metric_days))
        await self._repeat(lambda tx: prune_runs(tx, keep))
        await self._repeat(roll_up)
        await self._repeat(prune_samples)
        await self._repeat(thin_tallies)
        await self._repeat(forget_workers)
        await self._repeat(prune)
        if time.monotonic() - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            await self.sweep()

    async def _repeat(self, act: Callable[[Transaction], int]) -> None:
        for _ in range(ROUNDS_LIMIT):
            if not await self._store.write(act):
                return
            # Between two transactions the writer takes what running work has reported meanwhile.
            await asyncio.sleep(0)

    async def _count(self) -> None:
        """Put what has finished into the tallies. Read first and written after: to read how long runs came along takes a while,
        and whoever counts one meanwhile (a deletion) has taken it."""
        for _ in range(ROUNDS_LIMIT):
            runs, courses = await self._store.read(draw_beside)
            if not runs:
                return
            await self._store.write(lambda tx, runs=runs, courses=courses: count(tx, [run.id for run in runs], courses))

    async def _compact_running(self) -> None:
        run: str | None = None
        for _ in range(ROUNDS_LIMIT):
            after = run
            run = await self._store.write(lambda tx, after=after: compact_running(tx, after))
            if run is None:
                return

    async def sweep(self) -> int:
        """Delete the bytes of artifacts that no run names any more. How many files."""
        gone = 0
        files = _files(self._artifacts)
        while batch := await asyncio.to_thread(lambda: list(islice(files, FILES_AT_ONCE))):
            names = {file: file.parent.name + file.name for file in batch}
            for file in await self._store.read(lambda snapshot, names=names: _unused(snapshot, names)):
                file.unlink(missing_ok=True)
                gone += 1
        return gone


def _unused(snapshot: Snapshot, names: Mapping[Path, str]) -> list[Path]:
    return [file for file, sha256 in names.items() if not snapshot.details.artifact_in_use(sha256)]


def _files(root: Path) -> Iterator[Path]:
    """Kept files that are old enough to be judged."""
    before = time.time() - ORPHAN_SECONDS
    for directory in root.iterdir() if root.is_dir() else ():
        if not directory.is_dir() or len(directory.name) != 2:
            continue
        for file in directory.iterdir():
            if file.is_file() and file.stat().st_mtime < before:
                yield file
