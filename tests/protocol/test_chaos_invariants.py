"""The invariants of `chaos/faults`: each holds on a good history, and finds what is wrong with a bad one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chaos.faults.gather import understood
from chaos.faults.history import Answered, ApiAnswer, Asked, Begun, Felt, History, Killed, Left, Paused, Recorded, RunHistory
from chaos.faults.invariants import INVARIANTS, judge
from chaos.faults.ledger import Page, read_ledger, size_of
from chaos.faults.plan import EVERYWHERE, LARGE, SMALL, Fault, make_plan
from chaos.faults.table import at
from headway.model.fold import fold
from headway.model.run import Attempt, Options, Run
from headway.model.states import Outcome, RunState

pytestmark = pytest.mark.one_database("the judge reads histories that stand here; nothing is stored")

RUN, KEY = "a-run", "a-key"
BEGAN = datetime(2026, 11, 28, tzinfo=UTC)
Change = Callable[[History], object]


def _at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def _events() -> list[dict[str, Any]]:
    """A first attempt that says 1 to 7 and dies after 5 was recorded, a second that says 6 to 10."""

    def said(attempt: int, first: int, last: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for number in range(first, last + 1):
            found.append({"kind": "log.written", "level": "info", "text": f"number {number}", "attempt": attempt})
            if number % 5 == 0:
                found.append({"kind": "metric.reported", "name": "number", "value": number, "attempt": attempt})
        return found

    events: list[dict[str, Any]] = [
        {"kind": "run.created", "name": "count", "project": "default", "run_kind": "task", "by": "chaos"},
        {"kind": "run.queued"},
        {"kind": "attempt.started", "attempt": 1},
        {"kind": "run.running", "attempt": 1},
        *said(1, 1, 7),
        {"kind": "attempt.ended", "attempt": 1, "outcome": "lost"},
        {"kind": "run.queued", "reason": "worker_lost"},
        {"kind": "attempt.started", "attempt": 2},
        {"kind": "run.running", "attempt": 2},
        *said(2, 6, 10),
        {"kind": "attempt.ended", "attempt": 2, "outcome": "succeeded"},
        {"kind": "run.succeeded"},
    ]
    line = 0
    for seq, event in enumerate(events, 1):
        event |= {"seq": seq, "at": "2026-11-28T00:00:00.000Z"}
        if event["kind"] in {"log.written", "attempt.started", "attempt.ended"}:
            event["line"] = line = line + 1
    return events


def good() -> History:
    events = _events()
    view: dict[str, Any] = {}
    for event in events:
        fold(view, event)
    run = Run(
        id=RUN, project="default", kind="task", task="count", name="count", state=RunState.SUCCEEDED, queue="default", priority=0,
        created_at=BEGAN, created_by="chaos", parameters={"to": 10}, attempt=2, lost_count=1, options=Options(max_attempts=3),
    )  # fmt: skip
    attempts = [
        Attempt(run=RUN, number=1, fence=1, worker="w1", started_at=_at(0), ended_at=_at(10), outcome=Outcome.LOST),
        Attempt(run=RUN, number=2, fence=3, worker="w2", started_at=_at(11), ended_at=_at(12), outcome=Outcome.SUCCEEDED),
    ]
    one = RunHistory(
        run=run, key=KEY, attempts=attempts, events=events, last_seq=len(events), last_line=events[-2]["line"], view=view,
        result={"counted": 10}, elsewhere=_events(),
    )  # fmt: skip
    return History(
        runs={RUN: one},
        begun=[Begun(run=RUN, attempt=1, first=1), Begun(run=RUN, attempt=2, first=6)],
        recorded=[
            Recorded(run=RUN, attempt=1, first=1, last=5, goes_on=6), Recorded(run=RUN, attempt=2, first=6, last=10, goes_on=11),
        ],
        asked=[Asked(do="start", key=KEY)],
        answered=[Answered(do="start", key=KEY, run=RUN, state="queued"), Answered(do="start", key=KEY, run=RUN, state="queued")],
        felt=[
            Felt(
                fault=Fault.WORKER_KILLED, began_at=_at(1).timestamp(), healed_at=_at(1).timestamp(), well_at=_at(2).timestamp(),
                dead_workers=("w1",),
            )
        ],
        grown_mb={"the server": 20.0},
        is_only_without=True,
        api_answers=[ApiAnswer(node="node-1", asked="GET /runs", at=_at(3).timestamp(), seconds=2.0, status=503, says_when=True)],
    )  # fmt: skip


def test_a_good_history_breaks_nothing() -> None:
    assert judge(good()) == {}


def _run(history: History, **fields: Any) -> None:
    history.runs[RUN].run = replace(history.runs[RUN].run, **fields)


def _attempt(history: History, index: int, **fields: Any) -> None:
    attempts = list(history.runs[RUN].attempts)
    attempts[index] = replace(attempts[index], **fields)
    history.runs[RUN].attempts = attempts


def _events_of(history: History, change: Callable[[list[dict[str, Any]]], object]) -> None:
    events = [dict(event) for event in history.runs[RUN].events]
    change(events)
    history.runs[RUN].events = events


def _is(event: dict[str, Any], text: str, attempt: int) -> bool:
    return event.get("text") == text and event["attempt"] == attempt


def _without(text: str, attempt: int) -> Change:
    def change(history: History) -> None:
        _events_of(history, lambda events: events.remove(next(event for event in events if _is(event, text, attempt))))

    return change


def _say(text: str, attempt: int, /, **fields: Any) -> Change:
    def change(history: History) -> None:
        _events_of(history, lambda events: next(event for event in events if _is(event, text, attempt)).update(fields))

    return change


def _replace(name: str, value: Any) -> Change:
    return lambda history: setattr(history, name, value)


def _one(name: str, value: Any) -> Change:
    return lambda history: setattr(history.runs[RUN], name, value)


def _add_event(kind: str, **fields: Any) -> Change:
    def change(history: History) -> None:
        _events_of(history, lambda events: events.append({"kind": kind, "seq": len(events) + 1, "at": events[0]["at"], **fields}))

    return change


def _cancel_answered(history: History) -> None:
    history.asked = [*history.asked, Asked(do="cancel", key=RUN)]
    history.answered = [*history.answered, Answered(do="cancel", key=RUN, run=RUN, state="cancelling")]


def _begun_after_cancelling(history: History) -> None:
    _cancel_answered(history)
    _events_of(history, lambda events: events.insert(4, {"kind": "run.cancelling", "seq": 0, "at": events[0]["at"]}))


def _twice_started(history: History) -> None:
    other = good().runs[RUN]
    history.runs = {**history.runs, "another": replace(other, run=replace(other.run, id="another"))}


def _outage(**times: float) -> Felt:
    at = {"began_at": 1.0, "healed_at": 4.0, "well_at": 5.0} | times
    return Felt(fault=Fault.POSTGRES_STOPPED, **{name: _at(seconds).timestamp() for name, seconds in at.items()})


def _answered(**fields: Any) -> Change:
    answer = ApiAnswer(**{"node": "node-1", "asked": "GET /runs", "at": _at(2).timestamp(), "seconds": 0.1, "status": 200} | fields)
    return lambda history: setattr(history, "api_answers", [*history.api_answers, answer])


def _killed(run: str, attempt: int, seconds: float) -> Killed:
    return Killed(run=run, attempt=attempt, at=_at(seconds).timestamp(), is_worker=True)


def _poisoned(task: str, deaths: int, *, code: str = "poisoned") -> Change:
    """The run is of this task, has killed its worker so often, and was given up."""

    def change(history: History) -> None:
        attempts = [
            Attempt(run=RUN, number=n, fence=2 * n, worker=f"w{n}", started_at=_at(9 * n), ended_at=_at(9 * n + 8), outcome=Outcome.LOST)
            for n in range(1, 4)
        ]
        history.runs[RUN].attempts = attempts
        _run(history, task=task, state=RunState.FAILED, attempt=3, lost_count=3)
        events = [{"kind": "run.failed", "seq": 1, "at": "2026-11-28T00:00:00.000Z", "reason": "poisoned", "error": {"code": code}}]
        history.runs[RUN].events = events
        history.killed = [_killed(RUN, 1 + n % 3, 9 * n + 10) for n in range(deaths)]

    return change


def _died_late(history: History) -> None:
    _poisoned("poison_worker", 1)(history)
    history.felt = []
    _attempt(history, 0, ended_at=_at(35))


def _given_up_for_another(history: History) -> None:
    """Another run has killed all three workers of one that has done nothing."""
    _poisoned("count", 0)(history)
    attempts = [replace(attempt, run="poison") for attempt in history.runs[RUN].attempts]
    history.runs = {**history.runs, "poison": replace(history.runs[RUN], attempts=attempts)}
    history.killed = [_killed("poison", n, 9 * n + 1) for n in range(1, 4)]


BAD: Sequence[tuple[str, Change, str]] = [
    ("acknowledged_writes_stand_once_and_in_order", _without("number 3", 1), "1 numbers of attempt 1 were acknowledged and are lost"),
    ("acknowledged_writes_stand_once_and_in_order", _say("number 3", 1, text="number 2"), "doubled or out of order"),
    ("acknowledged_writes_stand_once_and_in_order", _say("number 3", 1, text="number 4"), "doubled or out of order"),
    ("acknowledged_writes_stand_once_and_in_order",
     lambda h: _events_of(h, lambda events: events.remove(next(e for e in events if e["kind"] == "metric.reported"))), "are lost"),
    ("acknowledged_writes_stand_once_and_in_order",
     lambda h: setattr(h, "recorded", [*h.recorded, Recorded(run="gone", attempt=1, first=1, last=1)]), "a run that is not there"),
    ("acknowledged_checkpoints_are_gone_on_from", _replace("begun", [Begun(run=RUN, attempt=2, first=5)]), "though 5 was recorded"),
    ("positions_are_dense", _without("number 7", 1), "seq is not 1 to"),
    ("positions_are_dense", _one("last_seq", 40), "seq is not 1 to 40"),
    ("positions_are_dense", _say("number 7", 1, line=99), "line is not 1 to"),
    ("the_journal_is_the_same_everywhere", _one("elsewhere", _events()[:-1]), "another journal"),
    ("every_run_is_final", lambda h: _run(h, state=RunState.RUNNING), "it is still running"),
    ("dead_workers_are_noticed", lambda h: _attempt(h, 0, ended_at=_at(30)), "known after 29.0 s"),
    ("dead_workers_are_noticed", lambda h: _attempt(h, 0, ended_at=None), "known never"),
    ("code_of_an_attempt_begins_once", lambda h: setattr(h, "begun", [*h.begun, h.begun[0]]), "begun 2 times"),
    ("each_fence_has_one_owner", lambda h: _attempt(h, 1, fence=1), "has fence 1 after 1"),
    ("each_fence_has_one_owner", lambda h: _attempt(h, 0, ended_at=_at(11.5)), "lived at once"),
    ("each_fence_has_one_owner", _say("number 8", 2, attempt=1), "attempt 1 wrote seq"),
    ("dead_workers_are_noticed", _died_late, "(a run that kills each worker that executes it); that was known after 25.0 s"),
    ("poison_is_contained", _poisoned("poison_worker", 4), "it has killed what executed it 4 times"),
    ("poison_is_contained", _poisoned("poison_child", 3, code="cancelled"), "and is failed (cancelled)"),
    ("poison_is_contained", lambda h: _run(h, task="poison_child"), "and is succeeded (None)"),
    ("poison_is_contained", _given_up_for_another, "it was given up for what poison has done"),
    ("nothing_begins_while_it_is_paused",
     _replace("paused", [Paused(queue="default", run=None, since=_at(10.5).timestamp(), until=_at(12).timestamp())]),
     "attempt 2 began 0.5 s after default was paused"),
    ("nothing_begins_while_it_is_paused",
     _replace("paused", [Paused(queue=None, run=RUN, since=_at(10.5).timestamp(), until=_at(12).timestamp())]),
     "attempt 2 began 0.5 s after it was paused"),
    ("viewers_were_told_the_journal", _replace("heard", ["viewer 3: 1 lines came twice"]), "came twice"),
    ("nothing_follows_the_end", _add_event("log.written", text="late", level="info", attempt=2), "log.written follows the end"),
    ("nothing_follows_the_end", _add_event("run.succeeded"), "ended more than once"),
    ("nothing_follows_the_end", _add_event("run.running"), "running came after succeeded"),
    ("nothing_follows_the_end", lambda h: _run(h, state=RunState.FAILED, failed_count=3), "its journal says succeeded"),
    ("memory_keeps_its_budget", _replace("grown_mb", {"the server": 300.0}), "grew by 300 MB"),
    ("views_are_the_fold", _one("view", {"state": "running"}), "is not the fold"),
    ("a_key_starts_one_run", _twice_started, "started 2 runs"),
    ("a_key_starts_one_run", _one("key", "unasked"), "nobody asked for it"),
    ("a_key_starts_one_run",
     lambda h: setattr(h, "answered", [Answered(do="start", key=KEY, run="lost", state="queued")]), "named lost"),
    ("attempts_are_counted", lambda h: _run(h, lost_count=0), "it counts 0 lost"),
    ("attempts_are_counted", lambda h: _run(h, attempt=3), "attempts are not 1 to 3"),
    ("attempts_are_counted", lambda h: _run(h, state=RunState.FAILED), "it failed with 0 failed and 1 lost"),
    ("attempts_are_counted", lambda h: _attempt(h, 1, outcome=Outcome.RELEASED), "its last attempt is released"),
    ("attempts_are_counted", lambda h: _attempt(h, 1, outcome=None), "an attempt goes on"),
    ("results_are_what_was_counted", _one("result", {"counted": 9}), "with the result"),
    ("results_are_what_was_counted", _without("number 8", 2), "9 of 10 numbers"),
    ("cancellations_are_true", _cancel_answered, "knows nothing of it"),
    ("cancellations_are_true", _begun_after_cancelling, "began after it was cancelled"),
    ("cancellations_are_true", lambda h: _run(h, state=RunState.CANCELLED), "nobody asked"),
    ("nothing_is_left_waiting", _replace("left", Left(leases=1)), "1 leases are left"),
    ("nothing_is_left_waiting", _replace("left", Left(used_places=2)), "2 places in use"),
    ("nothing_is_left_waiting", _replace("left", Left(blocked=1)), "1 runs set aside"),
    ("outages_are_outlived", _replace("felt", [_outage(well_at=20.0)]), "all went on 16.0 s after its end"),
    ("outages_are_outlived", _replace("restarted", ["the worker of node-1"]), "the worker of node-1 was started again"),
    ("the_api_always_answers", _answered(status=0, seconds=10.0), "no answer after 10.0 s"),
    ("the_api_always_answers", _answered(status=500), "500 without Retry-After"),
    ("the_api_always_answers", _answered(status=500, says_when=True), ": 500"),
    ("the_api_always_answers", _answered(status=503), "503 without Retry-After"),
    ("the_api_always_answers", _answered(status=503, says_when=True, seconds=4.0), "503 after 4.0 s"),
]  # fmt: skip


@pytest.mark.parametrize(("invariant", "change", "complaint"), BAD)
def test_an_invariant_finds_what_is_wrong(invariant: str, change: Change, complaint: str) -> None:
    history = good()
    change(history)

    assert any(complaint in what for what in judge(history).get(invariant, [])), judge(history)


def test_each_invariant_is_shown_to_fail() -> None:
    assert {name for name, _, _ in BAD} == {invariant.__name__ for invariant in INVARIANTS}


def test_a_worker_that_stood_still_and_went_on_is_no_death() -> None:
    history = good()
    history.felt = [replace(history.felt[0], fault=Fault.WORKER_STOPPED)]
    _attempt(history, 0, ended_at=_at(40), outcome=Outcome.RELEASED)

    assert "dead_workers_are_noticed" not in judge(history)


def test_a_run_that_fails_while_it_is_cancelled_is_not_tried_again() -> None:
    history = good()
    _begun_after_cancelling(history)
    _run(history, state=RunState.FAILED, failed_count=1)
    _attempt(history, 1, outcome=Outcome.FAILED)

    assert "attempts_are_counted" not in judge(history)


def test_a_node_that_is_started_again_may_take_longer_than_an_outage() -> None:
    history = good()
    history.felt, history.is_only_without = [_outage(well_at=20.0)], False

    assert "outages_are_outlived" not in judge(history)


def test_what_else_befell_the_cluster_is_counted_in() -> None:
    history = good()
    _attempt(history, 0, ended_at=_at(30))
    outage = Felt(fault=Fault.POSTGRES_KILLED, began_at=_at(4).timestamp(), healed_at=_at(8).timestamp(), well_at=_at(9).timestamp())
    history.felt = [*history.felt, outage]

    assert "dead_workers_are_noticed" not in judge(history)


# --- the plan and the ledger ----------------------------------------------------------------------------------------


def test_a_seed_gives_the_same_plan_and_seeds_in_a_row_go_through_all_faults() -> None:
    assert make_plan(3, SMALL) == make_plan(3, SMALL)
    assert {blow.fault for blow in make_plan(0, LARGE).blows} == set(EVERYWHERE)
    assert {blow.fault for seed in range(-(-len(EVERYWHERE) // SMALL.blows)) for blow in make_plan(seed, SMALL).blows} == set(EVERYWHERE)


def test_a_line_of_the_ledger_is_whole_or_not_there(tmp_path: Path) -> None:
    with Page(tmp_path, "run-1") as page:
        page.write("started", run=RUN, attempt=1, first=1)
        before = size_of(tmp_path)
        page.write("recorded", run=RUN, attempt=1, first=1, last=5, goes_on=6)
    assert size_of(tmp_path) > before
    with (tmp_path / "run-1.jsonl").open("ab") as file:
        file.write(b'{"what":"recorded","run":"a-r')

    known = understood(read_ledger(tmp_path))

    assert known.begun == [Begun(run=RUN, attempt=1, first=1)]
    assert known.recorded == [Recorded(run=RUN, attempt=1, first=1, last=5, goes_on=6)]


def test_a_share_of_values() -> None:
    assert [at([3.0, 1.0, 2.0, 4.0], share) for share in (0.5, 0.99, 1.0)] == [2.0, 4.0, 4.0]
