"""What waits for the approval of others: starts, and what is done to runs in a protected project."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from headway.access.principal import Principal
from headway.acts import approvals
from headway.acts.approvals import decide, expire, may_decide, withdraw
from headway.acts.asking import ask_for_matches, ask_for_named, delete_log_or_ask, delete_or_ask
from headway.acts.cancel import cancel
from headway.acts.carry import approved, carry_on, carry_out, standing
from headway.acts.clear import delete_log
from headway.acts.edit import delete, edit
from headway.acts.family import StartChild, start_children
from headway.acts.many import CANCEL_MANY, DELETE_MANY
from headway.acts.pause import RESUME, pause, resume
from headway.acts.protect import protect
from headway.acts.reap import promote
from headway.acts.retry import retry
from headway.acts.revoke import revoke_token
from headway.acts.start import StartRun, start
from headway.acts.sweep import Sweep
from headway.acts.wish import wish_for_many
from headway.model.approval import Approval, ApprovalFilter, ApprovalKind, ApprovalState, Asker, Verdict
from headway.model.errors import (
    ApprovalNeeded,
    ApprovalNotFound,
    ApprovalSettled,
    Forbidden,
    Invalid,
    OwnApproval,
    RunAwaitsApproval,
    TooManyApprovals,
    Unauthorised,
    VotedAlready,
)
from headway.model.run import Run
from headway.model.states import Outcome, RunState
from headway.store.contract import Queued, RunFilter
from headway.store.news import Changed
from tests.unit.acts.conftest import ANNA, Stage

BEN = Principal(id="ben", role="operator")
CLEO = Principal(id="cleo", scopes=("project:default:approval:decide", "project:default:run:read"))
VIEWER = Principal(id="vera", role="viewer")
YES, NO = Verdict.APPROVED, Verdict.REFUSED


async def request_of(stage: Stage, run: Run) -> Approval:
    found = await stage.ask(lambda snapshot: snapshot.approvals.of_run(run.id))
    assert found is not None
    return found


async def vote(stage: Stage, approval: Approval, by: Principal = BEN, verdict: Verdict = YES, reason: str | None = None) -> Approval:
    return await stage.do(lambda tx: decide(tx, approval.id, by, verdict, reason))


async def waiting_run(stage: Stage, needed: int = 1, **wish: Any) -> tuple[Run, Approval]:
    """Of a task whose runs need approval."""
    await stage.task(approval=needed)
    run = await stage.start(**wish)
    return run, await request_of(stage, run)


async def ended_run(stage: Stage) -> Run:
    held = await stage.running()
    await stage.finish(held, Outcome.SUCCEEDED)
    return held.run


async def protected(stage: Stage, **needed: int) -> None:
    await stage.do(lambda tx: protect(tx, "default", ANNA, **needed))


# --- starts ----------------------------------------------------------------------------------------------------------


async def test_a_run_waits_until_enough_others_have_approved(stage: Stage) -> None:
    run, approval = await waiting_run(stage, needed=2)
    assert run.state is RunState.AWAITING_APPROVAL
    assert (approval.kind, approval.project, approval.run, approval.needed) == (ApprovalKind.RUN_START, "default", run.id, 2)
    assert approval.expires_at == stage.clock.now() + timedelta(days=7)
    assert Changed(what="approvals") in stage.news
    assert await stage.claim() == []
    head = await stage.ask(lambda snapshot: snapshot.journal.head(run.id))
    assert head is not None
    assert head.view["approval"] == {"id": approval.id, "needed": 2, "given": 0, "until": "2026-01-08T00:00:00.000Z"}

    assert (await vote(stage, approval)).state is ApprovalState.PENDING
    assert await stage.claim() == []
    stage.news.clear()
    last = await vote(stage, approval, CLEO, reason="fine")
    assert (last.state, last.given, last.settled_at) == (ApprovalState.CARRIED_OUT, 2, stage.clock.now())
    assert Queued(queue="default") in stage.news
    (claim,) = await stage.claim()
    assert claim.run.id == run.id
    assert [kind for kind in await stage.kinds(run.id) if kind.startswith(("run.", "approval."))] == [
        "run.created", "run.awaiting_approval", "approval.requested", "approval.approved", "approval.approved", "run.queued", "run.running",
    ]  # fmt: skip


async def test_one_refusal_cancels_it_and_says_why(stage: Stage) -> None:
    run, approval = await waiting_run(stage, needed=2)
    await vote(stage, approval)
    with pytest.raises(Invalid, match="say why"):
        await vote(stage, approval, CLEO, NO, " ")
    assert (await vote(stage, approval, CLEO, NO, "not in the exam week")).state is ApprovalState.REFUSED
    assert (await stage.run(run.id)).state is RunState.CANCELLED
    last = (await stage.events(run.id))[-1]
    assert (last["kind"], last["by"], last["reason"]) == ("run.cancelled", "cleo", "not in the exam week")
    for late in (YES, NO):
        with pytest.raises(ApprovalSettled, match="refused"):
            await vote(stage, approval, Principal(id="dora", role="admin"), late, "late")


@pytest.mark.parametrize(
    "by",
    [
        ANNA,
        Principal(id="anna", role="operator", token_id="another", session_id="session"),
        Principal(id="Anna ", role="admin"),
        Principal(id="\uff41nna", role="admin"),
    ],
)  # fmt: skip
async def test_nobody_decides_upon_what_they_asked_for_by_whatever_way_they_come(stage: Stage, by: Principal) -> None:
    run, approval = await waiting_run(stage)
    assert not may_decide(by, approval)
    for verdict in Verdict:
        with pytest.raises(OwnApproval):
            await vote(stage, approval, by, verdict, "mine")
    assert (await stage.run(run.id)).state is RunState.AWAITING_APPROVAL


async def test_a_key_of_the_same_account_is_the_same_person(stage: Stage) -> None:
    await stage.task(approval=1)
    asked = replace(ANNA, id="key-of-anna", account="anna")
    (run,) = await stage.do(lambda tx: start(tx, [StartRun(task="count")], asked))
    approval = await request_of(stage, run)
    with pytest.raises(OwnApproval):
        await vote(stage, approval, Principal(id="other-key", role="admin", account="anna"))


async def test_each_votes_once_and_only_who_may(stage: Stage) -> None:
    _, approval = await waiting_run(stage, needed=3)
    await vote(stage, approval)
    assert not may_decide(BEN, approval=await stage.ask(lambda s: s.approvals.get(approval.id)) or approval)
    for again in (BEN, replace(BEN, id="BEN", token_id="t")):
        with pytest.raises(VotedAlready):
            await vote(stage, approval, again, NO, "after all")
    with pytest.raises(Forbidden, match="approval:decide"):
        await vote(stage, approval, VIEWER)
    elsewhere = Principal(id="eve", scopes=("project:other:approval:decide", "project:other:run:*"))
    for nobody in (elsewhere, Principal(id="eve")):
        with pytest.raises(ApprovalNotFound):
            await vote(stage, approval, nobody)
    with pytest.raises(ApprovalNotFound):
        await stage.do(lambda tx: decide(tx, "no id", BEN, YES))


async def test_two_votes_at_once_are_two(stage: Stage) -> None:
    """The second sees the first: the run is queued once."""
    run, approval = await waiting_run(stage, needed=2)
    await vote(stage, approval, BEN)
    await vote(stage, approval, CLEO)
    with pytest.raises(ApprovalSettled, match="carried_out"):
        await vote(stage, approval, Principal(id="dora", role="admin"))
    assert (await stage.kinds(run.id)).count("run.queued") == 1


async def test_it_expires_and_the_run_fails(stage: Stage) -> None:
    run, approval = await waiting_run(stage)
    assert await stage.do(expire) == 0
    stage.clock.advance(7 * 86_400)
    with pytest.raises(ApprovalSettled, match="expired"):
        await vote(stage, approval)
    assert await stage.do(expire) == 1
    ended = await stage.run(run.id)
    assert (ended.state, ended.error_code) == (RunState.FAILED, "approval_expired")
    assert (await request_of(stage, run)).state is ApprovalState.EXPIRED
    assert await stage.do(expire) == 0
    stage.clock.advance((approvals.KEPT_DAYS + 1) * 86_400)
    assert await stage.do(approvals.prune) == 1
    assert await stage.ask(lambda snapshot: snapshot.approvals.get(approval.id)) is None


async def test_how_long_it_waits_is_the_same_for_all_processes(stage: Stage) -> None:
    await stage.do(lambda tx: approvals.set_days(tx, 2))
    _, approval = await waiting_run(stage)
    assert approval.expires_at == stage.clock.now() + timedelta(days=2)


async def test_cancelling_it_withdraws_the_request(stage: Stage) -> None:
    run, approval = await waiting_run(stage)
    assert (await stage.do(lambda tx: cancel(tx, run.id, ANNA))).state is RunState.CANCELLED
    assert (await request_of(stage, run)).state is ApprovalState.WITHDRAWN
    with pytest.raises(ApprovalSettled, match="withdrawn"):
        await vote(stage, approval)


async def test_withdrawing_it_cancels_the_run(stage: Stage) -> None:
    run, approval = await waiting_run(stage)
    with pytest.raises(Forbidden, match="refuse it instead"):
        await stage.do(lambda tx: withdraw(tx, approval.id, BEN))
    assert (await stage.do(lambda tx: withdraw(tx, approval.id, ANNA))).state is ApprovalState.WITHDRAWN
    assert (await stage.run(run.id)).state is RunState.CANCELLED
    with pytest.raises(ApprovalSettled):
        await stage.do(lambda tx: withdraw(tx, approval.id, ANNA))


async def test_nothing_but_its_approvers_lets_it_go_on(stage: Stage) -> None:
    """Resuming would queue it, by the table of states alone."""
    run, _ = await waiting_run(stage, run_after=stage.clock.now() + timedelta(seconds=60))
    for act in (resume, pause):
        with pytest.raises(RunAwaitsApproval):
            await stage.do(lambda tx, act=act: act(tx, run.id, ANNA))
    acted = await stage.do(lambda tx: wish_for_many(tx, [run.id], RESUME, ANNA))
    assert [(failed, error.code) for failed, error in acted.failed] == [(run.id, "run_awaits_approval")]
    stage.clock.advance(61)
    assert await stage.do(promote) == 0
    assert (await stage.run(run.id)).state is RunState.AWAITING_APPROVAL


async def test_resuming_its_parent_does_not_let_it_go_on(stage: Stage) -> None:
    await stage.task(name="plain", is_resumable=True)
    await stage.task(approval=1)
    await stage.start("plain")
    (held,) = await stage.claim()
    wish = StartChild(key="k", task="count")
    (child,) = await stage.do(lambda tx: start_children(tx, run=held.run.id, fence=held.fence, wishes=[wish]))
    await stage.do(lambda tx: pause(tx, held.run.id, ANNA))
    await stage.finish(held, Outcome.PAUSED)
    await stage.do(lambda tx: resume(tx, held.run.id, ANNA))
    assert (await stage.run(child.id)).state is RunState.AWAITING_APPROVAL


async def test_it_is_run_as_it_was_asked_for(stage: Stage) -> None:
    run, _ = await waiting_run(stage)
    for change in ({"name": "harmless"}, {"tags": ["a"]}, {"metadata": {"a": 1}}):
        with pytest.raises(RunAwaitsApproval):
            await stage.do(lambda tx, change=change: edit(tx, run.id, ANNA, **change))
    assert (await stage.do(lambda tx: edit(tx, run.id, ANNA, priority=3))).priority == 3


async def test_a_delayed_run_is_scheduled_when_it_is_approved_in_time(stage: Stage) -> None:
    at = stage.clock.now() + timedelta(hours=1)
    run, approval = await waiting_run(stage, run_after=at)
    await vote(stage, approval)
    scheduled = await stage.run(run.id)
    assert (scheduled.state, scheduled.run_after) == (RunState.SCHEDULED, at)
    stage.clock.advance(3_601)
    assert await stage.do(promote) == 1
    late, approval = await waiting_run(stage, run_after=stage.clock.now() + timedelta(hours=1))
    stage.clock.advance(3_601)
    await vote(stage, approval)
    assert (await stage.run(late.id)).state is RunState.QUEUED


async def test_the_same_key_gives_the_run_that_waits(stage: Stage) -> None:
    run, _ = await waiting_run(stage, idempotency_key="k")
    assert (await stage.start(idempotency_key="k")).id == run.id
    assert await stage.ask(lambda snapshot: snapshot.approvals.count(ApprovalFilter())) == 1


async def test_a_protected_project_asks_for_its_runs_and_a_change_counts_for_new_ones(stage: Stage) -> None:
    await stage.task()
    await protected(stage, run_start=2)
    run = await stage.start()
    assert (await request_of(stage, run)).needed == 2
    assert (await stage.start(project="other")).state is RunState.QUEUED
    await protected(stage, run_start=0)
    assert (await stage.run(run.id)).state is RunState.AWAITING_APPROVAL
    assert (await request_of(stage, run)).needed == 2
    assert (await stage.start()).state is RunState.QUEUED
    await stage.task(approval=1)
    await protected(stage, run_start=3)
    assert (await request_of(stage, await stage.start())).needed == 3, "the larger of the two"


async def test_a_retry_of_an_approved_run_asks_again(stage: Stage) -> None:
    run, approval = await waiting_run(stage)
    await vote(stage, approval)
    (held,) = await stage.claim()
    await stage.finish(held, Outcome.FAILED)
    again = await stage.do(lambda tx: retry(tx, run.id, ANNA))
    assert again.state is RunState.AWAITING_APPROVAL


async def test_what_an_approved_run_starts_was_approved_with_it(stage: Stage) -> None:
    _, approval = await waiting_run(stage)
    await vote(stage, approval)
    wish = StartChild(key="k", task="count")
    (held,) = await stage.claim()
    (child,) = await stage.do(lambda tx: start_children(tx, run=held.run.id, fence=held.fence, wishes=[wish]))
    assert child.state is RunState.QUEUED
    (held,) = await stage.claim()
    (grandchild,) = await stage.do(lambda tx: start_children(tx, run=held.run.id, fence=held.fence, wishes=[wish]))
    assert grandchild.state is RunState.QUEUED


async def test_a_run_that_nobody_approved_cannot_start_what_needs_approval(stage: Stage) -> None:
    """The project lets a run in with all that it does; a task that wants approval wants it of whoever starts it."""
    await stage.task(name="plain")
    await stage.task(approval=1)
    await stage.start("plain")
    (held,) = await stage.claim()
    await protected(stage, run_start=1)
    wishes = [StartChild(key="a", task="count"), StartChild(key="b", task="plain")]
    children = await stage.do(lambda tx: start_children(tx, run=held.run.id, fence=held.fence, wishes=wishes))
    assert [child.state for child in children] == [RunState.AWAITING_APPROVAL, RunState.QUEUED]


async def test_who_names_an_approved_run_as_parent_is_asked_all_the_same(stage: Stage) -> None:
    run, approval = await waiting_run(stage)
    await vote(stage, approval)
    assert (await stage.start(parent=run.id)).state is RunState.AWAITING_APPROVAL


# --- what is done to runs -------------------------------------------------------------------------------------------


async def test_a_run_of_a_protected_project_is_deleted_when_others_approve(stage: Stage) -> None:
    run = await ended_run(stage)
    await protected(stage, run_delete=1)
    with pytest.raises(ApprovalNeeded, match="approval of 1"):
        await stage.do(lambda tx: delete(tx, run.id, ANNA))
    approval = await stage.do(lambda tx: delete_or_ask(tx, run.id, ANNA))
    assert approval is not None
    assert (approval.kind, approval.what) == (
        ApprovalKind.RUN_DELETE,
        {"run": run.id, "name": "count", "task": "count", "part": "run"},
    )
    assert not await stage.do(lambda tx: carry_on(tx, approval.id)), "nobody has approved"
    assert (await vote(stage, approval)).state is ApprovalState.APPROVED
    assert await stage.ask(approved) == [approval.id]
    await carry_out(stage.store, approval.id)
    assert await stage.ask(lambda snapshot: snapshot.runs.get(run.id)) is None
    done = await stage.ask(lambda snapshot: snapshot.approvals.get(approval.id))
    assert done is not None
    assert done.state is ApprovalState.CARRIED_OUT
    await carry_out(stage.store, approval.id)


async def test_the_log_alone_is_protected_as_well(stage: Stage) -> None:
    run = await ended_run(stage)
    await protected(stage, run_delete=1)
    with pytest.raises(ApprovalNeeded):
        await stage.do(lambda tx: delete_log(tx, run.id, ANNA))
    approval = await stage.do(lambda tx: delete_log_or_ask(tx, run.id, ANNA))
    assert isinstance(approval, Approval)
    await vote(stage, approval)
    await carry_out(stage.store, approval.id)
    deleted = (await stage.events(run.id))[-1]
    assert (deleted["kind"], deleted["by"]) == ("log.deleted", "anna")


async def test_what_cannot_be_done_any_more_fails_and_says_so(stage: Stage) -> None:
    run = await ended_run(stage)
    await protected(stage, run_delete=1)
    first = await stage.do(lambda tx: delete_or_ask(tx, run.id, ANNA))
    second = await stage.do(lambda tx: delete_or_ask(tx, run.id, ANNA))
    for approval in (first, second):
        assert approval is not None
        await vote(stage, approval)
        await carry_out(stage.store, approval.id)
    found = [await stage.ask(lambda s, each=each: s.approvals.get(each.id)) for each in (first, second) if each is not None]
    assert [each and each.state for each in found] == [ApprovalState.CARRIED_OUT, ApprovalState.FAILED]
    assert found[1] is not None
    assert found[1].outcome is not None
    assert found[1].outcome["code"] == "run_not_found"


async def test_it_is_done_with_the_rights_that_the_asker_still_has(stage: Stage) -> None:
    run = await ended_run(stage)
    await protected(stage, run_delete=1)
    asker = Principal(id="anna", role="admin", token_id="token-1", expires_at=stage.clock.now() + timedelta(days=1))
    approval = await stage.do(lambda tx: delete_or_ask(tx, run.id, asker))
    assert approval is not None
    await stage.do(lambda tx: revoke_token(tx, "token-1", ANNA))
    await vote(stage, approval)
    await carry_out(stage.store, approval.id)
    failed = await stage.ask(lambda snapshot: snapshot.approvals.get(approval.id))
    assert failed is not None
    assert failed.state is ApprovalState.FAILED
    assert failed.outcome == {"code": "unauthorised", "message": "The token with which anna asked for it has been revoked since."}
    assert (await stage.run(run.id)).state is RunState.SUCCEEDED


@pytest.mark.parametrize(
    ("asker", "reason"),
    [
        (Asker(id="a", role="admin", session_id="01a22236-4700-7fd7-98b0-000000000000"), "signed out"),
        (Asker(id="a", account="a"), "no rights"),
    ],
)
async def test_nobody_is_who_has_no_rights_any_more(stage: Stage, asker: Asker, reason: str) -> None:
    with pytest.raises(Unauthorised, match=reason):
        await stage.do(lambda tx: standing(tx, asker))


async def test_a_token_that_has_expired_does_nothing_any_more(stage: Stage) -> None:
    ends = stage.clock.now() + timedelta(hours=1)
    asker = Asker(id="a", role="admin", token_id="t", token_ends_at=ends)
    assert (await stage.do(lambda tx: standing(tx, asker))).role == "admin"
    stage.clock.advance(3_600)
    with pytest.raises(Unauthorised, match="expired"):
        await stage.do(lambda tx: standing(tx, asker))


async def test_many_are_asked_for_by_their_ids_and_nothing_else_is_touched(stage: Stage) -> None:
    await stage.task()
    runs = [await stage.start() for _ in range(3)]
    await protected(stage, bulk=1)
    where = RunFilter(states=frozenset({RunState.QUEUED}))
    approval = await stage.do(lambda tx: ask_for_matches(tx, CANCEL_MANY, where, ANNA, "wrong class"))
    assert approval is not None
    assert approval.what == {"count": 3, "runs": [run.id for run in runs], "reason": "wrong class"}
    assert approval.project == "default"
    later = await stage.start()
    await stage.do(lambda tx: cancel(tx, runs[0].id, BEN))
    await vote(stage, approval)
    await carry_out(stage.store, approval.id)
    done = await stage.ask(lambda snapshot: snapshot.approvals.get(approval.id))
    assert done is not None
    assert (done.state, done.outcome) == (ApprovalState.CARRIED_OUT, {"succeeded": 3, "failed": 0, "failures": []})
    assert [(await stage.run(run.id)).state for run in runs] == [RunState.CANCELLED] * 3
    assert (await stage.run(later.id)).state is RunState.QUEUED
    last = (await stage.events(runs[1].id))[-2]
    assert (last["by"], last["args"]) == ("anna", {"reason": "wrong class"})


async def test_what_was_carried_out_in_part_goes_on_where_it_stood(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.acts.carry.SLICE", 2)
    await stage.task()
    runs = [await stage.start() for _ in range(5)]
    await protected(stage, bulk=1)
    approval = await stage.do(lambda tx: ask_for_named(tx, CANCEL_MANY, [*(run.id for run in runs), "no id"], ANNA, None))
    assert approval is not None
    assert approval.what["count"] == 5
    await vote(stage, approval)
    assert await stage.do(lambda tx: carry_on(tx, approval.id)) is True
    assert await stage.ask(approved) == [approval.id], "whoever leads finds it"
    await carry_out(stage.store, approval.id)
    assert [(await stage.kinds(run.id)).count("run.cancelled") for run in runs] == [1] * 5
    done = await stage.ask(lambda snapshot: snapshot.approvals.get(approval.id))
    assert done is not None
    assert (done.place, done.outcome) == (5, {"succeeded": 5, "failed": 0, "failures": []})


async def test_several_projects_need_the_most_of_them_and_somebody_with_the_right_in_all(stage: Stage) -> None:
    await stage.task()
    await protected(stage, bulk=1)
    await stage.do(lambda tx: protect(tx, "other", ANNA, bulk=2))
    runs = [await stage.start(project=project) for project in ("default", "other", "free")]
    approval = await stage.do(lambda tx: ask_for_named(tx, CANCEL_MANY, [run.id for run in runs], ANNA, None))
    assert approval is not None
    assert (approval.project, approval.needed) == (None, 2)
    with pytest.raises(ApprovalNotFound):
        await vote(stage, approval, CLEO)
    await vote(stage, approval, BEN)
    assert await stage.do(lambda tx: ask_for_named(tx, CANCEL_MANY, [runs[2].id], ANNA, None)) is None
    free = RunFilter(project="free", states=frozenset({RunState.QUEUED}))
    assert await stage.do(lambda tx: ask_for_matches(tx, CANCEL_MANY, free, ANNA, None)) is None
    across = RunFilter(states=frozenset({RunState.QUEUED}))
    approval = await stage.do(lambda tx: ask_for_matches(tx, CANCEL_MANY, across, ANNA, None))
    assert approval is not None
    assert (approval.project, approval.needed) == (None, 2)


async def test_an_act_for_many_that_was_not_asked_for_leaves_what_is_protected_alone(stage: Stage) -> None:
    await stage.task()
    runs = [await stage.start(project=project) for project in ("default", "free")]
    await protected(stage, bulk=1, run_delete=1)
    for many in (CANCEL_MANY, DELETE_MANY):
        acted = await stage.do(lambda tx, many=many: many.act(tx, [run.id for run in runs], ANNA, None, Sweep()))
        assert acted.succeeded == [runs[1].id]
        assert [(run, error.code) for run, error in acted.failed] == [(runs[0].id, "approval_needed")]
    assert (await stage.run(runs[0].id)).state is RunState.QUEUED


async def test_one_person_has_so_many_requests_waiting(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "PENDING_LIMIT", 2)
    run = await ended_run(stage)
    await protected(stage, run_delete=1)
    for _ in range(2):
        await stage.do(lambda tx: delete_or_ask(tx, run.id, ANNA))
    with pytest.raises(TooManyApprovals):
        await stage.do(lambda tx: delete_or_ask(tx, run.id, ANNA))


async def test_only_who_may_edit_tasks_protects_a_project(stage: Stage) -> None:
    with pytest.raises(Forbidden, match="task:edit"):
        await stage.do(lambda tx: protect(tx, "default", BEN, run_start=1))
    for wrong in ({"run_start": 6}, {"bulk": -1}):
        with pytest.raises(Invalid, match="0 to 5"):
            await stage.do(lambda tx, wrong=wrong: protect(tx, "default", ANNA, **wrong))
    for name in ("", " a", "x" * 200):
        with pytest.raises(Invalid, match="name"):
            await stage.do(lambda tx, name=name: protect(tx, name, ANNA))
