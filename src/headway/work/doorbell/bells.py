"""Who has rung, and what became of it: for each message the best run of its queue is claimed.

A message is no claim to a certain run. What runs next is the store's to say: rank, limits and pauses count as if nobody had rung.
A message may stand for several runs. Where they are over in a moment, whoever holds it goes on with the next, which spares Celery's
way to each (measured: 1 ms of a processor a message); where they are not, the rest is passed on at once, for others who have room.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from headway.acts.ring import unclaimed
from headway.model.run import Run
from headway.store.contract import News, Queued, Store
from headway.store.places import Echoes
from headway.work.doorbell.echo import Echo
from headway.work.recorder import Wanted

LOOK_SECONDS = 2.0
"""Between two looks at what nobody has claimed."""
GOING_ON_SECONDS = 0.5
"""So long one bell goes on with the next run; then those of other queues have their turn."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bell:
    """One message. `answer` is called once, in the loop, when it need not be held any longer: with the id of the run that was executed for
    it, or None where there was nothing to claim."""

    queue: str
    answer: Callable[[str | None], object]
    count: int = 1
    """Runs that it was sent for."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Held:
    """A bell for which a run was claimed."""

    bell: Bell
    left: int
    """Runs that it was also sent for, and that nobody has claimed for it."""
    until: float
    """Of the monotonic clock: it does not go on afterwards."""
    asked: int = 0
    """Runs that are being claimed for it, for which there is room."""
    early: int = 0
    """And for which there is none yet."""
    runs: set[str] = field(default_factory=set[str])
    last: str | None = None


class Ring(Protocol):
    """Where messages are sent from. Neither waits, and both may lose what they are told: it is looked for again."""

    def ring(self, news: Sequence[News]) -> None:
        """Of these, what is `Queued` may be claimed."""
        ...

    def look(self, unclaimed: Mapping[str, int]) -> None:
        """So many of each queue could be claimed: send what messages are missing."""
        ...

    @property
    def is_away(self) -> bool:
        """Whether the broker does not answer."""
        ...

    def echo(self, number: int, taken: Callable[[], object]) -> None:
        """Have Celery's worker hear this number. `taken`: when the broker has it."""
        ...


