"""Passwords are hashed and compared aside (`web/password_process.py`): by a few processes that are kept, because their start takes as
long as a hash, and never by the loop."""

from __future__ import annotations

import asyncio
from dataclasses import astuple, dataclass
from typing import Any

import orjson

from headway.access.password_cost import Cost
from headway.access.passwords import normal
from headway.model.errors import Unavailable
from headway.web.aside import Aside, AsideTooSlow, start_aside

AT_ONCE = 2
"""Processes; 64 MiB each while they hash, or what `HEADWAY_PASSWORD_COST` says."""
WAITING_LIMIT = 40
"""Whoever comes when so many wait is told to come again: at some ten a second, they would wait longer than people do."""
SECONDS = 10.0
"""That an answer may take, on a machine that is busy."""


@dataclass(frozen=True, slots=True)
class Compared:
    is_right: bool
    fresh_hash: str | None
    """To be kept instead: the one that there was is of weaker kind."""


class Passwords:
    """One for each server. In the loop that uses it."""

    def __init__(self, cost: Cost | None = None, *, waiting_limit: int = WAITING_LIMIT) -> None:
        self._cost = astuple(cost or Cost())
        self._waiting_limit = waiting_limit
        self._idle: list[Aside] = []
        self._busy: set[Aside] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self.start_count = 0
        """Processes that were started so far."""

    @property
    def idle_count(self) -> int:
        """Processes that wait for the next password."""
        return len(self._idle)

    async def hash(self, password: str) -> str:
        """A PHC string. Raises `Unavailable`."""
        return str((await self._ask({"password": normal(password)}))["hash"])

    async def compare(self, password: str, known: str | None) -> Compared:
        """Whether it is the password with this hash. None, for no account or none with a password: it is not, which takes as long to say.

        Raises `Unavailable`.
        """
        found = await self._ask({"password": normal(password), "hash": known})
        return Compared(found["is_right"], found["hash"])

    async def close(self) -> None:
        """End all processes; who still waits for one gets `Unavailable`."""
        ending = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(process.end() for process in ending))

    def check_room(self) -> None:
        """Raises `Unavailable` when so many wait that one more would not be served."""
        if self._waiting >= self._waiting_limit:
            raise Unavailable("Too many people are signing in at once; try again.", retry_in_seconds=5)

    async def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.check_room()
        self._waiting += 1
        try:
            async with self._places:
                return await self._ask_one(asked)
        finally:
            self._waiting -= 1

    async def _ask_one(self, asked: dict[str, Any]) -> dict[str, Any]:
        while self._idle:
            process = self._idle.pop()
            if not process.is_over:
                try:
                    return await self._ask_it(process, asked)
                except Unavailable:
                    continue  # it was idle for too long, and ended as we asked
        self.start_count += 1
        return await self._ask_it(await start_aside("headway.web.password_process"), asked)

    async def _ask_it(self, process: Aside, asked: dict[str, Any]) -> dict[str, Any]:
        self._busy.add(process)
        is_fit = False
        try:
            answer = await process.ask({**asked, "cost": self._cost}, seconds=SECONDS)
            is_fit = True
        except AsideTooSlow:
            raise Unavailable("The password could not be checked in time; try again.") from None
        finally:
            self._busy.discard(process)
            if is_fit:
                self._idle.append(process)
            else:
                await process.end()  # what it says next would be the answer to somebody else
        return orjson.loads(answer)
