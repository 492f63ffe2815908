"""Cancel, retry, edit, delete, stack dumps, checkpoints, and what the reaper does."""

from __future__ import annotations

import pytest

from headway.acts import reap
from headway.acts.cancel import cancel
from headway.acts.claim import LEASE_SECONDS
from headway.acts.edit import NotQueued, delete, edit
from headway.acts.inspect import NotRunning, ask_for_stack
from headway.acts.keep import keep_checkpoint
from headway.acts.lease import renew
from headway.acts.retry import retry
from headway.model.errors import HeadwayError, RunFinal, RunNotFinal, RunNotFound, StaleFence, TooLarge
from headway.model.states import Outcome, RunState
from headway.store.contract import Deleted, Wished
from tests.unit.acts.conftest import ANNA, WORKER, Stage, line


async def test_a_waiting_run_is_cancelled_at_once(stage: Stage) -> None:
    await stage.task()
    run = await stage.start()

    cancelled = await stage.do(lambda tx: cancel(tx, run.id, ANNA, "not needed"))

    assert cancelled.state is RunState.CANCELLED
    assert (await stage.kinds(run.id))[-2:] == ["command.given", "run.cancelled"]
    assert await stage.claim() == []


async def test_a_running_run_is_cancelled_by_its_worker(stage: Stage) -> None:
    held = await stage.running()

    wished = await stage.do(lambda tx: cancel(tx, held.run.id, ANNA))

    assert wished.state is RunState.CANCELLING
    assert Wished(run=held.run.id, worker=WORKER, wish="cancel") in stage.news
    answer = await stage.report(held, 1, line())
    assert not isinstance(answer, HeadwayError)
    assert answer.wish == "cancel"
    assert await stage.do(lambda tx: renew(tx, worker=WORKER, held={held.run.id: held.fence})) == {held.run.id: "cancel"}
    assert await stage.finish(held, Outcome.CANCELLED) is RunState.CANCELLED


async def test_asking_twice_is_harmless_and_a_finished_run_cannot_be_cancelled(stage: Stage) -> None:
    held = await stage.running()
    await stage.do(lambda tx: cancel(tx, held.run.id, ANNA))
    count = len(await stage.events(held.run.id))

    await stage.do(lambda tx: cancel(tx, held.run.id, ANNA))
    assert len(await stage.events(held.run.id)) == count

    await stage.finish(held, Outcome.SUCCEEDED)
    with pytest.raises(RunFinal):
        await stage.do(lambda tx: cancel(tx, held.run.id, ANNA))


async def test_a_cancelled_run_whose_worker_dies_is_cancelled(stage: Stage) -> None:
    held = await stage.running()
    await stage.do(lambda tx: cancel(tx, held.run.id, ANNA))

    assert await stage.finish(held, Outcome.LOST) is RunState.CANCELLED


async def test_the_reaper_ends_the_attempt_of_a_dead_worker_once(stage: Stage) -> None:
    held = await stage.running()

    assert await stage.do(lambda tx: reap.reap(tx, holder="a")) == []
    stage.clock.advance(LEASE_SECONDS + 0.1)
    assert await stage.do(lambda tx: reap.reap(tx, holder="a")) == [held.run.id]
    assert await stage.do(lambda tx: reap.reap(tx, holder="a")) == []

    assert (await stage.run(held.run.id)).state is RunState.QUEUED
    assert isinstance(await stage.report(held, 1, line()), StaleFence)


async def test_a_renewed_lease_is_not_reaped_and_a_lost_one_cannot_be_renewed(stage: Stage) -> None:
    held = await stage.running()
    stage.clock.advance(LEASE_SECONDS - 1)
    assert await stage.do(lambda tx: renew(tx, worker=WORKER, held={held.run.id: held.fence})) == {held.run.id: None}
    stage.clock.advance(LEASE_SECONDS - 1)
    assert await stage.do(lambda tx: reap.reap(tx, holder="a")) == []

    stage.clock.advance(2)
    await stage.do(lambda tx: reap.reap(tx, holder="a"))
    assert await stage.do(lambda tx: renew(tx, worker=WORKER, held={held.run.id: held.fence})) == {}


