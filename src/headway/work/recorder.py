"""Many runs, few transactions: what all supervisors have to record is gathered, written, and acknowledged to each.

Two ways lead to the store. Reports are gathered for 20 ms, or go at once after quiet. Ends go at once, and claim the next
runs in the same transaction, so that a slot is never idle for the length of a commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from headway.acts.claim import Claim
from headway.acts.finish import Finish
from headway.acts.parcel import Parcel, Received
from headway.acts.turn import Turn, Wanted
from headway.model.errors import HeadwayError, RunFinal, RunNotFound, StaleFence, Unavailable
from headway.model.states import Outcome, RunState
from headway.work.depot.contract import Depot
from headway.work.limits import Limits
from headway.work.outbox import Load
from headway.work.supervisor import Supervisor

T = TypeVar("T")
_log = logging.getLogger("headway.work")

_STALE = (StaleFence, RunFinal, RunNotFound)
"""Answers that mean: this attempt is over, whatever its child still does."""
_PARCELS = 64
"""Runs in one transaction of reports, so that claims and ends of others need not wait long."""
_AGAIN_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between tries while the store does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    supervisor: Supervisor
    state: RunState | None
    """What became of the run; None: it was no longer this worker's to end."""


class Recorder:
    """`run_reports` and `run_turns` are to be run as tasks; `post`, `end` and `drop` are what supervisors call."""

    def __init__(
        self,
        depot: Depot,
        *,
        limits: Limits,
        wanted: Callable[[], Sequence[Wanted]],
        queues: Callable[[], Sequence[str]],
        claimed: Callable[[Sequence[Claim]], None],
        ended: Callable[[Ended], None],
        turned: Callable[[], None],
    ) -> None:
        """`wanted` is asked just before each claim; `claimed` and `ended` are told what came of a transaction, after its
        commit; `turned` when nothing of it is left to do."""
        self._depot = depot
        self._limits = limits
        self._wanted = wanted
        self._queues = queues
        self._claimed = claimed
        self._ended = ended
        self._turned = turned
        self._waiting: dict[Supervisor, None] = {}
        self._ends: dict[Supervisor, None] = {}
        self._ending: set[Supervisor] = set()
        """Those whose end is being written: their last batch is part of it."""
        self._returned: list[Claim] = []
        """Claims that no child took: given back with the next transaction."""
        self._may_claim = self._is_turning = False
        self._reports_due = asyncio.Event()
        self._turn_due = asyncio.Event()

    # what supervisors and the worker call

    def post(self, supervisor: Supervisor) -> None:
        if supervisor not in self._waiting:
            self._waiting[supervisor] = None
            self._reports_due.set()

    def end(self, supervisor: Supervisor) -> None:
        self._ends[supervisor] = None
        self._turn_due.set()

    def drop(self, supervisor: Supervisor) -> None:
        self._waiting.pop(supervisor, None)
        self._ends.pop(supervisor, None)
        self._ending.discard(supervisor)
        self._ended(Ended(supervisor=supervisor, state=None))

    def claim_soon(self) -> None:
        """There may be something to claim, or there is room again."""
        self._may_claim = True
        self._turn_due.set()

    def give_back(self, claims: Sequence[Claim]) -> None:
        """Runs that were claimed and never started: queued again, as if nothing had been."""
        self._returned += claims
        self._turn_due.set()

    @property
    def is_idle(self) -> bool:
        return not self._returned and not self._ends and not self._is_turning

    # reports

    async def run_reports(self) -> None:
        loop = asyncio.get_running_loop()
        last = 0.0
        while True:
            await self._reports_due.wait()
            pause = last + self._limits.gather_seconds - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            last = loop.time()
            self._reports_due.clear()
            await self._write_reports()
            if self._waiting:
                self._reports_due.set()

    async def _write_reports(self) -> None:
        loads: dict[Supervisor, Load] = {}
        for supervisor in list(self._waiting)[:_PARCELS]:
            del self._waiting[supervisor]
            if supervisor in self._ending or (supervisor in self._ends and supervisor.outbox.is_short):
                continue  # goes with the end
            load = supervisor.outbox.take()
            if load is not None:
                loads[supervisor] = load
        if not loads:
            return
        parcels = [_parcel(supervisor, load) for supervisor, load in loads.items()]
        try:
            answers = await self._again(lambda: self._depot.receive(parcels))
        except Exception as error:  # noqa: BLE001  (whatever the act raised: the others must not suffer for it)
            if len(parcels) == 1:
                answers = [error]
            else:
                _log.exception("A transaction of reports failed; each run is tried alone.")
                answers = [await self._write_alone(parcel) for parcel in parcels]
        for (supervisor, load), answer in zip(loads.items(), answers, strict=True):
            self._acknowledge(supervisor, load, answer)

    async def _write_alone(self, parcel: Parcel) -> Received | Exception:
        try:
            return (await self._again(lambda: self._depot.receive([parcel])))[0]
        except Exception as error:  # noqa: BLE001  (answered as a value)
            return error

    def _acknowledge(self, supervisor: Supervisor, load: Load, answer: Received | Exception) -> None:
        if supervisor.is_dropped:
            return
        is_refused_keep = load.keep is not None and isinstance(answer, HeadwayError) and not isinstance(answer, _STALE)
        if isinstance(answer, Received) or is_refused_keep:
            supervisor.outbox.acknowledge()
            if load.keep is not None:
                load.keep.done(*((None, answer.started) if isinstance(answer, Received) else (answer, ())))
            supervisor.recorded()
            if isinstance(answer, Received):
                supervisor.wish(answer.wish)
        else:
            if not isinstance(answer, _STALE):
                _log.error("What run %s reported cannot be recorded; it is given up.", supervisor.run, exc_info=answer)
            supervisor.drop()
            return
        if not supervisor.outbox.is_empty:
            self.post(supervisor)
        if supervisor in self._ends:
            self._turn_due.set()

    # ends and claims

    async def run_turns(self) -> None:
        while True:
            await self._turn_due.wait()
            self._turn_due.clear()
            self._is_turning = True
            try:
                await self._turn()
            finally:
                self._is_turning = False
            self._turned()

    async def _turn(self) -> None:
        ready = [supervisor for supervisor in self._ends if supervisor.outbox.is_short]
        for supervisor in self._ends:
            if not supervisor.outbox.is_under_way and not supervisor.outbox.is_short:
                self.post(supervisor)
        returned, self._returned = self._returned, []
        if not ready and not returned and not self._may_claim:
            return
        self._may_claim = False
        wanted = [want for want in self._wanted() if want.limit > 0 and want.tasks]
        if not ready and not returned and not wanted:
            return
        ends = [supervisor.finish() for supervisor in ready]
        self._ending.update(ready)
        ends += [Finish(run=taken.run.id, fence=taken.fence, batch_no=0, events=(), outcome=Outcome.RELEASED) for taken in returned]
        turn = Turn(ends=ends, wanted=wanted, queues=list(self._queues()))
        try:
            # Only ends must be recorded whatever it takes: what could not be claimed is looked for again.
            turned = await (self._again(lambda: self._depot.turn(turn)) if ends else self._depot.turn(turn))
            states, claims = turned.states, turned.claims
        except Unavailable as error:
            _log.info("Nothing can be claimed now: %s", error)
            return
        except Exception:  # noqa: BLE001  (as above)
            _log.exception("A transaction of ends and claims failed; each end is tried alone.")
            states, claims = [await self._end_alone(end) for end in ends], ()
        for supervisor, state in zip(ready, states[: len(ready)], strict=True):
            await self._settle(supervisor, state)
        if claims:
            self._claimed(claims)
        if len(claims) >= sum(want.limit for want in wanted) > 0:
            self.claim_soon()

    async def _end_alone(self, end: Finish) -> RunState | Exception:
        try:
            return (await self._again(lambda: self._depot.turn(Turn(ends=[end])))).states[0]
        except Exception as error:  # noqa: BLE001  (answered as a value)
            return error

    async def _settle(self, supervisor: Supervisor, state: RunState | Exception) -> None:
        if supervisor not in self._ends:
            return
        if isinstance(state, Exception) and not isinstance(state, _STALE):
            _log.error("The end of run %s was refused; it is recorded as failed.", supervisor.run, exc_info=state)
            error = {"code": "not_recorded", "message": f"How the run ended could not be recorded: {state}"}
            state = await self._end_alone(
                Finish(run=supervisor.run, fence=supervisor.claim.fence, batch_no=0, events=(), outcome=Outcome.FAILED, error=error)
            )
        self._ends.pop(supervisor, None)
        self._ending.discard(supervisor)
        self._waiting.pop(supervisor, None)
        supervisor.outbox.clear()
        self._ended(Ended(supervisor=supervisor, state=state if isinstance(state, RunState) else None))

    async def _again(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do it, again and again while the store does not answer: the same batch numbers make it harmless to have been recorded already."""
        tries = 0
        while True:
            try:
                return await do()
            except Unavailable as error:
                if tries == 0:
                    _log.warning("The store does not answer (%s); what is reported waits.", error)
                await asyncio.sleep(_AGAIN_SECONDS[min(tries, len(_AGAIN_SECONDS) - 1)])
                tries += 1


def _parcel(supervisor: Supervisor, load: Load) -> Parcel:
    return Parcel(
        run=supervisor.run, fence=supervisor.claim.fence, batch_no=load.batch_no, events=load.events, keep=load.keep and load.keep.what
    )
