"""A worker without children: it claims, counts, and says each number itself, by the same depot that all workers have."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from chaos.faults.history import Begun, Killed, Recorded
from chaos.short.notes import Notes
from headway.acts.claim import RENEW_SECONDS, Claim
from headway.acts.finish import Finish
from headway.acts.parcel import Parcel, Received
from headway.acts.turn import Turn, Wanted
from headway.model.clock import iso
from headway.model.errors import HeadwayError, StoreUnavailable
from headway.model.states import Outcome
from headway.store.places import Worker
from headway.work.depot.contract import Depot

SLOTS = 3
QUEUE = "default"
POISON = "poison_worker"
AT_ONCE = (1, 1, 2, 5)
"""Numbers in a batch."""


@dataclass(slots=True)
class _Held:
    claim: Claim
    to: int
    said: int = 0
    batch_no: int = 0
    waiting: Parcel | None = None
    """It was sent, and nobody has said that it is recorded."""
    is_cancelled: bool = False
    is_ending: bool = False

    @property
    def is_over(self) -> bool:
        return self.is_cancelled or (self.said == self.to and self.waiting is None)


class Hand:
    """`step` once a second."""

    def __init__(self, name: str, depot: Depot, tasks: Sequence[str], notes: Notes, dice: random.Random, now: Callable[[], float]) -> None:
        self.id = name
        self.is_dead = False
        """It has executed a run that kills its worker."""
        self.stands_until = 0.0
        self._depot = depot
        self._tasks = tasks
        self._notes = notes
        self._dice = dice
        self._now = now
        self._held: dict[str, _Held] = {}
        self._renewed_at = float("-inf")

    @property
    def is_busy(self) -> bool:
        return bool(self._held)

    async def step(self) -> None:
        """Whoever stood still goes on where they were: with what they had to say."""
        for act in (self._report, self._renew, self._turn):
            try:
                await act()
            except StoreUnavailable:
                continue  # nothing was answered: it is tried again in the next step
            if self.is_dead:
                return

    async def _report(self) -> None:
        for held in self._held.values():
            if held.waiting is None and held.said < held.to and not held.is_cancelled:
                held.batch_no += 1
                held.waiting = self._next_parcel(held)
        held = [each for each in self._held.values() if each.waiting is not None]
        if not held:
            return
        parcels = [each.waiting for each in held if each.waiting is not None]
        for each, answer in zip(held, await self._depot.receive(parcels), strict=True):
            self._told(each, answer)
        if self._dice.random() < 0.2:
            await self._depot.receive(parcels)  # sent again by a network that does such things

    def _next_parcel(self, held: _Held) -> Parcel:
        last = min(held.to, held.said + self._dice.choice(AT_ONCE))
        events = [
            orjson.dumps({"kind": "log.written", "at": iso(self._now()), "level": "info", "text": f"number {number}"})
            for number in range(held.said + 1, last + 1)
        ]
        return Parcel(run=held.claim.run.id, fence=held.claim.fence, batch_no=held.batch_no, events=events)

    def _told(self, held: _Held, answer: Received | HeadwayError) -> None:
        run = held.claim.run.id
        if isinstance(answer, HeadwayError):
            self._held.pop(run, None)
            return
        assert held.waiting is not None
        held.said += len(held.waiting.events)
        held.waiting = None
        held.is_cancelled = answer.wish == "cancel"
        self._notes.recorded.append(Recorded(run=run, attempt=held.claim.attempt, first=1, last=held.said, has_points=False))

    async def _renew(self) -> None:
        if self._now() - self._renewed_at < RENEW_SECONDS:
            return
        attended = await self._depot.attend(self._described, {run: held.claim.fence for run, held in self._held.items()})
        self._renewed_at = self._now()
        for run in list(self._held):
            if run not in attended.wishes:
                del self._held[run]
            elif attended.wishes[run] == "cancel":
                self._held[run].is_cancelled = True

    def _described(self, now: datetime) -> Worker:
        return Worker(
            id=self.id, host="here", pid=1, version="0", started_at=now, heartbeat_at=now, slots=SLOTS,
            queues=(QUEUE,), tasks=frozenset(self._tasks),
        )  # fmt: skip

    async def _turn(self) -> None:
        over = [held for held in self._held.values() if held.is_over]
        wanted = [Wanted(tasks=self._tasks, limit=SLOTS - len(self._held) + len(over))]
        turned = await self._depot.turn(Turn(ends=[self._end(held) for held in over], wanted=wanted, queues=[QUEUE]))
        for held in over:
            self._held.pop(held.claim.run.id, None)
        for claim in turned.claims:
            self._begin(claim)

    def _end(self, held: _Held) -> Finish:
        outcome = Outcome.CANCELLED if held.is_cancelled else Outcome.SUCCEEDED
        result = None if held.is_cancelled else orjson.dumps({"counted": held.to})
        return Finish(
            run=held.claim.run.id, fence=held.claim.fence, batch_no=0, events=(), outcome=outcome, result=result,
        )  # fmt: skip

    def _begin(self, claim: Claim) -> None:
        run = claim.run.id
        self._notes.begun.append(Begun(run=run, attempt=claim.attempt, first=1))
        self._held[run] = _Held(claim=claim, to=int(claim.run.parameters["to"]))
        if claim.run.task == POISON:
            self._notes.killed.append(Killed(run=run, attempt=claim.attempt, at=self._now(), is_worker=True))
            self.is_dead = True
