"""How attempts end, and what becomes of the run."""

from __future__ import annotations

import orjson
import pytest

from headway.acts.finish import back_off
from headway.acts.reap import promote
from headway.model.errors import HeadwayError, RunFinal, StaleFence
from headway.model.states import Outcome, RunState
from headway.store.contract import Queued
from tests.unit.acts.conftest import WORKER, Stage, line

ERROR = {"code": "exception", "type": "builtins.ValueError", "message": "no"}


async def test_success_ends_the_run_with_its_result(stage: Stage) -> None:
    held = await stage.running()

    state = await stage.finish(held, Outcome.SUCCEEDED, batch_no=1, events=[line("last")], result=b'{"marks":[1,2]}')

    assert state is RunState.SUCCEEDED
    assert await stage.kinds(held.run.id) == [
        "run.created", "run.queued", "attempt.started", "run.running", "log.written", "result.stored", "attempt.ended", "run.succeeded",
    ]  # fmt: skip
    assert await stage.ask(lambda snapshot: snapshot.details.result(held.run.id)) == b'{"marks":[1,2]}'
    assert (await stage.run(held.run.id)).finished_at == stage.clock.now()


async def test_a_large_result_does_not_travel_in_its_event(stage: Stage) -> None:
    held = await stage.running()
    large = orjson.dumps("x" * 70_000)

    await stage.finish(held, Outcome.SUCCEEDED, result=large)

    event = next(event for event in await stage.events(held.run.id) if event["kind"] == "result.stored")
    assert "value" not in event
    assert event["size_bytes"] == len(large)


async def test_a_final_run_never_changes(stage: Stage) -> None:
    held = await stage.running()
    await stage.finish(held, Outcome.SUCCEEDED)

    assert isinstance(await stage.finish(held, Outcome.FAILED, error=ERROR), RunFinal)
    assert (await stage.run(held.run.id)).state is RunState.SUCCEEDED


async def test_a_failure_is_tried_again_after_its_back_off(stage: Stage) -> None:
    held = await stage.running(max_attempts=2, retry_delay_seconds=4.0)

    assert await stage.finish(held, Outcome.FAILED, error=ERROR) is RunState.RETRYING
    waiting = await stage.run(held.run.id)
    assert waiting.run_after is not None
    assert 0 <= (waiting.run_after - stage.clock.now()).total_seconds() <= 4.0

    stage.clock.advance(5)
    promoted = await stage.do(promote)
    again = (await stage.claim())[0]
    assert (promoted, again.attempt) == (1, 2)
    assert await stage.finish(again, Outcome.FAILED, error=ERROR) is RunState.FAILED
    assert (await stage.run(held.run.id)).error_code == "exception"


@pytest.mark.parametrize(
    ("options", "error", "expected"),
    [
        ({}, ERROR, RunState.RETRYING),
        ({"no_retry_on": ("ValueError",)}, ERROR, RunState.FAILED),
        ({"retry_on": ("ConnectionError",)}, ERROR, RunState.FAILED),
        ({"retry_on": ("ConnectionError",)}, {**ERROR, "type": "x.Reset", "bases": ["builtins.ConnectionError"]}, RunState.RETRYING),
        ({}, {**ERROR, "is_retryable": False}, RunState.FAILED),
        ({"no_retry_on": ("ValueError",)}, {**ERROR, "is_retryable": True}, RunState.RETRYING),
    ],
)
async def test_which_errors_are_worth_another_try(
    stage: Stage, options: dict[str, object], error: dict[str, object], expected: RunState
) -> None:
    held = await stage.running(max_attempts=3, **options)

    assert await stage.finish(held, Outcome.FAILED, error=error) is expected


async def test_the_task_may_name_its_own_delay(stage: Stage) -> None:
    held = await stage.running(max_attempts=2)

    await stage.finish(held, Outcome.FAILED, error=ERROR, retry_delay_seconds=42.0)

    waiting = await stage.run(held.run.id)
    assert waiting.run_after is not None
    assert (waiting.run_after - stage.clock.now()).total_seconds() == 42.0


