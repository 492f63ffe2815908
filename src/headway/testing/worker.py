"""A worker without processes: claims, executes one attempt at a time in this process, records, and skips the time in which nothing
would happen. All that it does to the store it does by the acts that a real worker calls."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from headway.access.vault import Vault
from headway.acts.claim import Claim, claim
from headway.acts.family import ChildEnd, ends_of, start_children
from headway.acts.finish import Finish, finish
from headway.acts.keep import keep_artifact, keep_checkpoint
from headway.acts.lease import renew
from headway.acts.places import BLOCKS_LIMIT, Scope, scope_of
from headway.acts.reap import BATCH, promote, reap
from headway.acts.record import Batch, Recorded, record
from headway.acts.secrets import with_secrets
from headway.model.errors import HeadwayError
from headway.model.ids import new_id
from headway.model.media_types import ANY, typed
from headway.model.run import Artifact, Run
from headway.model.states import Outcome, RunState
from headway.sdk.listeners import EndedRun, notify
from headway.store.contract import Transaction
from headway.testing.blocking_store import BlockingStore
from headway.testing.clock import FakeClock
from headway.testing.execution import Execution
from headway.work.artifacts import keep_file, open_plain
from headway.work.endings import Ending, ending_said, over_time
from headway.work.kin import end_said, error_said, read_child
from headway.work.limits import Limits

Condition = Callable[[], bool]
Moved = Callable[[Run], None]
_LIMITS = Limits()
_A_MOMENT = timedelta(milliseconds=1)
"""A lease has run out when its last moment is past."""
_LEAST_SECONDS = 0.000_001
"""What a clock can tell apart: a limit is over when that much more is past."""
TICK_SECONDS = 2.0
"""A worker looks after its leases about so often."""


class WorkerInMemory:
    def __init__(
        self, store: BlockingStore, clock: FakeClock, artifacts: Path, *, vault: Vault, patience_seconds: float,
        know: Callable[[str], object],
    ) -> None:  # fmt: skip
        """`vault`: opens the secrets that runs ask for. `know`: has a task put into the catalogue before a run of it is started."""
        self._know = know
        self._vault = vault
        self._store = store
        self._clock = clock
        self._artifacts = artifacts
        self._patience_seconds = patience_seconds
        self.skips_sleep = True
        self._number = 1
        self._ticked_at = 0.0
        self._executions: dict[str, Execution] = {}
        self._moments: list[datetime] = []
        """When something becomes due: a heap."""
        self._condition: Condition | None = None
        self._raised: BaseException | None = None
        self.queues: set[str] = set()

    @property
    def id(self) -> str:
        return f"worker-{self._number}"

    def close(self) -> None:
        for execution in self._executions.values():
            execution.kill()
        self._executions.clear()

    # --- who waits drives --------------------------------------------------------------------------------------------

    def drive(self, run: str | None, is_reached: Condition, *, condition: Condition | None = None) -> bool:
        """Execute and skip time until `is_reached`; False when nothing moves any more. `condition` is looked at after each report,
        and holds the run that made it so where it stands."""
        with self._driving(condition):
            while not is_reached():
                if not (self._step(run) or self._skip()):
                    return False
                if self._raised is not None:
                    raised, self._raised = self._raised, None
                    raise raised
        return True

    @contextmanager
    def _driving(self, condition: Condition | None) -> Generator[None]:
        """A run that waits for another one drives as a test does, and nobody lets it go on meanwhile."""
        before, self._condition = self._condition, condition
        own = self.current
        if own is not None:
            own.is_driving = True
            self.record(own)
        try:
            yield
        finally:
            self._condition = before
            if own is not None:
                own.is_driving = False
        if own is not None:
            self._keep_time(own)
            own.look_up()

    @property
    def current(self) -> Execution | None:
        """The attempt whose own code is asking."""
        return next((execution for execution in list(self._executions.values()) if execution.is_here), None)

    def _step(self, run: str | None, *, may_release: bool = True) -> bool:
        """Let one attempt go on: the run's own, else what a worker would claim next, else one that stands."""
        wanted = self._executions.get(run or "")
        execution = wanted if may_release and wanted is not None and wanted.is_standing else self._claim()
        if execution is None and may_release:
            execution = next((one for one in self._executions.values() if one.is_standing), None)
        if execution is None:
            return False
        execution.go_on()
        if execution.is_over:
            self._end(execution)
        return True

    def _claim(self) -> Execution | None:
        claims = self._store.write(lambda tx: claim(tx, worker=self.id, queues=sorted(self.queues), limit=1))
        if not claims:
            return None
        if claims[0].run.options.secrets:
            claims = self._store.read(lambda snapshot: with_secrets(snapshot, self._vault, claims))
        return self._begin(claims[0])

    def _begin(self, taken: Claim) -> Execution:
        execution = Execution(
            taken, self, started_at=self._clock.monotonic(), patience_seconds=self._patience_seconds, skips_sleep=self.skips_sleep
        )
        self._executions[taken.run.id] = execution
        return execution

    # --- time --------------------------------------------------------------------------------------------------------

    def due_at(self, moment: datetime) -> None:
        """Something becomes due then."""
        heapq.heappush(self._moments, moment)

    def _skip(self) -> bool:
        """Jump to the next moment at which something becomes due; whether there is one."""
        if not self._moments and not self._note_rates():
            return False
        self._jump(heapq.heappop(self._moments))
        return True

    def _note_rates(self) -> bool:
        """When the next may start of those that a rate limit holds up; whether there are any."""

        def act(tx: Transaction) -> list[datetime]:
            held_up = [place for place in tx.runs.blocks(BLOCKS_LIMIT) if scope_of(place)[0] is Scope.RATE]
            return [tx.queues.rate_next(place) or tx.now for place in held_up]

        for moment in self._store.write(act):
            self.due_at(moment)
        return bool(self._moments)

    def advance(self, seconds: float) -> None:
        """Let time pass. In a test: what becomes due is executed at its time, and what stands goes on standing."""
        own = self.current
        if own is not None:
            own.sleep(seconds)
            return
        until = self._clock.now() + timedelta(seconds=seconds)
        with self._driving(None):
            self._work_off()
            while self._moments and self._moments[0] <= until:
                self._jump(heapq.heappop(self._moments))
                self._work_off()
            self._jump(until)
            self._work_off()

    def let_pass(self, seconds: float) -> float:
        """Skip so much, but no further than to where something becomes due or a time limit is over. How much was skipped."""
        now = self._clock.monotonic()
        limits = [one.started_at + one.limit_seconds - now + _LEAST_SECONDS for one in self._executions.values()]
        dues = [(moment - self._clock.now()).total_seconds() for moment in self._moments[:1]]
        step = max(0.0, min([seconds, *limits, *dues]))
        is_due = step < seconds or step in dues
        while self._moments and (self._moments[0] - self._clock.now()).total_seconds() <= step:
            heapq.heappop(self._moments)
        if own := self.current:
            self.record(own)
        self._jump(self._clock.now() + timedelta(seconds=step), is_quiet=not is_due)
        return step

    def _work_off(self) -> None:
        while self._step(None, may_release=False):
            pass

    def _jump(self, moment: datetime, *, is_quiet: bool = False) -> None:
        """`is_quiet`: nothing becomes due then, so that a worker would perhaps not look."""
        ahead = (moment - self._clock.now()).total_seconds()
        if ahead > 0:
            self._clock.advance(ahead)
        if not is_quiet or self._clock.monotonic() - self._ticked_at >= TICK_SECONDS:
            self.tick()
        for execution in list(self._executions.values()):
            self._keep_time(execution)
            if execution.is_killed and execution.is_standing:
                execution.kill()
                self._end(execution)

    def tick(self) -> None:
        """What a worker does every few seconds: renew, hear wishes, end what is lost, queue what is due."""
        self._ticked_at = self._clock.monotonic()
        held = {run: one.claim.fence for run, one in self._executions.items() if not one.is_killed}

        def act(tx: Transaction) -> tuple[dict[str, str | None], bool]:
            wishes = renew(tx, worker=self.id, held=held) if held else {}
            return wishes, max(len(reap(tx, holder="headway.testing")), promote(tx)) >= BATCH

        is_more = True
        while is_more:
            wishes, is_more = self._store.write(act)
            for run in held:
                self._executions[run].wish(wishes.get(run))

    def _keep_time(self, execution: Execution) -> None:
        options = execution.claim.run.options
        lasted = self._clock.monotonic() - execution.started_at
        if execution.is_killed or execution.is_over:
            return
        if options.timeout_seconds is not None and lasted >= options.timeout_seconds:
            if execution.end_for_time():
                self.record(execution)
                self._finish(execution, _finish_of(execution, over_time(options)))
        elif options.soft_timeout_seconds is not None and lasted >= options.soft_timeout_seconds:
            execution.soft_timeout()

    # --- faults ------------------------------------------------------------------------------------------------------

    def kill(self) -> None:
        """kill -9: nothing more is recorded of what was being executed. Another worker takes its place."""
        for run, execution in list(self._executions.items()):
            lease = self._store.read(lambda snapshot, run=run: snapshot.leases.get(run))
            if lease is not None:
                self.due_at(lease.until + _A_MOMENT)
            execution.kill()
            if execution.is_over:
                del self._executions[run]
        self._number += 1
        self._look_up()

    def kill_child(self, run: str) -> bool:
        """kill -9 of the process that executes the run; False if nothing executes it."""
        execution = self._executions.get(run)
        if execution is None:
            return False
        self.record(execution)
        error = {"code": "child_died", "message": "The process that executed this run ended: killed by SIGKILL."}
        self._finish(execution, Finish(run=run, fence=execution.claim.fence, batch_no=0, events=(), outcome=Outcome.FAILED, error=error))
        execution.kill()
        if execution.is_over:
            self._end(execution)
        self._look_up()
        return True

    def _look_up(self) -> None:
        own = self.current
        if own is not None:
            own.look_up()

    def hear(self) -> None:
        """Somebody has asked something of a run: let its code know."""
        self.tick()
        self._look_up()

    # --- what an attempt says (`execution.Keeper`) -------------------------------------------------------------------

    def passes(self, execution: Execution) -> bool:
        self._keep_time(execution)
        if self._condition is None or execution.is_killed:
            return True
        self.record(execution)
        try:
            is_reached = self._condition()
        except BaseException as error:  # noqa: BLE001  (raised where the test waits)
            self._raised, is_reached = error, True
        return not is_reached

    def record(self, execution: Execution) -> None:
        """What was reported so far."""
        events = _take(execution)
        if not events:
            return
        execution.batch_no += 1
        batch = Batch(run=execution.run, fence=execution.claim.fence, batch_no=execution.batch_no, events=events, is_lenient=True)
        (answer,) = self._store.write(lambda tx: record(tx, [batch]))
        if isinstance(answer, Recorded):
            execution.wish(answer.wish)
        else:
            execution.is_killed = True

    def record_all(self) -> None:
        for execution in list(self._executions.values()):
            if not execution.is_killed:
                self.record(execution)

    def keep_checkpoint(self, execution: Execution, number: int, value: Any) -> None:
        self.record(execution)
        fence = execution.claim.fence
        self._store.write(lambda tx: keep_checkpoint(tx, run=execution.run, fence=fence, number=number, value=value))

    def keep_artifact(self, execution: Execution, said: dict[str, Any]) -> None:
        self.record(execution)
        kept = keep_file(self._artifacts, open_plain(said["path"]), _LIMITS.artifact_bytes)
        if said.get("is_temporary") is True:
            with contextlib.suppress(OSError):
                Path(said["path"]).unlink()
        found = typed(said["name"], said.get("media_type") or ANY, kept.head)
        artifact = Artifact(
            id=new_id(), run=execution.run, name=said["name"][:200], size_bytes=kept.size_bytes, sha256=kept.sha256,
            created_at=self._clock.now().astimezone(UTC), media_type=found.media_type, stated_type=found.stated_type,
            attempt=execution.claim.attempt, step=said.get("step"),
        )  # fmt: skip
        self._store.write(lambda tx: keep_artifact(tx, run=execution.run, fence=execution.claim.fence, artifact=artifact))

    def start_children(self, execution: Execution, request: int, children: list[Any]) -> None:
        self.record(execution)
        fence = execution.claim.fence
        try:
            wishes = [read_child(child) for child in children]
            for task in {wish.task for wish in wishes}:
                self._know(task)
            runs = self._store.write(lambda tx: start_children(tx, run=execution.run, fence=fence, wishes=wishes))
        except HeadwayError as error:
            execution.job.context.kin.answer(request, [], error_said(error))
            return
        self.queues.update(run.queue for run in runs)
        execution.job.context.kin.answer(request, [run.id for run in runs], None)

    def await_children(self, execution: Execution, runs: list[str]) -> None:
        """All that are asked for, one after the other: whoever waits for the first is told of the others as well."""

        def ends() -> list[ChildEnd]:
            return self._store.read(lambda snapshot: ends_of(snapshot, runs))

        self.drive(None, lambda: len(ends()) == len(runs))
        for end in ends():
            execution.job.context.kin.ended(end_said(end))

    # --- its end -----------------------------------------------------------------------------------------------------

    def _end(self, execution: Execution) -> None:
        if self._executions.get(execution.run) is execution:
            del self._executions[execution.run]
        if not execution.is_killed and execution.ended is not None:
            options = execution.claim.run.options
            ending = ending_said(execution.ended, options, is_over_time=execution.is_over_time, may_pause=execution.may_pause)
            self._finish(execution, _finish_of(execution, ending))

    def _finish(self, execution: Execution, end: Finish) -> None:
        (state,) = self._store.write(lambda tx: finish(tx, [end]))
        if isinstance(state, HeadwayError):
            return
        if state is RunState.RETRYING:
            run = self._store.read(lambda snapshot: snapshot.runs.get(execution.run))
            if run is not None and run.run_after is not None:
                self.due_at(run.run_after)
        elif state.is_final or state is RunState.PAUSED:
            run = execution.claim.run
            result = orjson.loads(end.result) if end.result is not None else None
            notify(
                f"run.{state.value}",
                EndedRun(
                    id=run.id, task=run.task or "", name=run.name, attempt=run.attempt, outcome=state.value, parameters=run.parameters,
                    result=result, error=dict(end.error) if end.error else None,
                ),
            )  # fmt: skip


def _take(execution: Execution) -> list[bytes]:
    """All that waits. Other threads may be adding to it."""
    events: list[bytes] = []
    while execution.pending:
        events.append(execution.pending.popleft())
    return events


def _finish_of(execution: Execution, ending: Ending) -> Finish:
    events = _take(execution)
    if events:
        execution.batch_no += 1
    return Finish(
        run=execution.run, fence=execution.claim.fence, batch_no=execution.batch_no if events else 0, events=events,
        outcome=ending.outcome, result=ending.result, error=ending.error, retry_delay_seconds=ending.retry_delay_seconds,
    )  # fmt: skip
