"""The worker: claims queued runs, has them executed by its children, and keeps its leases; also does what no single run can.

One event loop. It holds no truth: whatever it knows is in the store, and a worker that dies is replaced by the next one
that claims.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from headway.acts.claim import LEASE_SECONDS, Claim
from headway.model.canary import CANARY_KIND, CANARY_QUEUE, CANARY_TASK
from headway.model.errors import HeadwayError
from headway.model.run import DEFAULT_QUEUE
from headway.model.states import RunState
from headway.work.catalogue import Catalogue, changed_at
from headway.work.depot.contract import Depot
from headway.work.doorbell.bells import Bell, Bells
from headway.work.duties import TICK_SECONDS, Duties, try_to
from headway.work.environment import scrubbed
from headway.work.hearing import Hearing
from headway.work.kin import LOOK_SECONDS, Awaiting, Counting
from headway.work.leases import Leases
from headway.work.limits import Limits
from headway.work.outbox import Spool
from headway.work.paces import AHEAD, PATIENCE_SECONDS, QUICK_SECONDS, Paces
from headway.work.pool import Pool
from headway.work.presence import Presence
from headway.work.process import Mode
from headway.work.recorder import Ended, Recorder, Wanted
from headway.work.strays import Strays, adopt_orphans
from headway.work.supervisor import Supervisor

_log = logging.getLogger("headway.work")

_LOOKS_A_TICK = 4
_WATCHED_LIMIT = 10_000
_HEARINGS_LIMIT = 1_000
_LAST_ANSWER_SECONDS = 5.0
"""How long a worker whose store is away tries to give its runs back, at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unseated:
    claim: Claim
    mode: Mode
    since: float

    @property
    def is_alone(self) -> bool:
        return self.claim.run.lost_count > 0 and self.mode is Mode.ASYNC


