"""Acts in any order against a simple reference: what was acknowledged is in the journal once and in order, and nothing else is.

The reference knows only what it was told: which attempt holds which fence, which batches were acknowledged, and which runs have ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule, run_state_machine_as_test

from headway.access.principal import Principal
from headway.acts.cancel import cancel
from headway.acts.catalogue import register
from headway.acts.claim import LEASE_SECONDS, Claim, claim
from headway.acts.finish import Finish, finish
from headway.acts.reap import promote, reap
from headway.acts.record import Batch, Recorded, record
from headway.acts.start import StartRun, start
from headway.model.errors import BatchOutOfOrder, HeadwayError, RunFinal, StaleFence
from headway.model.fold import fold
from headway.model.patches import apply_patch
from headway.model.run import Options, Task
from headway.model.states import FINAL, Outcome, RunState
from headway.store.contract import Appended, News, Snapshot, Transaction
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store
from tests.machine.events import REPORTED

T = TypeVar("T")
ANNA = Principal(id="anna", role="admin")
POISON_LIMIT = 3


@dataclass
class Told:
    """What the reference knows of a run."""

    reported: list[Any] = field(default_factory=list)
    """Marks of the events that were acknowledged, in order."""
    holder: int | None = None
    """The fence with which one may write; None: nobody may."""
    batch_no: int = 0
    final: str | None = None
    final_seq: int = 0
    seen: dict[str, Any] = field(default_factory=dict)
    """The view as a listener knows it who got every patch."""
    seen_seq: int = 0


class AppendMachine(RuleBasedStateMachine):
    held = Bundle("held")
    runs = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.clock = FakeClock()
        self.told: dict[str, Told] = {}
        self.mark = 0
        self.touched: set[str] = set()

    @initialize()
    def open(self) -> None:
        self.store = self.loop.run(self.stack.enter_async_context(memory_store(clock=self.clock, announce=self._hear)))
        once = Task(name="once", source="a:once")
        thrice = Task(name="thrice", source="a:thrice", options=Options(max_attempts=3, retry_delay_seconds=0.0))
        self._do(lambda tx: register(tx, [once, thrice]))

    def teardown(self) -> None:
        self.loop.run(self.stack.aclose())
        self.loop.close()

    def _hear(self, news: Any) -> None:
        """A listener that gets every patch and only merges them, as the hub does."""
        one: News
        for one in news:
            if isinstance(one, Appended):
                told = self.told.setdefault(one.run, Told())
                assert one.first_seq == told.seen_seq + 1, "news must come in commit order, without holes"
                apply_patch(told.seen, orjson.loads(orjson.dumps(one.patch)))
                told.seen_seq = one.last_seq

    def _do(self, act: Callable[[Transaction], T]) -> T:
        return self.loop.run(self.store.write(act))

    def _ask(self, query: Callable[[Snapshot], T]) -> T:
        return self.loop.run(self.store.read(query))

    @rule(target=runs, task=st.sampled_from(["once", "thrice"]))
    def start(self, task: str) -> str:
        run = self._do(lambda tx: start(tx, [StartRun(task=task)], ANNA))[0]
        self.told.setdefault(run.id, Told())
        self.touched.add(run.id)
        return run.id

    @rule(target=held)
    def claim(self) -> Claim | None:
        claims = self._do(lambda tx: claim(tx, worker="w", queues=["default"], limit=1))
        if not claims:
            return None
        got = claims[0]
        told = self.told[got.run.id]
        assert told.holder is None, "a run has at most one holder"
        assert told.final is None
        told.holder, told.batch_no = got.fence, 0
        self.touched.add(got.run.id)
        return got

    @rule(
        got=held, events=st.lists(REPORTED, max_size=6), step=st.sampled_from([0, 0, 0, 1, -1, 3]), fence=st.sampled_from([0, 0, 0, -1, 1])
    )
    def report(self, got: Claim | None, events: list[dict[str, Any]], step: int, fence: int) -> None:
        """`step` 0 is the next batch, -1 one that was sent before, more is a hole; `fence` not 0 is somebody else's."""
        if got is None:
            return
        told = self.told[got.run.id]
        raw, marks = self._marked(events)
        batch_no = told.batch_no + 1 + step
        given = Batch(run=got.run.id, fence=got.fence + fence, batch_no=batch_no, events=raw)
        answer = self._do(lambda tx: record(tx, [given]))[0]
        self.touched.add(got.run.id)
        if told.final is not None:
            assert isinstance(answer, RunFinal)
        elif told.holder != got.fence + fence:
            assert isinstance(answer, StaleFence)
        elif batch_no > told.batch_no + 1 or (batch_no < 1 and raw):
            assert isinstance(answer, BatchOutOfOrder)
        else:
            assert isinstance(answer, Recorded)
            if batch_no == told.batch_no + 1:
                told.batch_no = batch_no
                told.reported += marks

    def _marked(self, events: list[dict[str, Any]]) -> tuple[list[bytes], list[int]]:
        """The events as JSON, each with a field of its own by which it is known again."""
        marks = range(self.mark + 1, self.mark + 1 + len(events))
        self.mark += len(events)
        return [orjson.dumps({**event, "mark": mark}) for event, mark in zip(events, marks, strict=True)], list(marks)

    @rule(got=consumes(held), outcome=st.sampled_from(Outcome), events=st.lists(REPORTED, max_size=3), is_retryable=st.booleans())
    def finish(self, got: Claim | None, outcome: Outcome, events: list[dict[str, Any]], is_retryable: bool) -> None:
        if got is None or outcome is Outcome.PAUSED:
            return
        told = self.told[got.run.id]
        raw, marks = self._marked(events)
        error = {"code": "exception", "message": "no", "is_retryable": is_retryable}
        end = Finish(run=got.run.id, fence=got.fence, batch_no=told.batch_no + 1, events=raw, outcome=outcome, result=b"[1]", error=error)
        answer = self._do(lambda tx: finish(tx, [end]))[0]
        self.touched.add(got.run.id)
        if told.final is not None:
            assert isinstance(answer, RunFinal)
        elif told.holder != got.fence:
            assert isinstance(answer, StaleFence)
        else:
            assert not isinstance(answer, HeadwayError)
            told.reported += marks
            told.holder = None
            self._note_end(got.run.id, answer)

    @rule(run=runs)
    def cancel(self, run: str) -> None:
        told = self.told[run]
        try:
            state = self._do(lambda tx: cancel(tx, run, ANNA)).state
        except RunFinal:
            assert told.final is not None
            return
        self.touched.add(run)
        assert (state is RunState.CANCELLING) == (told.holder is not None)
        self._note_end(run, state)

    @rule()
    def let_leases_run_out(self) -> None:
        self.clock.advance(LEASE_SECONDS + 0.001)
        reaped = self._do(lambda tx: reap(tx, holder="r"))
        assert set(reaped) == {run for run, told in self.told.items() if told.holder is not None}
        for run in reaped:
            self.told[run].holder = None
            self._note_end(run, self._state(run))
            self.touched.add(run)

    @rule()
    def let_time_come(self) -> None:
        self._do(promote)

    def _state(self, run: str) -> RunState:
        found = self._ask(lambda snapshot: snapshot.runs.get(run))
        assert found is not None
        return found.state

    def _note_end(self, run: str, state: RunState) -> None:
        told = self.told[run]
        if state in FINAL and told.final is None:
            told.final = state.value

    @invariant()
    def the_journal_is_what_was_acknowledged(self) -> None:
        for run in self.touched:
            self._check(run, self.told[run])
        self.touched.clear()

    def _check(self, run: str, told: Told) -> None:
        head = self._ask(lambda snapshot: snapshot.journal.head(run))
        lease = self._ask(lambda snapshot: snapshot.leases.get(run))
        raw = self._ask(lambda snapshot: snapshot.journal.events(run, 0, limit=100_000))
        events = [orjson.loads(one) for one in raw]
        assert head is not None
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1)), "seq is dense"
        lines = [event["line"] for event in events if "line" in event]
        assert lines == list(range(1, len(lines) + 1)), "line is dense"
        assert (head.last_seq, head.last_line) == (len(events), len(lines))
        assert [event["mark"] for event in events if "mark" in event] == told.reported, "acknowledged once, in order, and nothing else"
        view: dict[str, Any] = {}
        for event in events:
            fold(view, event)
        assert head.view == view, "I11: the stored view is the fold of the journal"
        assert told.seen == view, "whoever merges all patches has the same view"
        assert view["state"] == self._state(run).value
        assert (lease is not None) == (told.holder is not None), "a lease lives exactly as long as its attempt"
        if told.holder is not None:
            assert (lease.fence if lease else None) == head.fence == told.holder
        if told.final is not None:
            assert view["state"] == told.final
            told.final_seq = told.final_seq or len(events)
            assert len(events) == told.final_seq, "a final run never changes"
        else:
            assert view["state"] not in FINAL


def test_acts_in_any_order_keep_the_journal_true() -> None:
    run_state_machine_as_test(
        AppendMachine, settings=settings(max_examples=40, stateful_step_count=30, suppress_health_check=list(HealthCheck))
    )
