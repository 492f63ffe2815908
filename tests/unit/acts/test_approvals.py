"""What waits for the approval of others: starts, and what is done to runs in a protected project."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from headway.access.principal import Principal
from headway.acts import approvals
from headway.acts.approvals import decide, expire, may_decide, withdraw
from headway.acts.cancel import cancel
from headway.acts.edit import edit
from headway.acts.family import StartChild, start_children
from headway.acts.pause import RESUME, pause, resume
from headway.acts.protect import protect
from headway.acts.reap import promote
from headway.acts.retry import retry
from headway.acts.start import StartRun, start
from headway.acts.wish import wish_for_many
from headway.model.approval import Approval, ApprovalFilter, ApprovalKind, ApprovalState, Verdict
from headway.model.errors import (
    ApprovalNotFound,
    ApprovalSettled,
    Forbidden,
    Invalid,
    OwnApproval,
    RunAwaitsApproval,
    VotedAlready,
)
from headway.model.run import Run
from headway.model.states import Outcome, RunState
from headway.store.contract import Queued
from headway.store.news import Changed
from tests.unit.acts.conftest import ANNA, Stage

BEN = Principal(id="ben", role="operator")
CLEO = Principal(id="cleo", scopes=("project:default:approval:decide", "project:default:run:read"))
VIEWER = Principal(id="vera", role="viewer")
YES, NO = Verdict.APPROVED, Verdict.REFUSED


async def request_of(stage: Stage, run: Run) -> Approval:
    found = await stage.ask(lambda snapshot: snapshot.approvals.of_runs([run.id]).get(run.id))
    assert found is not None
    return found


async def vote(stage: Stage, approval: Approval, by: Principal = BEN, verdict: Verdict = YES, reason: str | None = None) -> Approval:
    return await stage.do(lambda tx: decide(tx, approval.id, by, verdict, reason))


async def waiting_run(stage: Stage, needed: int = 1, **wish: Any) -> tuple[Run, Approval]:
    """Of a task whose runs need approval."""
    await stage.task(approval=needed)
    run = await stage.start(**wish)
    return run, await request_of(stage, run)


async def protected(stage: Stage, **needed: int) -> None:
    await stage.do(lambda tx: protect(tx, "default", ANNA, **needed))


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


async def test_only_who_may_edit_tasks_protects_a_project(stage: Stage) -> None:
    with pytest.raises(Forbidden, match="task:edit"):
        await stage.do(lambda tx: protect(tx, "default", BEN, run_start=1))
    for wrong in ({"run_start": 6}, {"bulk": -1}):
        with pytest.raises(Invalid, match="0 to 5"):
            await stage.do(lambda tx, wrong=wrong: protect(tx, "default", ANNA, **wrong))
    for name in ("", " a", "x" * 200):
        with pytest.raises(Invalid, match="name"):
            await stage.do(lambda tx, name=name: protect(tx, name, ANNA))
