"""What the retry of a parent does with children that still go on: they become its own, and obey it."""

from __future__ import annotations

import pytest

from headway.acts.cancel import cancel
from headway.acts.claim import Claim
from headway.acts.family import StartChild, family_of, start_children
from headway.acts.pause import pause, resume
from headway.acts.retry import retry
from headway.model.run import Run
from headway.model.states import Outcome, RunState
from headway.store.contract import Wished
from tests.unit.acts.conftest import ANNA, WORKER, Stage

KEYS = ("7a", "7b", "7c")


async def bear(stage: Stage, parent: Claim, keys: tuple[str, ...] = KEYS) -> list[Run]:
    wishes = [StartChild(key=key, task="grade", family_key="1", family_limit=2) for key in keys]
    return await stage.do(lambda tx: start_children(tx, run=parent.run.id, fence=parent.fence, wishes=wishes))


async def failed_family(stage: Stage) -> tuple[Run, dict[str, Run]]:
    """A parent that failed when 7a had succeeded, while 7b is executed and 7c is paused."""
    await stage.task("school")
    await stage.task("grade", is_resumable=True)
    await stage.start("school")
    (parent,) = await stage.claim()
    children = dict(zip(KEYS, await bear(stage, parent), strict=True))
    held = {claim.run.id: claim for claim in await stage.claim(2)}
    await stage.finish(held[children["7a"].id], Outcome.SUCCEEDED, result=b"1")
    await stage.do(lambda tx: pause(tx, children["7c"].id, ANNA))
    await stage.finish(parent, Outcome.FAILED, error={"code": "exception", "message": "the printer is on fire"})
    return parent.run, children


async def retried(stage: Stage, run: Run) -> Claim:
    again = await stage.do(lambda tx: retry(tx, run.id, ANNA))
    return next(claim for claim in await stage.claim(5) if claim.run.id == again.id)


async def test_a_wish_for_the_retry_reaches_the_children_that_it_kept(stage: Stage) -> None:
    first, children = await failed_family(stage)
    again = await retried(stage, first)
    assert [run.id for run in await bear(stage, again)] == [child.id for child in children.values()]

    await stage.do(lambda tx: resume(tx, again.run.id, ANNA))
    assert (await stage.run(children["7c"].id)).state is RunState.QUEUED

    await stage.do(lambda tx: cancel(tx, again.run.id, ANNA))
    assert {key: (await stage.run(child.id)).state for key, child in children.items()} == {
        "7a": RunState.SUCCEEDED, "7b": RunState.CANCELLING, "7c": RunState.CANCELLED,
    }  # fmt: skip
    assert Wished(run=children["7b"].id, worker=WORKER, wish="cancel") in stage.news


async def test_the_move_is_recorded_and_counted_and_what_succeeded_stays(stage: Stage) -> None:
    first, children = await failed_family(stage)
    again = await retried(stage, first)
    await bear(stage, again)

    assert {key: (await stage.run(child.id)).parent for key, child in children.items()} == {
        "7a": first.id, "7b": again.run.id, "7c": again.run.id,
    }  # fmt: skip
    moved = (await stage.events(children["7b"].id))[-1]
    assert (moved["kind"], moved["by"], moved["parent"]) == ("run.edited", "anna", again.run.id)
    head = await stage.ask(lambda snapshot: snapshot.journal.head(children["7b"].id))
    assert head is not None
    assert head.view["parent"] == again.run.id

    family = await stage.ask(lambda snapshot: family_of(snapshot, again.run.id))
    assert (family.total, family.cells) == (2, "rP")
    assert [(each.run, each.succeeded) for each in family.before] == [(first.id, 1)]
    assert (await stage.ask(lambda snapshot: family_of(snapshot, first.id))).before == []


async def test_a_second_attempt_finds_them_where_they_are(stage: Stage) -> None:
    first, children = await failed_family(stage)
    again = await retried(stage, first)
    await bear(stage, again)
    count = len(await stage.events(children["7b"].id))

    assert [run.id for run in await bear(stage, again)] == [child.id for child in children.values()]
    assert len(await stage.events(children["7b"].id)) == count


async def test_a_child_obeys_the_first_of_two_retries_that_go_on(stage: Stage) -> None:
    first, children = await failed_family(stage)
    one = await retried(stage, first)
    other = await retried(stage, first)
    await bear(stage, one)
    assert [run.id for run in await bear(stage, other)] == [child.id for child in children.values()]

    await stage.do(lambda tx: cancel(tx, other.run.id, ANNA))
    assert (await stage.run(children["7b"].id)).state is RunState.RUNNING
    await stage.finish(one, Outcome.FAILED)
    third = await retried(stage, first)
    await bear(stage, third)
    assert (await stage.run(children["7b"].id)).parent == third.run.id


@pytest.mark.parametrize("state", ["cancelling", "failed"])
async def test_a_child_that_ends_without_a_result_runs_again_and_is_not_moved(stage: Stage, state: str) -> None:
    first, children = await failed_family(stage)
    await stage.do(lambda tx: cancel(tx, children["7b" if state == "cancelling" else "7c"].id, ANNA))
    again = await retried(stage, first)
    born = dict(zip(KEYS, await bear(stage, again), strict=True))
    key = "7b" if state == "cancelling" else "7c"
    assert born[key].metadata == {"retry_of": children[key].id}
    assert (await stage.run(children[key].id)).parent == first.id


async def test_the_cap_counts_the_children_that_were_kept(stage: Stage) -> None:
    """Two at once: 7b goes on from before, so only one of the new ones is executed beside it."""
    first, _ = await failed_family(stage)
    again = await retried(stage, first)
    await bear(stage, again, (*KEYS, "8a", "8b"))
    assert len(await stage.claim(9)) == 1
