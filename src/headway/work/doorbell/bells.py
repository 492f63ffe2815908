"""Who has rung, and what became of it: for each message one run at most is claimed, the best of its queue.

A message is no claim to a certain run. What runs next is the store's to say: rank, limits and pauses count as if nobody had rung.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bell:
    """One message. `answer` is called once, in the loop, when it need not be held any longer: with the id of the run that was executed for
    it, or None where there was nothing to claim."""

    queue: str
    answer: Callable[[str | None], object]


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
        self._held: dict[str, Bell] = {}
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

    def wanted(self, room: int, tasks: Sequence[str]) -> list[Wanted]:
        """What to claim for those who wait, as far as there is room."""
        while self._waiting and len(self._asked) < room:
            self._asked.append(self._waiting.popleft())
        counts = Counter(bell.queue for bell in self._asked)
        return [Wanted(tasks=tasks, limit=count, queues=[queue]) for queue, count in counts.items()]

    def claimed(self, run: Run) -> None:
        """This run was claimed, for the first who rang for its queue."""
        bell = next((bell for bell in self._asked if bell.queue == run.queue), None)
        if bell is not None:
            self._asked.remove(bell)
            self._held[run.id] = bell

    def turned(self) -> None:
        """The claims are made: for whom nothing was found, there is nothing."""
        asked, self._asked = self._asked, []
        if not self.is_heard:
            # The worker looks for itself: who rang before that, or still comes through, has no turn of their own.
            asked += self._waiting
            self._waiting.clear()
        for bell in asked:
            bell.answer(None)

    def settle(self, has_place: Callable[[str], bool]) -> None:
        """Let go of those whose run has ended, or only waits for its children and has given its place to others."""
        for run in [run for run in self._held if not has_place(run)]:
            self._held.pop(run).answer(run)

    def close(self) -> None:
        """The worker claims nothing more: whoever still waits is passed on."""
        self._is_closed = True
        waiting = [*self._asked, *self._waiting]
        self._asked.clear()
        self._waiting.clear()
        for bell in waiting:
            self._pass_on(bell)

    def _pass_on(self, bell: Bell) -> None:
        bell.answer(None)
        if self.ringer is not None:
            self.ringer.ring([Queued(queue=bell.queue)])

    # what nobody has claimed

    async def look(self, store: Store, *, holder: str) -> None:
        """Now and then: have messages sent that are missing. `holder`: of the lead."""
        now = asyncio.get_running_loop().time()
        if self.ringer is not None and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self.ringer.look(await store.write(lambda tx: unclaimed(tx, holder=holder)))