async def test_a_lost_worker_costs_no_try_and_no_back_off_but_the_third_is_poison(stage: Stage) -> None:
    held = await stage.running()

    for expected in (RunState.QUEUED, RunState.QUEUED, RunState.FAILED):
        assert await stage.finish(held, Outcome.LOST) is expected
        if expected is RunState.QUEUED:
            held = (await stage.claim())[0]

    run = await stage.run(held.run.id)
    assert (run.error_code, run.attempt, run.failed_count) == ("poisoned", 3, 0)


async def test_who_was_beside_a_poisonous_run_each_time_is_not_poisoned_with_it(stage: Stage) -> None:
    await stage.task()
    for name in ("deadly", "innocent", "innocent too"):
        await stage.start(name=name)
    for _ in range(2):
        for held in await stage.claim(3):
            await stage.finish(held, Outcome.LOST)

    tried: list[tuple[str, RunState | HeadwayError]] = []
    for _ in range(3):
        (held,) = await stage.claim(3)
        assert await stage.claim(3) == [], "one suspect at a time"
        outcome = Outcome.LOST if held.run.name == "deadly" else Outcome.SUCCEEDED
        tried.append((held.run.name, await stage.finish(held, outcome)))

    assert sorted(tried) == [("deadly", RunState.FAILED), ("innocent", RunState.SUCCEEDED), ("innocent too", RunState.SUCCEEDED)]


async def test_a_suspect_waits_for_no_other_worker_and_holds_up_nobody(stage: Stage) -> None:
    await stage.task()
    for _ in range(2):
        await stage.start(name="suspect")
    for _ in range(2):
        for held in await stage.claim(2):
            await stage.finish(held, Outcome.LOST)
    await stage.start(name="fresh")

    first = await stage.claim(5)
    second = await stage.claim(5, worker="worker-2")

    assert [held.run.name for held in first] == ["suspect", "fresh"]
    assert [held.run.name for held in second] == ["suspect"]


@pytest.mark.parametrize("outcome", [Outcome.LOST, Outcome.RELEASED])
async def test_who_was_interrupted_keeps_its_place_before_those_that_came_later(stage: Stage, outcome: Outcome) -> None:
    held = await stage.running()
    stage.clock.advance(1)
    later = [await stage.start() for _ in range(3)]
    stage.clock.advance(10)
    await stage.finish(held, outcome)

    assert [claim.run.id for claim in await stage.claim(limit=4)] == [held.run.id, *(run.id for run in later)]


async def test_a_released_attempt_is_queued_again(stage: Stage) -> None:
    held = await stage.running()

    assert await stage.finish(held, Outcome.RELEASED) is RunState.QUEUED
    assert (await stage.claim())[0].attempt == 2


async def test_after_the_end_of_an_attempt_its_fence_is_stale(stage: Stage) -> None:
    held = await stage.running()
    await stage.finish(held, Outcome.RELEASED)

    assert isinstance(await stage.report(held, 1, line()), StaleFence)


async def test_a_slot_is_given_back_and_the_next_run_woken(stage: Stage) -> None:
    await stage.task(concurrency_key="gpu", concurrency_limit=1)
    await stage.start()
    await stage.start()
    held = (await stage.claim(limit=5))[0]
    assert await stage.claim(limit=5) == []
    stage.news.clear()

    await stage.finish(held, Outcome.SUCCEEDED)

    assert Queued(queue="default") in stage.news
    assert len(await stage.claim(limit=5)) == 1


async def test_both_attempts_stay_visible(stage: Stage) -> None:
    held = await stage.running()
    await stage.finish(held, Outcome.LOST)
    held = (await stage.claim())[0]
    await stage.finish(held, Outcome.SUCCEEDED)

    attempts = await stage.ask(lambda snapshot: snapshot.details.attempts(held.run.id))
    assert [(attempt.number, attempt.outcome, attempt.worker) for attempt in attempts] == [
        (1, Outcome.LOST, WORKER), (2, Outcome.SUCCEEDED, WORKER),
    ]  # fmt: skip


async def test_back_off_grows_with_full_jitter_and_has_a_ceiling(stage: Stage) -> None:
    held = await stage.running(retry_delay_seconds=1.0, retry_delay_max_seconds=8.0)

    for failed, ceiling in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (9, 8.0), (5000, 8.0)):
        drawn = [back_off(held.run, failed) for _ in range(200)]
        assert 0 <= min(drawn) < ceiling / 4
        assert ceiling * 0.75 < max(drawn) <= ceiling
