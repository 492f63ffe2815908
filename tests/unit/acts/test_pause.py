"""Pause and resume, and how a wish reaches a family."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headway.access.principal import Principal
from headway.acts import wish as wishes
from headway.acts.cancel import CANCEL, cancel
from headway.acts.family import StartChild, start_children
from headway.acts.keep import keep_checkpoint
from headway.acts.lease import renew
from headway.acts.outside import OpenOutside, open_outside
from headway.acts.pause import PAUSE, RESUME, pause, resume
from headway.acts.reap import promote
from headway.acts.retry import retry
from headway.acts.wish import wish_for_many
from headway.model.errors import FamilyTooLarge, Forbidden, IllegalTransition, NoCheckpoint, NotPausable, RunFinal, RunNotFound
from headway.model.states import Outcome, RunState
from headway.store.contract import Queued, Wished
from tests.unit.acts.conftest import ANNA, WORKER, Stage, line


async def test_a_resumable_run_pauses_with_its_worker_and_goes_on_as_a_new_attempt(stage: Stage) -> None:
    held = await stage.running(is_resumable=True)

    assert (await stage.do(lambda tx: pause(tx, held.run.id, ANNA, "lunch"))).state is RunState.PAUSING
    assert Wished(run=held.run.id, worker=WORKER, wish="pause") in stage.news
    assert await stage.do(lambda tx: renew(tx, worker=WORKER, held={held.run.id: held.fence})) == {held.run.id: "pause"}
    assert await stage.finish(held, Outcome.PAUSED) is RunState.PAUSED
    assert await stage.claim() == []

    assert (await stage.do(lambda tx: resume(tx, held.run.id, ANNA))).state is RunState.QUEUED
    assert Queued(queue="default") in stage.news
    (again,) = await stage.claim()
    assert (again.attempt, again.run.failed_count, again.run.lost_count) == (2, 0, 0)
    commands = [event for event in await stage.events(held.run.id) if event["kind"] == "command.given"]
    assert [(event["do"], event["by"], event.get("args")) for event in commands] == [
        ("pause", "anna", {"reason": "lunch"}),
        ("resume", "anna", None),
    ]


async def test_what_waits_is_paused_at_once_and_takes_its_time_with_it(stage: Stage) -> None:
    await stage.task()
    queued = await stage.start()
    later = await stage.start(run_after=stage.clock.now() + timedelta(hours=1))

    assert (await stage.do(lambda tx: pause(tx, queued.id, ANNA))).state is RunState.PAUSED
    assert (await stage.do(lambda tx: pause(tx, later.id, ANNA))).state is RunState.PAUSED
    assert await stage.claim() == []

    assert (await stage.do(lambda tx: resume(tx, later.id, ANNA))).state is RunState.SCHEDULED
    await stage.do(lambda tx: pause(tx, later.id, ANNA))
    stage.clock.advance(3_700)
    assert await stage.do(promote) == 0
    assert (await stage.do(lambda tx: resume(tx, later.id, ANNA))).state is RunState.QUEUED


async def test_a_run_between_two_attempts_can_be_paused(stage: Stage) -> None:
    held = await stage.running(max_attempts=3, retry_delay_seconds=100.0)
    assert await stage.finish(held, Outcome.FAILED, retry_delay_seconds=50.0) is RunState.RETRYING

    assert (await stage.do(lambda tx: pause(tx, held.run.id, ANNA))).state is RunState.PAUSED
    stage.clock.advance(60)
    assert await stage.do(promote) == 0
    assert (await stage.do(lambda tx: resume(tx, held.run.id, ANNA))).state is RunState.QUEUED


async def test_without_a_checkpoint_it_says_why_and_with_one_it_pauses(stage: Stage) -> None:
    held = await stage.running()
    count = len(await stage.events(held.run.id))
    with pytest.raises(NoCheckpoint, match="resumable"):
        await stage.do(lambda tx: pause(tx, held.run.id, ANNA))
    assert len(await stage.events(held.run.id)) == count

    await stage.do(lambda tx: keep_checkpoint(tx, run=held.run.id, fence=held.fence, number=1, value=7))

    assert (await stage.do(lambda tx: pause(tx, held.run.id, ANNA))).state is RunState.PAUSING


@pytest.mark.parametrize(
    ("outcome", "after"),
    [
        (Outcome.LOST, RunState.PAUSED),
        (Outcome.RELEASED, RunState.PAUSED),
        (Outcome.FAILED, RunState.PAUSED),
        (Outcome.SUCCEEDED, RunState.SUCCEEDED),
    ],
)
async def test_a_wish_to_pause_outlives_the_attempt(stage: Stage, outcome: Outcome, after: RunState) -> None:
    held = await stage.running(is_resumable=True, max_attempts=2)
    await stage.do(lambda tx: pause(tx, held.run.id, ANNA))

    assert await stage.finish(held, outcome) is after


async def test_the_last_failure_is_no_pause(stage: Stage) -> None:
    held = await stage.running(is_resumable=True)
    await stage.do(lambda tx: pause(tx, held.run.id, ANNA))

    assert await stage.finish(held, Outcome.FAILED) is RunState.FAILED


async def test_a_pause_that_is_taken_back_in_time_and_one_that_is_not(stage: Stage) -> None:
    held = await stage.running(is_resumable=True)
    await stage.do(lambda tx: pause(tx, held.run.id, ANNA))

    assert (await stage.do(lambda tx: resume(tx, held.run.id, ANNA))).state is RunState.RUNNING
    assert Wished(run=held.run.id, worker=WORKER, wish="resume") in stage.news
    answer = await stage.report(held, 1, line())
    assert getattr(answer, "wish", None) == "resume"
    # The child was quicker: it had paused when the news came.
    assert await stage.finish(held, Outcome.PAUSED) is RunState.QUEUED


async def test_asking_twice_is_harmless(stage: Stage) -> None:
    held = await stage.running(is_resumable=True)
    await stage.do(lambda tx: resume(tx, held.run.id, ANNA))
    await stage.do(lambda tx: pause(tx, held.run.id, ANNA))
    count = len(await stage.events(held.run.id))

    assert (await stage.do(lambda tx: pause(tx, held.run.id, ANNA))).state is RunState.PAUSING
    assert len(await stage.events(held.run.id)) == count


async def test_what_cannot_be_paused_or_resumed(stage: Stage) -> None:
    held = await stage.running(is_resumable=True)
    outside = await stage.do(lambda tx: open_outside(tx, OpenOutside(name="import"), ANNA))
    with pytest.raises(NotPausable):
        await stage.do(lambda tx: pause(tx, outside.run.id, ANNA))
    with pytest.raises(RunNotFound):
        await stage.do(lambda tx: pause(tx, "nothing", ANNA))
    with pytest.raises(Forbidden):
        await stage.do(lambda tx: pause(tx, held.run.id, Principal(id="eve")))
    await stage.do(lambda tx: cancel(tx, held.run.id, ANNA))
    for act in (pause, resume):
        with pytest.raises(IllegalTransition):
            await stage.do(lambda tx, do=act: do(tx, held.run.id, ANNA))
    await stage.finish(held, Outcome.CANCELLED)
    for act in (pause, resume):
        with pytest.raises(RunFinal):
            await stage.do(lambda tx, do=act: do(tx, held.run.id, ANNA))


async def test_a_paused_run_can_be_cancelled(stage: Stage) -> None:
    await stage.task()
    run = await stage.start()
    await stage.do(lambda tx: pause(tx, run.id, ANNA))

    assert (await stage.do(lambda tx: cancel(tx, run.id, ANNA))).state is RunState.CANCELLED


async def test_a_wish_reaches_the_whole_family(stage: Stage) -> None:
    parent = await stage.running(is_resumable=True)
    child = await stage.start(parent=parent.run.id)
    (held_child,) = await stage.claim()
    grandchild = await stage.start(parent=child.id)
    stranger = await stage.start()

    await stage.do(lambda tx: pause(tx, parent.run.id, ANNA))
    assert [(await stage.run(run)).state for run in (parent.run.id, child.id, grandchild.id, stranger.id)] == [
        RunState.PAUSING, RunState.PAUSING, RunState.PAUSED, RunState.QUEUED,
    ]  # fmt: skip
    said = [event for event in await stage.events(grandchild.id) if event["kind"] == "command.given"]
    assert [event["args"] for event in said] == [{"of": parent.run.id}]

    await stage.do(lambda tx: resume(tx, parent.run.id, ANNA))
    assert (await stage.run(grandchild.id)).state is RunState.QUEUED

    await stage.finish(held_child, Outcome.SUCCEEDED)
    await stage.do(lambda tx: cancel(tx, parent.run.id, ANNA, "wrong class"))
    assert [(await stage.run(run)).state for run in (parent.run.id, child.id, grandchild.id, stranger.id)] == [
        RunState.CANCELLING, RunState.SUCCEEDED, RunState.CANCELLED, RunState.QUEUED,
    ]  # fmt: skip


async def test_a_member_that_cannot_pause_goes_on(stage: Stage) -> None:
    await stage.task("count", is_resumable=True)
    await stage.task("stubborn")
    parent = await stage.start()
    child = await stage.start("stubborn", parent=parent.id)
    await stage.claim(limit=2)

    assert (await stage.do(lambda tx: pause(tx, parent.id, ANNA))).state is RunState.PAUSING
    assert (await stage.run(child.id)).state is RunState.RUNNING


async def test_a_family_is_reached_within_its_project_and_elsewhere_by_right(stage: Stage) -> None:
    await stage.task()
    parent = await stage.start()
    inside, outside = await stage.start(parent=parent.id), await stage.start(parent=parent.id, project="elsewhere")
    eve = Principal(id="eve", scopes=(f"run:{parent.id}:cancel",))

    await stage.do(lambda tx: cancel(tx, parent.id, eve))

    assert [(await stage.run(run.id)).state for run in (parent, inside, outside)] == [
        RunState.CANCELLED, RunState.CANCELLED, RunState.QUEUED,
    ]  # fmt: skip


async def test_a_retry_of_a_cancelled_familys_child_is_a_run_of_its_own(stage: Stage) -> None:
    await stage.task()
    parent = await stage.start()
    child = await stage.start(parent=parent.id)
    await stage.do(lambda tx: cancel(tx, parent.id, ANNA))

    again = await stage.do(lambda tx: retry(tx, child.id, ANNA))

    assert (again.parent, (await stage.run(again.id)).state) == (parent.id, RunState.QUEUED)


async def test_a_family_beyond_the_limit_is_refused_whole(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wishes, "FAMILY_LIMIT", 2)
    await stage.task()
    parent = await stage.start()
    children = [await stage.start(parent=parent.id) for _ in range(3)]

    with pytest.raises(FamilyTooLarge):
        await stage.do(lambda tx: cancel(tx, parent.id, ANNA))
    assert (await stage.run(children[0].id)).state is RunState.QUEUED


async def test_many_are_asked_one_by_one_and_each_refusal_has_its_reason(stage: Stage) -> None:
    held = await stage.running()
    queued, ended = await stage.start(), await stage.start()
    await stage.do(lambda tx: cancel(tx, ended.id, ANNA))

    acted = await stage.do(lambda tx: wish_for_many(tx, [queued.id, held.run.id, ended.id, "nothing"], PAUSE, ANNA))
    assert acted.succeeded == [queued.id]
    assert [(run, error.code) for run, error in acted.failed] == [
        (held.run.id, "no_checkpoint"), (ended.id, "run_final"), ("nothing", "run_not_found"),
    ]  # fmt: skip

    acted = await stage.do(lambda tx: wish_for_many(tx, [queued.id, held.run.id, ended.id], CANCEL, ANNA, "all of it"))
    assert (acted.succeeded, acted.failed) == ([queued.id, held.run.id, ended.id], [])
    acted = await stage.do(lambda tx: wish_for_many(tx, [held.run.id], RESUME, ANNA))
    assert [error.code for _, error in acted.failed] == ["illegal_transition"]


async def test_a_parent_that_pauses_says_how_its_children_stand(stage: Stage) -> None:
    """Its worker tells them while it is executed, and has no time left to when it pauses."""
    parent = await stage.running(is_resumable=True)
    children = [StartChild(key=str(number), task="count") for number in range(3)]
    await stage.do(lambda tx: start_children(tx, run=parent.run.id, fence=parent.fence, wishes=children))
    await stage.do(lambda tx: pause(tx, parent.run.id, ANNA))
    await stage.finish(parent, Outcome.PAUSED)

    view = (await stage.ask(lambda snapshot: snapshot.journal.head(parent.run.id))).view
    assert view["state"] == "paused"
    assert view["children"] == {"total": 3, "done": 0.0, "paused": 3}
