"""What others have approved is carried out: exactly that, and as whoever asked for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headway.access.principal import Principal
from headway.acts.approvals import PENDING_LIMIT, ask
from headway.acts.asking import ask_for_matches, ask_for_named, delete_log_or_ask, delete_or_ask
from headway.acts.cancel import cancel
from headway.acts.carry import approved, carry_on, carry_out, standing
from headway.acts.clear import delete_log
from headway.acts.edit import delete
from headway.acts.many import CANCEL_MANY, DELETE_MANY
from headway.acts.protect import protect
from headway.acts.revoke import revoke_token
from headway.acts.sweep import Sweep
from headway.model.approval import Approval, ApprovalKind, ApprovalState, Asker
from headway.model.errors import ApprovalNeeded, ApprovalNotFound, TooManyApprovals, Unauthorised
from headway.model.run import Run
from headway.model.states import Outcome, RunState
from headway.store.contract import RunFilter, Transaction
from tests.unit.acts.conftest import ANNA, Stage
from tests.unit.acts.test_approvals import BEN, CLEO, protected, vote


async def ended_run(stage: Stage) -> Run:
    held = await stage.running()
    await stage.finish(held, Outcome.SUCCEEDED)
    return held.run


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
    assert await stage.do(lambda tx: delete_or_ask(tx, run.id, ANNA)) == first, "asked again, it is the same request"
    second = await stage.do(lambda tx: delete_or_ask(tx, run.id, Principal(id="dora", role="admin")))
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


async def test_what_was_carried_out_in_part_goes_on_where_it_stood(stage: Stage) -> None:
    await stage.task()
    runs = [await stage.start() for _ in range(5)]
    await protected(stage, bulk=1)
    approval = await stage.do(lambda tx: ask_for_named(tx, CANCEL_MANY, [*(run.id for run in runs), "no id"], ANNA, None))
    assert approval is not None
    assert approval.what["count"] == 5
    await vote(stage, approval)
    assert await stage.do(lambda tx: carry_on(tx, approval.id, slice_size=2)) is True
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


async def test_one_person_has_so_many_requests_waiting(stage: Stage) -> None:
    def another(tx: Transaction, number: int, by: Principal = ANNA) -> Approval:
        return ask(tx, by, kind=ApprovalKind.RUN_DELETE, what={"run": number}, project="default", needed=1)

    await stage.do(lambda tx: [another(tx, number) for number in range(PENDING_LIMIT)])
    with pytest.raises(TooManyApprovals):
        await stage.do(lambda tx: another(tx, PENDING_LIMIT))
    assert (await stage.do(lambda tx: another(tx, 3))).what == {"run": 3}, "that one is there"
    assert (await stage.do(lambda tx: another(tx, PENDING_LIMIT, BEN))).requested_by == "ben"
