"""Send a canary every few seconds: a run of our own goes from the start act to the news of its end, or it does not, and then we know."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from headway.acts.canary import start_canary
from headway.live.bus.contract import BusNews
from headway.model.canary import CANARY_PROJECT, STALE_SECONDS, CanaryState
from headway.model.clock import Clock, SystemClock
from headway.model.errors import HeadwayError
from headway.model.histogram import Histogram
from headway.model.samples import Sample, SampleKind
from headway.model.states import RunState
from headway.monitor.sampler import Span
from headway.store.contract import Appended, Snapshot, Store

FIRST_SECONDS = 1.0
"""From the start of the server to its first canary."""
_REASONS = {
    "unstarted": "No run could be started: {why}.",
    RunState.QUEUED: "No worker takes runs.",
    RunState.RUNNING: "A run was begun, and its end is not recorded.",
    "unheard": "A run has ended, and the news of it did not come.",
    "failed": "The last one ended as {why}.",
}

log = logging.getLogger("headway.monitor")


class Canary:
    """`run` as a task, until cancelled; `hear` what the bus and this process's own acts say. At most one is on its way."""

    def __init__(self, store: Store, *, name: str, period_seconds: float, clock: Clock | None = None) -> None:
        self._store = store
        self._name = name
        self._period_seconds = period_seconds
        self._now = (clock or SystemClock()).monotonic
        self._begun_at = self._now()
        self._well_at: float | None = None
        self._took_seconds: float | None = None
        self._failed_count = 0
        self._reason: str | None = None
        self._run: str | None = None
        """The one that is on its way."""
        self._sent_at = 0.0
        self._took = Histogram()
        self._counts = {"succeeded": 0, "failed": 0}

    @property
    def state(self) -> CanaryState:
        now = self._now()
        is_late = now - (self._begun_at if self._well_at is None else self._well_at) > STALE_SECONDS
        return CanaryState(
            period_seconds=self._period_seconds,
            age_seconds=None if self._well_at is None else round(now - self._well_at, 3),
            took_seconds=self._took_seconds,
            is_late=is_late,
            failed_count=self._failed_count,
            reason=self._reason if is_late else None,
        )

    async def run(self) -> None:
        await asyncio.sleep(min(FIRST_SECONDS, self._period_seconds))
        while True:
            try:
                await self.send()
            except Exception:
                log.exception("The canary could not be sent")
            await asyncio.sleep(self._period_seconds)

    async def send(self) -> None:
        """Send the next one, unless one is on its way that may still come through."""
        try:
            if self._run is not None:
                await self._look_after(self._run)
            if self._run is None:
                self._sent_at = self._now()
                self._run = (await self._store.write(start_canary)).id
        except HeadwayError as error:
            self._fail("unstarted", error.message.rstrip("."))

    def hear(self, news: Sequence[BusNews]) -> None:
        if self._run is None:
            return
        for item in news:
            if isinstance(item, Appended) and item.run == self._run and item.project == CANARY_PROJECT and item.final_state is not None:
                self._end(item.final_state)

    def _end(self, state: str) -> None:
        self._run = None
        if state != RunState.SUCCEEDED:
            self._fail("failed", state)
            return
        self._well_at = self._now()
        self._took_seconds = round(self._well_at - self._sent_at, 4)
        self._reason = None
        self._took.note(self._took_seconds)
        self._counts["succeeded"] += 1

    async def _look_after(self, run: str) -> None:
        """Why it has not come through; and give it up when it cannot any more."""

        def read(snapshot: Snapshot) -> RunState | None:
            found = snapshot.runs.get(run)
            return None if found is None else found.state

        state = await self._store.read(read)
        if self._run != run:
            return  # the news came meanwhile
        if state is None or state.is_final:
            self._run = None
            self._fail("unheard")
        elif self._now() - self._sent_at > STALE_SECONDS / 2:
            # Another is sent in its place: the one before may wait for ever, and is deleted by then if nobody has taken it.
            self._run = None
            self._fail(RunState.QUEUED if state is RunState.QUEUED else RunState.RUNNING)

    def _fail(self, what: str, why: str = "") -> None:
        self._failed_count += 1
        self._counts["failed"] += 1
        self._reason = _REASONS[what].format(why=why)

    def look(self, lag_seconds: float) -> None:
        """Nothing to do: the canary keeps its own time."""

    async def sample(self, span: Span) -> Sequence[Sample]:
        counts, self._counts = self._counts, {"succeeded": 0, "failed": 0}
        age = self.state.age_seconds
        levels = {} if age is None else {"age_seconds": age}
        return [
            Sample(
                kind=SampleKind.CANARY, name=self._name, at=span.at, seconds=span.seconds, levels=levels, counts=counts,
                spreads={"took": self._took.take()},
            )
        ]  # fmt: skip
