"""The heartbeat of a worker: it says that it is there, renews the leases of what it holds, and hears what is wanted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from headway.acts.lease import RENEW_SECONDS
from headway.work.depot.contract import Depot
from headway.work.duties import TICK_SECONDS, try_to
from headway.work.presence import Presence

AGAIN_SECONDS = 1.0
"""Until the next try, when nobody answered: the lease goes on running out."""

_log = logging.getLogger("headway.work")


class Leases:
    """`run` as a task."""

    def __init__(
        self,
        depot: Depot,
        presence: Presence,
        *,
        held: Callable[[], Mapping[str, int]],
        hear: Callable[[str, int, str | None], object],
        lose: Callable[[str, int], object],
        watched: Callable[[str, int], object],
    ) -> None:
        """`held`: {run: fence}. `hear(run, fence, wish)`: it is still held. `lose(run, fence)`: it is another's, or may be."""
        self._depot = depot
        self._presence = presence
        self._held = held
        self._hear = hear
        self._lose = lose
        self._watched = watched

    async def run(self) -> None:
        is_renewed = await try_to("the worker could not introduce itself", self.renew)
        while True:
            await asyncio.sleep(RENEW_SECONDS if is_renewed else AGAIN_SECONDS)
            is_renewed = await try_to("leases could not be renewed", self.renew)

    async def renew(self) -> None:
        held = dict(self._held())
        attended = await self._depot.attend(self._presence.described, held)
        self._presence.read(attended)
        for run, fence in held.items():
            if run in attended.wishes:
                self._hear(run, fence, attended.wishes[run])
            else:
                self._lose(run, fence)
        for run, count in attended.watched.items():
            self._watched(run, count)

    async def run_watch(self) -> None:
        """Let go of what has run out while nobody answered."""
        while True:
            await asyncio.sleep(TICK_SECONDS / 4)
            for run, fence in self._depot.overdue().items():
                self._lose(run, fence)