async def test_only_one_reaper_leads_and_another_follows_when_it_falls_silent(stage: Stage) -> None:
    held = await stage.running()
    await stage.do(lambda tx: reap.reap(tx, holder="a"))
    stage.clock.advance(LEASE_SECONDS + 0.1)
    await stage.do(lambda tx: reap.lead(tx, holder="a"))

    assert await stage.do(lambda tx: reap.reap(tx, holder="b")) == []
    stage.clock.advance(reap.LEAD_SECONDS + 0.1)
    assert await stage.do(lambda tx: reap.reap(tx, holder="b")) == [held.run.id]


async def test_after_a_gap_of_the_reapers_own_leases_get_a_fresh_period(stage: Stage) -> None:
    await stage.running()
    stage.clock.advance(3600)

    await stage.do(reap.refresh)

    assert await stage.do(lambda tx: reap.reap(tx, holder="a")) == []


async def test_retry_makes_a_new_run_that_names_the_old(stage: Stage) -> None:
    await stage.task()
    run = await stage.start(parameters={"x": 3}, tags=["t"])
    with pytest.raises(RunNotFinal):
        await stage.do(lambda tx: retry(tx, run.id, ANNA))
    await stage.do(lambda tx: cancel(tx, run.id, ANNA))

    again = await stage.do(lambda tx: retry(tx, run.id, ANNA))
    other = await stage.do(lambda tx: retry(tx, run.id, ANNA, {"x": 4}))

    assert (again.parameters, again.tags, again.metadata) == ({"x": 3}, ("t",), {"retry_of": run.id})
    assert other.parameters == {"x": 4}


async def test_edit(stage: Stage) -> None:
    await stage.task()
    run = await stage.start()

    edited = await stage.do(lambda tx: edit(tx, run.id, ANNA, name="new", tags=["a", "a"], metadata={"k": 1}, priority=5))

    assert (edited.name, edited.tags, edited.metadata, edited.priority) == ("new", ("a",), {"k": 1}, 5)
    await stage.claim()
    with pytest.raises(NotQueued):
        await stage.do(lambda tx: edit(tx, run.id, ANNA, priority=1))


async def test_only_a_final_run_is_deleted(stage: Stage) -> None:
    await stage.task()
    run = await stage.start()
    with pytest.raises(RunNotFinal):
        await stage.do(lambda tx: delete(tx, run.id, ANNA))
    await stage.do(lambda tx: cancel(tx, run.id, ANNA))

    await stage.do(lambda tx: delete(tx, run.id, ANNA))

    assert Deleted(run=run.id, project="default") in stage.news
    with pytest.raises(RunNotFound):
        await stage.do(lambda tx: edit(tx, run.id, ANNA, name="x"))


async def test_a_stack_dump_can_be_asked_of_a_running_run_only(stage: Stage) -> None:
    held = await stage.running()
    await stage.do(lambda tx: ask_for_stack(tx, held.run.id, ANNA))
    assert Wished(run=held.run.id, worker=WORKER, wish="stack") in stage.news

    await stage.finish(held, Outcome.SUCCEEDED)
    with pytest.raises(NotRunning):
        await stage.do(lambda tx: ask_for_stack(tx, held.run.id, ANNA))


async def test_the_next_attempt_gets_the_newest_checkpoint(stage: Stage) -> None:
    held = await stage.running()
    for number in (1, 2):
        await stage.do(lambda tx, n=number: keep_checkpoint(tx, run=held.run.id, fence=held.fence, number=n, value={"sheet": n}))
    with pytest.raises(TooLarge):
        await stage.do(lambda tx: keep_checkpoint(tx, run=held.run.id, fence=held.fence, number=3, value="x" * 300_000))
    await stage.finish(held, Outcome.LOST)

    checkpoint = (await stage.claim())[0].checkpoint

    assert checkpoint is not None
    assert (checkpoint.number, checkpoint.value) == (2, {"sheet": 2})
    with pytest.raises(StaleFence):
        await stage.do(lambda tx: keep_checkpoint(tx, run=held.run.id, fence=held.fence, number=3, value=1))
