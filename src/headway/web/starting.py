"""Starts that arrive together are carried out together.

A start alone costs six statements and as many changes of thread; thirty in one act cost hardly more statements than one. So
what arrives while one act is being committed waits for the next, and a start that comes alone waits for nothing. One that is
refused harms no other: then each of its group is carried out by itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from headway.access.principal import Principal
from headway.acts.start import StartRun, start
from headway.model.errors import HeadwayError, Unavailable
from headway.model.run import Run
from headway.store.contract import Store, Transaction

GROUP_LIMIT = 64
WAITING_LIMIT = 4_096
"""Starts that may wait for their transaction; one more is answered 503."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    wish: StartRun
    by: Principal
    answer: asyncio.Future[Run]


class Starts:
    """One for each server process; used in its event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[_Waiting] = deque()
        self._turn: asyncio.Task[None] | None = None

    async def start(self, wish: StartRun, by: Principal) -> Run:
        """The new run, committed. Raises what `acts.start.start` raises, and `Unavailable` when too many wait."""
        if len(self._waiting) >= WAITING_LIMIT:
            raise Unavailable("Too many runs are being started at this moment; try again.", retry_in_seconds=1)
        waiting = _Waiting(wish, by, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._turn is None:
            self._turn = asyncio.create_task(self._take_turns(), name="headway-starts")
        return await waiting.answer

    async def _take_turns(self) -> None:
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_LIMIT))]
                await self._carry_out([waiting for waiting in group if not waiting.answer.done()])
        finally:
            self._turn = None

    async def _carry_out(self, group: Sequence[_Waiting]) -> None:
        try:
            runs = await self._store.write(lambda tx: _start_all(tx, group))
        except HeadwayError as error:
            if len(group) == 1:
                _settle(group[0], error)
                return
            for waiting in group:
                await self._carry_out([waiting])
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            for waiting in group:
                _settle(waiting, error)
        else:
            for waiting, run in zip(group, runs, strict=True):
                _settle(waiting, run)


def _settle(waiting: _Waiting, answer: Run | Exception) -> None:
    if waiting.answer.done():
        return  # whoever asked has gone
    if isinstance(answer, Run):
        waiting.answer.set_result(answer)
    else:
        waiting.answer.set_exception(answer)


def _start_all(tx: Transaction, group: Sequence[_Waiting]) -> list[Run]:
    """Start all or none; those of one principal next to each other in one call."""
    runs: list[Run] = []
    begin = 0
    for end in range(1, len(group) + 1):
        if end == len(group) or group[end].by != group[begin].by:
            runs += start(tx, [waiting.wish for waiting in group[begin:end]], group[begin].by)
            begin = end
    return runs
