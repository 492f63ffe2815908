"""What does it cost to know how past runs came along, and does it hold up anything else?

    python -m bench.insight.courses            # 40 past runs of 20,000 events each
    python -m bench.insight.courses --small    # of 2,000

A store on SQLite in a process with an event loop that does nothing but look at the clock: how long a course takes to be drawn, how long
an estimate takes at first and again, how long a page of running ones takes, and how long meanwhile the loop was held up at most. The
threads that read share the interpreter's lock with the loop.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from bench.figures import tell
from headway.acts.append import Append, fact
from headway.acts.count import count
from headway.insight.outlook import brief_estimates
from headway.model.clock import iso
from headway.model.ids import new_id
from headway.model.run import Attempt, Run
from headway.model.states import RunState
from headway.store.contract import Transaction
from headway.store.sql.store import SqlStore
from headway.work.housekeeping import draw_beside

PAST = 40
RUNNING = 100
SECONDS = 1_000.0
LOOK_SECONDS = 0.001
BATCH = 2_000


def a_run(state: RunState, number: int, began: datetime) -> Run:
    ended = began + timedelta(seconds=SECONDS + number) if state.is_final else None
    return Run(
        id=new_id(), project="default", kind="task", task="grade", name="class", state=state, queue="default", priority=0,
        parameters={"students": 20 + number % 7, "school": "north", "questions": list(range(number % 5))},
        created_at=began, created_by="bench", queued_at=began, started_at=began, finished_at=ended, attempt=1,
    )  # fmt: skip


async def keep(store: SqlStore, run: Run, events: int) -> None:
    """The run, and in its journal a bar that was reported so many times."""
    began = (run.started_at or run.created_at).timestamp()
    ended = SECONDS if run.finished_at is None or run.started_at is None else (run.finished_at - run.started_at).total_seconds()

    def create(tx: Transaction) -> None:
        tx.runs.insert([run])
        tx.details.open_attempts([Attempt(run=run.id, number=1, fence=0, worker="w", started_at=run.started_at or tx.now)])
        append = Append(tx)
        append.open(run.id, run.project)
        append.add(run.id, fact("run.running", attempt=1))
        append.flush()

    def report(tx: Transaction, first: int) -> None:
        append = Append(tx)
        append.lock([run.id])
        for at in range(first, min(first + BATCH, events)):
            done, when = at + 1, iso(began + ended * (at + 1) / events)
            more = {"total": events} if at == 0 else {}
            append.add(run.id, {"kind": "progress.reported", "at": when, "done": done, **more})
        append.flush()

    await store.write(create)
    for first in range(0, events, BATCH):
        await store.write(lambda tx, first=first: report(tx, first))


class Loop:
    """Looks at the clock all the time: how late it was at most, while something else went on."""

    def __init__(self) -> None:
        self.late_seconds = 0.0

    async def look(self) -> None:
        while True:
            wanted = time.perf_counter() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.late_seconds = max(self.late_seconds, time.perf_counter() - wanted)

    async def beside(self, work: Awaitable[Any]) -> tuple[float, float]:
        """(seconds that it took, seconds that the loop was held up at most)."""
        looking = asyncio.create_task(self.look())
        await asyncio.sleep(0.05)
        self.late_seconds, began = 0.0, time.perf_counter()
        await work
        took = time.perf_counter() - began
        looking.cancel()
        return took, self.late_seconds


async def measure(directory: Path, events: int) -> None:
    store = await SqlStore.open(f"sqlite:///{directory}/headway.db")
    try:
        began = datetime.now(UTC) - timedelta(seconds=SECONDS * 3)
        for number in range(PAST):
            await keep(store, a_run(RunState.SUCCEEDED, number, began), events)
        running = [a_run(RunState.RUNNING, number, datetime.now(UTC) - timedelta(seconds=SECONDS / 2)) for number in range(RUNNING)]
        for run in running:
            await keep(store, run, 2)
        loop = Loop()
        courses = 0

        async def draw_all() -> None:
            nonlocal courses
            while True:
                runs, drawn = await store.read(draw_beside)
                if not runs:
                    return
                courses += len(drawn)
                await store.write(lambda tx, runs=runs, drawn=drawn: count(tx, [run.id for run in runs], drawn))

        took, late = await loop.beside(draw_all())
        tell("courses drawn", courses=courses, ms_a_run=took * 1e3 / PAST, loop_held_up_ms=late * 1e3)
        for figure, runs in (("estimate, first", running[:1]), ("estimate, again", running[:1]), ("estimates of a page", running)):
            took, late = await loop.beside(store.read(lambda snapshot, runs=runs: orjson.dumps(brief_estimates(snapshot, runs))))
            tell(figure, runs=len(runs), ms=took * 1e3, loop_held_up_ms=late * 1e3)
    finally:
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="2,000 events a run")
    parser.add_argument("--events", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as directory:
        asyncio.run(measure(Path(directory), 2_000 if given.small else given.events))


if __name__ == "__main__":
    main()
