"""Every half minute each process says how it is doing: what its probes have measured becomes samples, in one small transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from headway.acts.sample import sample
from headway.model.clock import Clock, SystemClock
from headway.model.errors import HeadwayError
from headway.model.samples import Sample
from headway.store.contract import Pace, Store

FIRST_SECONDS = 10.0
"""The first sample comes this soon: whoever opens the page just after the start is not to wait for half a minute."""
LOOK_SECONDS = 1.0
"""Between two looks at what has peaks."""

log = logging.getLogger("headway.monitor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time since the last sample."""

    at: datetime
    """Its end."""
    seconds: float


class Probe(Protocol):
    """Something that can be measured. Both are called in the loop; what blocks is handed to a thread."""

    def look(self, lag_seconds: float) -> None:
        """Once a second. `lag_seconds`: how much later than planned the loop came to it."""
        ...

    async def sample(self, span: Span) -> Sequence[Sample]: ...


class Sampler:
    """`run` as a task, until cancelled."""

    def __init__(self, store: Store, probes: Sequence[Probe], *, holder: str, period_seconds: float, clock: Clock | None = None) -> None:
        """`holder`: this process, of which no other has the name."""
        self._store = store
        self._probes = probes
        self._holder = holder
        self._period_seconds = period_seconds
        self._clock = clock or SystemClock()
        self._last = self._clock.monotonic()

    async def run(self) -> None:
        due = self._last + min(FIRST_SECONDS, self._period_seconds)
        while True:
            planned = self._clock.monotonic() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            now = self._clock.monotonic()
            for probe in self._probes:
                probe.look(max(0.0, now - planned))
            if now >= due:
                due = now + self._period_seconds
                await self.take()

    async def take(self) -> None:
        """Sample now. What cannot be kept is let go: the next sample comes soon."""
        now = self._clock.monotonic()
        span, self._last = Span(at=self._clock.now(), seconds=max(now - self._last, 1e-3)), now
        samples = [each for probe in self._probes for each in await self._of(probe, span)]
        holder, period = self._holder, self._period_seconds
        try:
            await self._store.write(lambda tx: sample(tx, samples, holder=holder, period_seconds=period), pace=Pace.REPORT)
        except HeadwayError as error:
            log.warning("A sample could not be kept: %s", error)

    async def _of(self, probe: Probe, span: Span) -> Sequence[Sample]:
        try:
            return await probe.sample(span)
        except HeadwayError as error:
            log.warning("%s could not be sampled: %s", type(probe).__name__, error)
        except Exception:
            log.exception("%s could not be sampled", type(probe).__name__)
        return ()
