"""Starting: checked, idempotent, all or none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headway.access.principal import Principal
from headway.acts.catalogue import register
from headway.acts.start import StartRun, TaskUnusable, start
from headway.model.errors import DuplicateRun, Forbidden, Invalid, InvalidParameters, TaskNotFound, TooLarge
from headway.model.run import Task
from headway.model.states import RunState
from headway.store.contract import Appended, Queued, RunFilter
from headway.store.news import Changed
from tests.unit.acts.conftest import ANNA, Stage


async def test_a_started_run_waits_in_its_queue_and_says_so(stage: Stage) -> None:
    await stage.task(priority=2, tags=("nightly",))

    run = await stage.start(parameters={"x": 1}, name="first", tags=["mine"])

    assert await stage.run(run.id) == run
    assert (run.state, run.priority, run.tags, run.created_by) == (RunState.QUEUED, 2, ("nightly", "mine"), "anna")
    assert await stage.kinds(run.id) == ["run.created", "run.queued"]
    assert [type(news) for news in stage.news] == [Changed, Appended, Queued], "of the task, and of its run"


async def test_a_delayed_run_is_scheduled(stage: Stage) -> None:
    await stage.task()

    run = await stage.start(run_after=stage.clock.now() + timedelta(hours=1))

    assert run.state is RunState.SCHEDULED
    assert await stage.claim() == []


async def test_an_unknown_task_is_refused(stage: Stage) -> None:
    with pytest.raises(TaskNotFound) as refusal:
        await stage.start("nosuch")

    assert refusal.value.fields == {"task": "nosuch"}


async def test_a_task_that_does_not_import_is_refused(stage: Stage) -> None:
    await stage.do(lambda tx: register(tx, [Task(name="broken", import_error="ImportError: no module named x")]))

    with pytest.raises(TaskUnusable):
        await stage.start("broken")


async def test_parameters_that_do_not_fit_name_the_field(stage: Stage) -> None:
    await stage.task()

    with pytest.raises(InvalidParameters) as refusal:
        await stage.start(parameters={"x": "one"})

    assert refusal.value.fields["field"] == "x"


async def test_one_bad_item_refuses_the_whole_batch(stage: Stage) -> None:
    await stage.task()
    wishes = [StartRun(task="count"), StartRun(task="count", parameters={"y": 1})]

    with pytest.raises(InvalidParameters) as refusal:
        await stage.do(lambda tx: start(tx, wishes, ANNA))

    assert refusal.value.fields["index"] == 1
    assert await stage.ask(lambda snapshot: snapshot.runs.count(RunFilter())) == 0


async def test_the_same_idempotency_key_gives_the_same_run(stage: Stage) -> None:
    await stage.task()
    first = await stage.start(parameters={"x": 1}, idempotency_key="k")

    again = await stage.start(parameters={"x": 1}, idempotency_key="k")
    twice = await stage.do(lambda tx: start(tx, [StartRun(task="count", idempotency_key="n")] * 2, ANNA))

    assert again.id == first.id
    assert twice[0].id == twice[1].id


async def test_an_idempotency_key_used_for_something_else_is_refused(stage: Stage) -> None:
    await stage.task()
    await stage.start(parameters={"x": 1}, idempotency_key="k")

    with pytest.raises(DuplicateRun):
        await stage.start(parameters={"x": 2}, idempotency_key="k")


async def test_an_external_id_belongs_to_one_run(stage: Stage) -> None:
    await stage.task()
    await stage.start(external_id="exam-7")

    with pytest.raises(DuplicateRun):
        await stage.start(external_id="exam-7")


async def test_limits(stage: Stage) -> None:
    await stage.task()

    with pytest.raises(Invalid):
        await stage.start(priority=11)
    with pytest.raises(Invalid):
        await stage.start(name="n" * 201)
    with pytest.raises(Invalid):
        await stage.start(tags=["t"] * 21)
    with pytest.raises(TooLarge):
        await stage.start(metadata={"m": "x" * 20_000})
    with pytest.raises(TooLarge):
        await stage.do(lambda tx: start(tx, [StartRun(task="count")] * 1001, ANNA))


async def test_who_may_not_start_is_refused(stage: Stage) -> None:
    await stage.task()
    viewer = Principal(id="v", role=None, scopes=("project:default:run:read",))

    with pytest.raises(Forbidden):
        await stage.do(lambda tx: start(tx, [StartRun(task="count")], viewer))
