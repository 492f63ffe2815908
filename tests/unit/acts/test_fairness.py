"""Queues, limits, keys, rates and quotas: who is claimed, who waits, and what is said of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headway.access.principal import Principal
from headway.acts.canary import start_canary
from headway.acts.places import key_for
from headway.acts.queues import change_queue, change_quota, queue_states
from headway.acts.reap import promote
from headway.acts.waiting import why_waiting
from headway.model.errors import Forbidden, Invalid, QueueFull, QuotaReached
from headway.model.run import Run
from headway.model.states import Outcome
from headway.model.waiting import Cause, Waiting
from headway.store.contract import Queued
from headway.store.places import Worker
from headway.store.sql.link import Prepared
from tests.unit.acts.conftest import ANNA, Stage


async def why(stage: Stage, run: str) -> Waiting:
    found = await stage.run(run)
    return (await stage.ask(lambda snapshot: why_waiting(snapshot, [found])))[0]


async def beat(stage: Stage, *, slots: int = 2, queues: tuple[str, ...] = ("default",), tasks: tuple[str, ...] = ("count",)) -> None:
    now = stage.clock.now()
    worker = Worker(
        id="worker-1", host="h", pid=1, version="1", started_at=now, heartbeat_at=now, slots=slots, queues=queues, tasks=frozenset(tasks)
    )
    await stage.do(lambda tx: tx.workers.beat(worker))


async def started(stage: Stage, count: int, **wish: object) -> list[Run]:
    return [await stage.start(**wish) for _ in range(count)]


# --- queues ---


async def test_a_paused_queue_keeps_its_runs_until_it_goes_on(stage: Stage) -> None:
    await stage.task()
    run = await stage.start()
    await beat(stage)

    await stage.do(lambda tx: change_queue(tx, "default", ANNA, is_paused=True))
    assert await stage.claim() == []
    told = await why(stage, run.id)
    assert (told.cause, told.queue, told.by) == (Cause.QUEUE_PAUSED, "default", "anna")
    assert told.detail == "The queue default is paused, by anna."

    stage.news.clear()
    await stage.do(lambda tx: change_queue(tx, "default", ANNA, is_paused=False))
    assert Queued(queue="default") in stage.news
    assert [claim.run.id for claim in await stage.claim()] == [run.id]


async def test_a_limit_counts_what_is_executed_already(stage: Stage) -> None:
    await stage.task()
    await started(stage, 4)
    first, second = await stage.claim(limit=2)
    await stage.do(lambda tx: change_queue(tx, "default", ANNA, running_limit=2))

    assert await stage.claim(limit=4) == []
    await stage.finish(first, Outcome.SUCCEEDED)
    third = await stage.claim(limit=4)
    assert len(third) == 1

    await stage.do(lambda tx: change_queue(tx, "default", ANNA, running_limit=None))
    assert len(await stage.claim(limit=4)) == 1
    await stage.finish(second, Outcome.SUCCEEDED)
    # What was given back once is not given back twice: a new limit counts anew.
    await stage.do(lambda tx: change_queue(tx, "default", ANNA, running_limit=2))
    await started(stage, 2)
    assert await stage.claim(limit=2) == []


async def test_a_full_queue_refuses_more_and_says_when_to_come_back(stage: Stage) -> None:
    await stage.task()
    await stage.do(lambda tx: change_queue(tx, "default", ANNA, queued_limit=2))
    await started(stage, 2)

    with pytest.raises(QueueFull) as refusal:
        await stage.start()

    assert refusal.value.fields == {"queue": "default", "limit": 2, "retry_in_seconds": 10}
    await stage.claim()
    await stage.start()


async def test_only_who_may_manage_queues_does(stage: Stage) -> None:
    with pytest.raises(Forbidden):
        await stage.do(lambda tx: change_queue(tx, "default", Principal(id="bo", scopes=("project:default:run:start",)), is_paused=True))
    with pytest.raises(Invalid):
        await stage.do(lambda tx: change_queue(tx, "default", ANNA, running_limit=-1))


async def test_queues_are_listed_with_what_is_in_them(stage: Stage) -> None:
    await stage.task()
    await started(stage, 3)
    await stage.start(queue="ocr")
    await stage.claim()
    await stage.do(lambda tx: change_queue(tx, "idle", ANNA, is_paused=True))
    await beat(stage, queues=("default", "served"))

    states = {state.name: state for state in await stage.ask(queue_states)}

    assert sorted(states) == ["default", "idle", "ocr", "served"]
    assert states["default"].states == {"queued": 2, "running": 1}
    assert (states["default"].worker_count, states["ocr"].worker_count) == (1, 0)
    assert states["idle"].is_paused


# --- keys ---


async def test_runs_of_a_full_key_stand_aside_for_those_behind_them(stage: Stage) -> None:
    await stage.task("count", concurrency_key="exam", concurrency_limit=1)
    await started(stage, 50)
    await stage.task("free")
    free = await stage.start("free")

    claims = await stage.claim(limit=2)

    assert len(claims) == 2
    assert claims[1].run.id == free.id
    await stage.finish(claims[0], Outcome.SUCCEEDED)
    assert len(await stage.claim(limit=5)) == 1


async def test_a_key_may_speak_of_parameters(stage: Stage) -> None:
    await stage.task("count", concurrency_key="x-{x}", concurrency_limit=1)
    for x in (1, 1, 2):
        await stage.start(parameters={"x": x})

    claims = await stage.claim(limit=3)

    assert sorted(claim.run.parameters["x"] for claim in claims) == [1, 2]
    assert key_for("{a}/{b.c}/{d}", {"a": 1, "b": {}, "d": "é"}) == "1/{b.c}/é"


async def test_who_waits_for_a_key_is_told_who_holds_it(stage: Stage) -> None:
    await stage.task("count", concurrency_key="exam", concurrency_limit=1)
    await beat(stage, slots=4)
    _, second, third = await started(stage, 3)
    held = (await stage.claim(limit=3))[0]

    told = await why(stage, third.id)

    assert (told.cause, told.key, told.limit, told.ahead, told.holders) == (Cause.CONCURRENCY_KEY, "exam", 1, 1, (held.run.id,))
    assert (await why(stage, second.id)).ahead == 0


async def test_a_worker_that_dies_gives_its_places_back(stage: Stage) -> None:
    await stage.task("count", concurrency_key="exam", concurrency_limit=1)
    await started(stage, 2)
    held = (await stage.claim(limit=2))[0]

    await stage.finish(held, Outcome.LOST)

    assert len(await stage.claim(limit=2)) == 1


# --- rates ---


async def test_a_rate_lets_a_burst_through_and_then_one_after_the_other(stage: Stage) -> None:
    await stage.task("count", rate_limit_count=3, rate_limit_seconds=60.0)
    await beat(stage, slots=10)
    runs = await started(stage, 6)

    assert len(await stage.claim(limit=6)) == 3
    told = await why(stage, runs[3].id)
    assert (told.cause, told.key, told.ahead) == (Cause.RATE_LIMIT, "count", 0)
    assert told.until == stage.clock.now() + timedelta(seconds=20)
    assert (await why(stage, runs[5].id)).expected_start_at == stage.clock.now() + timedelta(seconds=60)

    stage.clock.advance(19.9)
    await stage.do(promote)
    assert await stage.claim(limit=6) == []
    stage.clock.advance(0.2)
    await stage.do(promote)
    assert [claim.run.id for claim in await stage.claim(limit=6)] == [runs[3].id]
    stage.clock.advance(3_600)
    await stage.do(promote)
    assert len(await stage.claim(limit=6)) == 2


# --- quotas ---


async def test_a_project_has_no_more_than_its_quota(stage: Stage) -> None:
    await stage.task()
    await stage.do(lambda tx: change_quota(tx, "default", ANNA, running_limit=1, queued_limit=2))
    await beat(stage, slots=4)
    runs = await started(stage, 2)
    with pytest.raises(QuotaReached):
        await stage.start()
    other = await stage.start(project="other")

    claims = await stage.claim(limit=4)
    assert len(claims) == 2
    assert other.id in {claim.run.id for claim in claims}
    held_up = next(run for run in runs if run.id not in {claim.run.id for claim in claims})
    told = await why(stage, held_up.id)
    assert (told.cause, told.project, told.limit) == (Cause.PROJECT_QUOTA, "default", 1)
    await stage.do(lambda tx: change_quota(tx, "default", ANNA, running_limit=None))
    assert len(await stage.claim(limit=4)) == 1


# --- why it waits ---


async def test_there_is_a_reason_for_every_state(stage: Stage) -> None:
    await stage.task()
    run = await stage.start()
    assert (await why(stage, run.id)).cause is Cause.NO_WORKER
    await beat(stage, queues=("ocr",))
    assert (await why(stage, run.id)).cause is Cause.QUEUE_UNSERVED
    await beat(stage, tasks=("other",))
    assert (await why(stage, run.id)).cause is Cause.TASK_UNKNOWN
    await beat(stage, slots=1)
    assert (await why(stage, run.id)).cause is Cause.NEXT
    behind = await stage.start()
    assert (await why(stage, behind.id)).cause is Cause.WORKERS_BUSY
    held = (await stage.claim())[0]
    told = await why(stage, behind.id)
    assert (told.cause, told.limit, told.ahead, told.expected_start_at) == (Cause.WORKERS_BUSY, 1, 0, None)
    assert (await why(stage, run.id)).cause is Cause.NOTHING
    assert (await why(stage, run.id)).detail == "It does not wait: it is running."
    delayed = await stage.start(run_after=stage.clock.now() + timedelta(hours=1))
    assert (await why(stage, delayed.id)).cause is Cause.SCHEDULED
    await stage.finish(held, Outcome.SUCCEEDED)


async def worked_off(stage: Stage, seconds: float) -> None:
    """A run of the task comes, is executed for so long, and ends."""
    await stage.start()
    (held,) = await stage.claim()
    stage.clock.advance(seconds)
    await stage.finish(held, Outcome.SUCCEEDED)


async def test_the_expected_start_is_a_range_from_past_runs(stage: Stage) -> None:
    await stage.task()
    await worked_off(stage, 10)
    await worked_off(stage, 10)
    await stage.start()
    (held,) = await stage.claim()
    waiting = [await stage.start() for _ in range(3)]
    await beat(stage, slots=1)
    told = await why(stage, waiting[0].id)
    assert (told.cause, told.expected_start_at, told.expected_start_from) == (Cause.WORKERS_BUSY, None, None), "two runs say nothing"

    stage.clock.advance(10)
    await stage.finish(held, Outcome.SUCCEEDED)
    (held,) = await stage.claim()
    stage.clock.advance(4)
    await beat(stage, slots=1)
    now = stage.clock.now()
    # The one that is executed has six seconds left; who stands behind the first waits for that one as well.
    for run, seconds in ((waiting[1], 6), (waiting[2], 16)):
        told = await why(stage, run.id)
        assert told.expected_start_from == told.expected_start_at == told.expected_start_to == now + timedelta(seconds=seconds)


async def test_durations_that_differ_make_the_range_wide(stage: Stage) -> None:
    await stage.task()
    for seconds in (5, 10, 20, 40, 10, 5, 30):
        await worked_off(stage, seconds)
    await stage.start()
    await stage.claim()
    behind = [await stage.start() for _ in range(4)]
    await beat(stage, slots=1)

    last = await why(stage, behind[3].id)

    assert last.expected_start_from is not None
    assert last.expected_start_at is not None
    assert last.expected_start_to is not None
    assert last.expected_start_from < last.expected_start_at < last.expected_start_to
    assert timedelta(seconds=20) < last.expected_start_to - last.expected_start_from < timedelta(seconds=120)


async def test_runs_of_other_queues_stand_before_it_too(stage: Stage) -> None:
    await stage.task()
    for _ in range(3):
        await worked_off(stage, 10)
    await stage.start()
    await stage.claim()
    for _ in range(2):
        await stage.start(queue="other")
    last = await stage.start()

    await beat(stage, slots=1)
    alone = (await why(stage, last.id)).expected_start_at
    await beat(stage, slots=1, queues=("default", "other"))
    among = (await why(stage, last.id)).expected_start_at

    assert alone is not None
    assert among is not None
    assert among - alone == timedelta(seconds=20)


@pytest.mark.parametrize("options", [{}, {"concurrency_key": "exam", "concurrency_limit": 1}], ids=["workers", "key"])
async def test_a_page_of_runs_asks_no_more_than_a_few_do(stage: Stage, monkeypatch: pytest.MonkeyPatch, options: dict[str, object]) -> None:
    await stage.task(**options)
    for _ in range(3):
        await worked_off(stage, 10)
    runs = await started(stage, 5)
    runs += [await stage.start(queue="other") for _ in range(5)]
    runs += [run for _ in range(25) for run in (await stage.start(), await stage.start(queue="other"))]
    await stage.claim(9)
    await beat(stage, queues=("default", "other"))
    page = await stage.ask(lambda snapshot: snapshot.runs.get_many([run.id for run in runs[1:]]))
    count = 0

    def counted(name: str) -> None:
        execute = getattr(Prepared, name)

        def call(self: Prepared, *values: object) -> object:
            nonlocal count
            count += 1
            return execute(self, *values)

        monkeypatch.setattr(Prepared, name, call)

    counted("all")
    counted("one")
    few = await stage.ask(lambda snapshot: why_waiting(snapshot, page[:9]))
    asked_for_few, count = count, 0
    many = await stage.ask(lambda snapshot: why_waiting(snapshot, page))

    assert count == asked_for_few
    assert [each.ahead for each in many[:9]] == [each.ahead for each in few]


async def test_a_paused_queue_and_an_absent_worker_foretell_nothing(stage: Stage) -> None:
    await stage.task()
    for _ in range(3):
        await worked_off(stage, 10)
    run = await stage.start()
    assert (await why(stage, run.id)).expected_start_at is None
    await beat(stage)
    await stage.do(lambda tx: change_queue(tx, "default", ANNA, is_paused=True))
    assert (await why(stage, run.id)).expected_start_at is None


async def test_the_canary_s_queue_is_nobody_s(stage: Stage) -> None:
    await stage.do(start_canary)
    assert await stage.ask(queue_states) == []