class Worker:
    """`open`, then `wake`, `wish` and `watched` as news come, then `drain` and `close`. All in one event loop."""

    def __init__(
        self,
        depot: Depot,
        *,
        name: str,
        sources: Sequence[str],
        spool: Path | None = None,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        queues: Sequence[str] = (),
        limits: Limits | None = None,
        is_reloading: bool = False,
        bells: Bells | None = None,
        duties: Duties | None = None,
        look_seconds: float = TICK_SECONDS,
    ) -> None:
        """`sources`: modules and files with tasks. `spool`: for files on their way.
        `queues`: served besides those of the tasks and ``default``. `environment`: of the children, before it is scrubbed.
        `bells`: where others ring; without them the worker looks for itself alone. `duties`: its part in what
        must be done for all; without, that is left to others, canaries too. `look_seconds`: between two looks for work that no news
        spoke of."""
        self.id = name
        self._depot = depot
        self._duties = duties
        self._look_seconds = look_seconds
        self._limits = limits or Limits()
        self._queues = list(queues)
        self._is_reloading = is_reloading
        self._supervisors: dict[str, Supervisor] = {}
        self._unseated: dict[str, _Unseated] = {}
        """Claimed ahead, or for a child that became unusable in the meantime."""
        self._paces = Paces()
        self._watched: dict[str, int] = {}
        self._hearings: list[Hearing] = []
        self._is_registering = False
        self._is_canary_due = False
        """A canary may wait. Most turns do not ask: there is seldom one."""
        self._files: dict[str, int] = {}
        self._strays = Strays(self.id)
        self._tasks: list[asyncio.Task[None]] = []
        self._settled = asyncio.Event()
        self._spool_dir = spool
        environment = scrubbed(os.environ if environment is None else environment)
        if spool is not None:
            environment["HEADWAY_SPOOL"] = str(spool)
        self._spool = Spool()
        self._cwd = cwd or Path.cwd()
        self._environment = environment
        self._sources = list(sources)
        self._recorder = Recorder(
            depot, limits=self._limits, wanted=self._wanted, queues=self.served_queues, claimed=self._claimed,
            ended=self._ended, turned=self._turned,
        )  # fmt: skip
        self._bells = bells or Bells()
        self.presence = Presence(
            self.id, slots=self._limits.children, queues=self.served_queues, tasks=self._known_tasks, echoes=self._bells.echoes
        )
        self._awaiting = Awaiting(depot, look_seconds=look_seconds * LOOK_SECONDS)
        self._counting = Counting(depot, self._parents)
        self._leases = Leases(depot, self.presence, held=self._held, hear=self._hear, lose=self._lose, watched=self.watched)
        self.pool: Pool | None = None

    # life

    async def open(self) -> None:
        """Start children and loops. Returns at once; the first run is claimed when a child is ready."""
        adopt_orphans()
        if self._spool_dir is not None:
            self._spool_dir.mkdir(parents=True, exist_ok=True)
        self.pool = Pool(
            sources=self._sources, environment=self._environment, cwd=self._cwd, worker=self.id, limits=self._limits,
            learned=self._learned, changed=self._room_changed,
        )  # fmt: skip
        loops = {
            "reports": self._recorder.run_reports(),
            "turns": self._recorder.run_turns(),
            "leases": self._leases.run(),
            "overdue": self._leases.run_watch(),
            "looks": self._look(),
            "awaiting": self._awaiting.run(),
            "counting": self._counting.run(),
        }
        if self._duties is not None:
            loops |= {"reaper": self._duties.run_reaper(), "housekeeping": self._duties.run_housekeeping()}
        self._tasks = [asyncio.create_task(loop, name=f"headway-{name}") for name, loop in loops.items()]
        self.pool.open()

    async def drain(self, grace_seconds: float | None = 30.0) -> None:
        """Claim nothing more; wait for the present runs (None: as long as they take), then give back those that still go on."""
        self.presence.is_draining = True
        self._return(list(self._unseated))
        self._bells.close()
        if grace_seconds is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_seconds):
                    await self._until_idle()
            for supervisor in list(self._supervisors.values()):
                supervisor.release()
            with contextlib.suppress(TimeoutError):  # else left to the reaper, whose time has come then
                async with asyncio.timeout(LEASE_SECONDS):
                    await self._until_idle()
            return
        await self._until_idle()

    async def _until_idle(self) -> None:
        while self._supervisors or not self._recorder.is_idle:
            self._settled.clear()
            await self._settled.wait()

    async def close(self) -> None:
        """End everything. Runs that still go on are given back, or, while the store does not answer, left to the reaper."""
        self.presence.is_draining = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_ANSWER_SECONDS):
                await self.drain(0)
        if self.pool is not None:
            await self.pool.close()
            self._strays.end((), ())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for supervisor in self._supervisors.values():
            supervisor.forget()
        with contextlib.suppress(HeadwayError):
            await self._depot.leave()

    # news from the bus

    def wake(self, queue: str | None = None) -> None:
        """Something was queued, perhaps."""
        self._is_canary_due = self._is_canary_due or (self._duties is not None and queue == CANARY_QUEUE)
        if self._is_canary_due or queue is None or queue in self.served_queues():
            self._recorder.claim_soon()

    def ring(self, bell: Bell) -> None:
        """Somebody says that a queue has a run, and waits until one that is claimed for it has ended."""
        if self._bells.ring(bell):
            self._recorder.claim_soon()

    def wish(self, run: str, wish: str) -> None:
        """``cancel``, ``pause``, ``resume`` or ``stack`` for a run, if it is one of this worker's."""
        supervisor = self._supervisors.get(run)
        if supervisor is not None:
            supervisor.wish(wish)

    def watched(self, run: str, count: int) -> None:
        """So many viewers look at the run now."""
        # Remembered, because people often look before the run starts.
        if count and len(self._watched) < _WATCHED_LIMIT:
            self._watched[run] = count
        else:
            self._watched.pop(run, None)
        supervisor = self._supervisors.get(run)
        if supervisor is not None:
            supervisor.watched(count)

    # what a sampler asks

    @property
    def slots(self) -> int:
        """Runs of ordinary functions that are executed at once."""
        return self._limits.children

    def at_work(self) -> list[tuple[str, int]]:
        """Runs that are executed now, each with the process id of its child, which runs of `async def` tasks share."""
        mine = self._supervisors.values()
        return [(each.run, each.child.pid) for each in mine if each.ending is None and each.claim.run.kind != CANARY_KIND]

    def child_pids(self) -> list[int]:
        return [child.pid for child in self.pool.processes] if self.pool is not None else []

    # claims and ends

    def served_queues(self) -> list[str]:
        catalogue = self.pool.catalogue if self.pool is not None else None
        named = [task.options.queue for task in catalogue.tasks.values()] if catalogue is not None else []
        return list(dict.fromkeys([DEFAULT_QUEUE, *self._queues, *named]))

    def _known_tasks(self) -> list[str]:
        catalogue = self.pool.catalogue if self.pool is not None else None
        return list(catalogue.tasks) if catalogue is not None else []

    def _wanted(self) -> list[Wanted]:
        if self.presence.is_draining or self.pool is None or self.pool.catalogue is None or self._is_registering:
            return []
        canaries = [Wanted(tasks=[CANARY_TASK], limit=1, queues=[CANARY_QUEUE])] if self._is_canary_due else []
        self._is_canary_due = False
        named = self.pool.catalogue.named
        return canaries + [want for mode in Mode for want in self._wanted_of(mode, self.pool, named(is_async=mode is Mode.ASYNC))]

    def _wanted_of(self, mode: Mode, pool: Pool, tasks: list[str]) -> list[Wanted]:
        waiting = sum(each.mode is mode for each in self._unseated.values())
        room = pool.room(mode) - waiting
        if mode is Mode.ASYNC:
            return [Wanted(tasks=tasks, limit=room)]
        now = asyncio.get_running_loop().time()
        quick = [task for task in tasks if self._paces.is_quick(task)]
        busy = sum(
            supervisor.ending is None
            and supervisor.child.mode is Mode.SYNC
            and now - supervisor.started_at < QUICK_SECONDS
            and self._paces.is_quick(supervisor.claim.run.task or "")
            for supervisor in self._supervisors.values()
        )
        ahead = AHEAD * (busy + max(0, room)) - max(0, -room) if quick else 0
        if self._bells.is_heard:
            return self._bells.wanted(room, tasks, quick=quick, ahead=ahead)
        if len(quick) == len(tasks):
            return [Wanted(tasks=tasks, limit=max(0, room) + max(0, ahead))]
        return [Wanted(tasks=tasks, limit=room), Wanted(tasks=quick, limit=ahead)]

    def _claimed(self, claims: Sequence[Claim]) -> None:
        if self.presence.is_draining:
            self._recorder.give_back(claims)
            return
        for claim in claims:
            if claim.run.kind == CANARY_KIND:
                self._seat_canary(claim)
                continue
            task = self.pool.catalogue.tasks.get(claim.run.task or "") if self.pool and self.pool.catalogue else None
            mode = Mode.ASYNC if task is not None and task.is_async else Mode.SYNC
            self._unseated[claim.run.id] = _Unseated(claim=claim, mode=mode, since=asyncio.get_running_loop().time())
            if mode is Mode.SYNC:
                self._bells.claimed(claim.run, is_quick=self._paces.is_quick(claim.run.task or ""))
        self._seat_waiting()

    def _seat_waiting(self) -> None:
        """In the order of claiming, which is the order of rank."""
        full: set[Mode] = set()
        for run, waiting in list(self._unseated.items()):
            if waiting.mode in full:
                continue
            if self._seat(waiting.claim, waiting.mode):
                del self._unseated[run]
            elif not waiting.is_alone:
                full.add(waiting.mode)

    def _seat(self, claim: Claim, mode: Mode) -> bool:
        assert self.pool is not None
        # A run that was in a process when it died is tried alone: if it is to blame, it takes no other with it.
        child = self.pool.seat(mode, is_alone=mode is Mode.ASYNC and claim.run.lost_count > 0)
        if child is None:
            return False
        supervisor = self._supervisors[claim.run.id] = Supervisor(
            claim, child, desk=self._recorder, spool=self._spool, limits=self._limits, keep_file=self._depot.keep_file, free=self.pool.free,
            awaited=self._awaiting.add, stood_aside=self.pool.stand_aside,
        )  # fmt: skip
        supervisor.start(self._watched.get(claim.run.id, 0))
        return True

    def _parents(self) -> list[str]:
        return [run for run, supervisor in self._supervisors.items() if supervisor.has_children and supervisor.ending is None]

    def _seat_canary(self, claim: Claim) -> None:
        child = self.pool.seat_canary() if self.pool is not None else None
        if self.pool is None or child is None:
            self._recorder.give_back([claim])
            return
        free = partial(self.pool.free, is_counted=False)
        supervisor = self._supervisors[claim.run.id] = Supervisor(
            claim, child, desk=self._recorder, spool=self._spool, limits=self._limits, keep_file=self._depot.keep_file, free=free,
            awaited=self._awaiting.add, stood_aside=self.pool.stand_aside,
        )  # fmt: skip
        supervisor.start()

    def _return(self, runs: Sequence[str]) -> None:
        claims = [self._unseated.pop(run).claim for run in runs]
        if claims:
            self._recorder.give_back(claims)

    def _return_stuck(self) -> None:
        """What was claimed ahead, and found its child busy with something long."""
        if self.pool is None or self.pool.room(Mode.SYNC) or not self._unseated:
            return
        before = asyncio.get_running_loop().time() - PATIENCE_SECONDS
        self._return([run for run, each in self._unseated.items() if each.mode is Mode.SYNC and each.since < before])

    def _turned(self) -> None:
        self._bells.turned()
        self._bells.settle(self._holds_a_place)
        self._settled.set()

    def _holds_a_place(self, run: str) -> bool:
        supervisor = self._supervisors.get(run)
        return run in self._unseated or (supervisor is not None and supervisor.ending is None and not supervisor.is_waiting)

    def _room_changed(self) -> None:
        self._bells.settle(self._holds_a_place)
        if self.presence.is_draining:
            return
        self._seat_waiting()
        self._tell_listeners()
        self._recorder.claim_soon()

    def _ended(self, ended: Ended) -> None:
        supervisor = ended.supervisor
        if self._supervisors.get(supervisor.run) is supervisor:
            del self._supervisors[supervisor.run]
        if supervisor.claim.run.kind == CANARY_KIND:
            return
        if supervisor.claim.run.task is not None and supervisor.ending is not None:
            self._paces.note(supervisor.claim.run.task, supervisor.seconds)
        self._awaiting.forget(supervisor)
        self._awaiting.look_soon(supervisor.run)
        if ended.state is RunState.QUEUED:
            self._recorder.claim_soon()
        if ended.state is not None and (ended.state.is_final or ended.state is RunState.PAUSED):
            self._queue_hearing(supervisor, ended.state)

    # listeners

    def _queue_hearing(self, supervisor: Supervisor, state: RunState) -> None:
        """Functions marked with `headway.on` hear of ends in a child, after the fact: whatever they do, the run is over."""
        catalogue = self.pool.catalogue if self.pool is not None else None
        run = supervisor.claim.run
        if catalogue is None or not catalogue.hears(f"run.{state}", run.task or "") or len(self._hearings) >= _HEARINGS_LIMIT:
            return
        self._hearings.append(Hearing(event=f"run.{state}", run=run, state=state, ending=supervisor.ending))
        self._tell_listeners()

    def _tell_listeners(self) -> None:
        while self._hearings and self.pool is not None:
            child = self.pool.seat(Mode.SYNC) or self.pool.seat(Mode.ASYNC)
            if child is None:
                return
            self._hearings.pop(0).begin(child, self.pool.free)

    # leases

    def _held(self) -> dict[str, int]:
        held = {run: supervisor.claim.fence for run, supervisor in self._supervisors.items() if supervisor.ending is None}
        return held | {run: each.claim.fence for run, each in self._unseated.items()}

    def _hear(self, run: str, fence: int, wish: str | None) -> None:
        supervisor = self._supervisors.get(run)
        if supervisor is not None and supervisor.claim.fence == fence:
            supervisor.wish(wish)

    def _lose(self, run: str, fence: int) -> None:
        unseated = self._unseated.get(run)
        if unseated is not None and unseated.claim.fence == fence:
            del self._unseated[run]
        supervisor = self._supervisors.get(run)
        if supervisor is not None and supervisor.claim.fence == fence and supervisor.ending is None:
            _log.warning("Run %s belongs to another attempt now; its process is being ended.", run)
            supervisor.drop()

    async def _look(self) -> None:
        """Look for work that no news spoke of, for sources that have changed, and for processes that nobody watches any more."""
        looked_at = float("-inf")
        while True:
            if self._is_reloading:
                self._look_for_changes()
            if self.pool is not None:
                self._strays.end([child.pid for child in self.pool.processes], [child.name for child in self.pool.processes])
            now = asyncio.get_running_loop().time()
            if now - looked_at > self._look_seconds - TICK_SECONDS / 2:
                looked_at = now
                self._is_canary_due = self._duties is not None
                self._recorder.claim_soon()
            for _ in range(_LOOKS_A_TICK):
                self._return_stuck()
                await asyncio.sleep(TICK_SECONDS / _LOOKS_A_TICK)

    # the catalogue

    def _learned(self, catalogue: Catalogue) -> None:
        self._files = {file: changed_at(file) for file in catalogue.files}
        self._tasks.append(asyncio.create_task(self._register(catalogue), name="headway-register"))

    async def _register(self, catalogue: Catalogue) -> None:
        for module, traceback in catalogue.import_errors.items():
            _log.error("%s does not import; its tasks cannot be run.\n%s", module, traceback)
        self._is_registering = True
        try:
            while True:  # the store has no event for being back
                if await try_to("tasks could not be registered", lambda: self._depot.register(catalogue)):
                    break
                await asyncio.sleep(TICK_SECONDS)
        finally:
            self._is_registering = False
            self._tasks = [task for task in self._tasks if not task.done() and task is not asyncio.current_task()]
        self._bells.serve(self.served_queues())
        self._recorder.claim_soon()

    def _look_for_changes(self) -> None:
        changed = [file for file, at in self._files.items() if changed_at(file) != at]
        if changed and self.pool is not None:
            _log.warning("%s has changed; runs start with the new source.", changed[0])
            self._files = {file: changed_at(file) for file in self._files}
            self.pool.renew()