class Bells:
    """All in the worker's loop. A bell waits for room; then a claim is tried for it; then it is held as long as its run has a place."""

    def __init__(self, served: Callable[[list[str]], None] | None = None) -> None:
        """Without a ringer and somebody who says that messages can come, nobody rings. `served` is told which queues the worker
        serves, whenever that changes."""
        self.ringer: Ring | None = None
        self.is_connected = False
        """Whether Celery has a connection to the broker."""
        self.echo: Echo | None = None
        """Whether the worker hears what is sent to it; None: nobody asks."""
        self._served = served
        self._queues: list[str] = []
        self._waiting: deque[Bell] = deque()
        self._asked: list[Bell] = []
        """For these a claim is being tried."""
        self._held: list[_Held] = []
        self._is_closed = False
        self._looked_at = float("-inf")

    @property
    def is_heard(self) -> bool:
        """Whether messages can come. As long as they cannot, the worker looks for itself."""
        return self.is_connected and not (self.echo is not None and self.echo.deaf(time.monotonic()))

    def echoes(self, now: datetime) -> Echoes | None:
        """What it hears, for others. `now`: by the store's clock."""
        return None if self.echo is None else self.echo.echoes(time.monotonic(), now)

    @property
    def count(self) -> int:
        """Those who wait or are held."""
        return len(self._waiting) + len(self._asked) + len(self._held)

    def serve(self, queues: list[str]) -> None:
        if queues != self._queues:
            self._queues = queues
            if self._served is not None:
                self._served(queues)

    def ring(self, bell: Bell) -> bool:
        """Whether it waits now. After `close` it is passed on."""
        if self.echo is not None:
            self.echo.rung(bell.queue, time.monotonic())
        if self._is_closed:
            self._pass_on(bell)
            return False
        self._waiting.append(bell)
        return True

    def wanted(self, room: int, tasks: Sequence[str], *, quick: Collection[str] = (), ahead: int = 0) -> list[Wanted]:
        """What to claim: one run for each who waits, as far as there is room; then as many as they stand for, for those whose runs are
        over in a moment. `quick`: the tasks of such; `ahead`: so many of them may be claimed for which there is no room yet."""
        while self._waiting and len(self._asked) < room:
            self._asked.append(self._waiting.popleft())
        counts = Counter(bell.queue for bell in self._asked)
        early = Counter[str]()
        now, room = time.monotonic(), room - len(self._asked)
        for held in self._held:
            if not held.left or now >= held.until or room + ahead <= 0:
                continue
            held.asked = min(held.left, max(0, room))
            held.early = min(held.left - held.asked, max(0, ahead))
            room, ahead = room - held.asked, ahead - held.early
            counts[held.bell.queue] += held.asked
            early[held.bell.queue] += held.early
        wanted = [Wanted(tasks=tasks, limit=count, queues=[queue]) for queue, count in counts.items() if count]
        return wanted + [Wanted(tasks=list(quick), limit=count, queues=[queue]) for queue, count in early.items() if count]

    def claimed(self, run: Run, *, is_quick: bool = False) -> None:
        """This run was claimed, for the first who rang for its queue. `is_quick`: it is probably over in a moment."""
        held = self._holder_for(run.queue)
        if held is not None:
            held.runs.add(run.id)
            held.last = run.id
            if not is_quick:
                self._let_others(held)

    def _holder_for(self, queue: str) -> _Held | None:
        bell = next((bell for bell in self._asked if bell.queue == queue), None)
        if bell is not None:
            self._asked.remove(bell)
            held = _Held(bell=bell, left=bell.count - 1, until=time.monotonic() + GOING_ON_SECONDS)
            self._held.append(held)
            return held
        held = next((held for held in self._held if held.bell.queue == queue and held.left and held.asked + held.early), None)
        if held is not None:
            held.left -= 1
            # What there is room for is claimed first.
            if held.asked:
                held.asked -= 1
            else:
                held.early -= 1
        return held

    def turned(self) -> None:
        """The claims are made: for whom nothing was found, there is nothing."""
        asked, self._asked = self._asked, []
        if not self.is_heard:
            # The worker looks for itself: who rang before that, or still comes through, has no turn of their own.
            asked += self._waiting
            self._waiting.clear()
        for held in self._held:
            if held.asked or not self.is_heard:
                held.left = 0
            held.asked = held.early = 0
        for bell in asked:
            bell.answer(None)

    def settle(self, has_place: Callable[[str], bool]) -> None:
        """Let go of those whose runs have ended, or only wait for their children and have given their place to others."""
        now = time.monotonic()
        for held in list(self._held):
            held.runs = {run for run in held.runs if has_place(run)}
            if now >= held.until:
                self._let_others(held)
            if not held.runs and not held.left:
                self._held.remove(held)
                held.bell.answer(held.last)

    def close(self) -> None:
        """The worker claims nothing more: whoever still waits is passed on."""
        self._is_closed = True
        waiting = [*self._asked, *self._waiting]
        self._asked.clear()
        self._waiting.clear()
        for bell in waiting:
            self._pass_on(bell)
        for held in self._held:
            self._let_others(held)

    def _pass_on(self, bell: Bell) -> None:
        bell.answer(None)
        if self.ringer is not None:
            self.ringer.ring([Queued(queue=bell.queue, count=bell.count)])

    def _let_others(self, held: _Held) -> None:
        """Pass on what the bell was also sent for."""
        if held.left and self.ringer is not None:
            self.ringer.ring([Queued(queue=held.bell.queue, count=held.left)])
        held.left = 0

    # what nobody has claimed

    async def look(self, store: Store, *, holder: str) -> None:
        """Now and then: have messages sent that are missing. `holder`: of the lead."""
        now = asyncio.get_running_loop().time()
        if self.ringer is not None and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self.ringer.look(await store.write(lambda tx: unclaimed(tx, holder=holder)))
