"""`@headway.task`, the registry, the catalogue's picture of a task, and listeners."""

from __future__ import annotations

import asyncio
import inspect
from datetime import timedelta
from typing import Any

import pytest

import headway
from headway.model.errors import DuplicateTask
from headway.sdk import listeners
from headway.sdk import task as tasks
from headway.sdk.catalogue import describe, task_to_json
from headway.sdk.listeners import EndedRun, notify, notify_async
from tests.unit.sdk.piped import a_run, piped


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_registry", {})
    monkeypatch.setattr(listeners, "_listeners", [])


def test_a_bare_task_is_called_like_its_function() -> None:
    @headway.task
    def add(a: int, b: int = 2) -> int:
        """Add."""
        return a + b

    assert add(1) == 3
    assert (add.name, add.__name__, add.__doc__, add.is_async) == ("add", "add", "Add.", False)
    assert tasks.find_task("add") is add
    assert str(inspect.signature(add)) == "(a: 'int', b: 'int' = 2) -> 'int'"
    assert "add" in repr(add)


def test_an_async_task() -> None:
    @headway.task(name="fetch it")
    async def fetch(url: str) -> str:
        await asyncio.sleep(0)
        return url

    assert fetch.is_async
    assert asyncio.run(fetch("x")) == "x"
    assert list(tasks.registered_tasks()) == ["fetch it"]


def test_options() -> None:
    @headway.task(
        timeout=60, soft_timeout=timedelta(seconds=50), retries=3, retry_delay=0, retry_on=(ConnectionError, "requests.Timeout"),
        no_retry_on=DuplicateTask, queue="slow", priority=-3, concurrency_key="exam", concurrency_limit=2, resumable=True, tags=["a", "b"],
    )  # fmt: skip
    def work() -> None: ...

    options = work.options
    assert (options.timeout_seconds, options.soft_timeout_seconds, options.max_attempts, options.retry_delay_seconds) == (
        60.0,
        50.0,
        4,
        0.0,
    )
    assert options.retry_on == ("ConnectionError", "requests.Timeout")
    assert options.no_retry_on == ("headway.model.errors.DuplicateTask",)
    assert (options.queue, options.priority, options.concurrency_key, options.concurrency_limit) == ("slow", -3, "exam", 2)
    assert options.is_resumable
    assert options.tags == ("a", "b")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"timeout": 0}, "timeout must be a positive number"),
        ({"soft_timeout": -1}, "soft_timeout must be"),
        ({"retries": -1}, "retries must be a whole number from 0"),
        ({"retries": 1.5}, "retries must be a whole number"),
        ({"priority": 11}, "priority must be a whole number from -10 to 10"),
        ({"concurrency_limit": 0}, "concurrency_limit must be"),
    ],
)
def test_options_out_of_range(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        headway.task(**wrong)


def test_a_name_used_twice_names_both_places() -> None:
    @headway.task(name="grade")
    def first() -> None: ...

    with pytest.raises(DuplicateTask, match=r"test_tasks\.py:\d+, another in .*test_tasks\.py:\d+"):

        @headway.task(name="grade")
        def second() -> None: ...

    assert tasks.find_task("grade") is first


def test_a_module_that_is_read_again_replaces_its_tasks() -> None:
    def load() -> tasks.Task[[], None]:
        @headway.task
        def work() -> None: ...

        return work

    load()
    newer = load()
    assert tasks.find_task("work") is newer


def test_the_catalogues_picture() -> None:
    @headway.task(retries=1)
    def grade(exam: str) -> None:
        """Grade an exam."""

    picture = task_to_json(grade)
    assert picture["name"] == "grade"
    assert picture["description"] == "Grade an exam."
    assert picture["parameter_schema"]["required"] == ["exam"]
    assert picture["options"]["max_attempts"] == 2
    assert picture["source"].endswith("test_tasks:test_the_catalogues_picture.<locals>.grade")
    assert len(picture["source_hash"]) == 16
    assert describe(grade).options is grade.options


ENDED = EndedRun(id="1", task="grade", name="n", attempt=1, outcome="succeeded", result={"marks": 3})


def test_listeners_hear_what_they_asked_for() -> None:
    heard: list[str] = []

    @headway.task
    def grade() -> None: ...

    @headway.on("run.succeeded", task=grade)
    def one(run: EndedRun) -> None:
        heard.append(f"one {run.result['marks']}")

    @headway.on("run.succeeded")
    async def every(run: EndedRun) -> None:
        await asyncio.sleep(0)
        heard.append(f"every {run.task}")

    @headway.on("run.failed", task="grade")
    def other(run: EndedRun) -> None:
        heard.append("failed")

    notify("run.succeeded", ENDED)
    asyncio.run(notify_async("run.succeeded", ENDED))
    assert heard == ["one 3", "every grade"] * 2
    assert callable(one)


def test_a_listener_that_fails_becomes_a_line_and_the_next_is_called() -> None:
    heard: list[str] = []

    @headway.on("run.succeeded")
    def broken(run: EndedRun) -> None:
        raise SystemExit(3)

    @headway.on("run.succeeded")
    def fine(run: EndedRun) -> None:
        heard.append("fine")

    with piped() as other_end, a_run(other_end):
        notify("run.succeeded", ENDED)
        asyncio.run(notify_async("run.succeeded", ENDED))
    assert heard == ["fine", "fine"]
    event = other_end.of("log.written")[0]
    assert event["level"] == "error"
    assert "broken for run.succeeded failed: SystemExit: 3" in event["text"]
    assert "raise SystemExit" in event["traceback"]


def test_an_event_nobody_can_hear() -> None:
    with pytest.raises(ValueError, match="there is no event"):
        headway.on("run.exploded")


def test_the_public_face() -> None:
    for name in headway.__all__:
        assert getattr(headway, name) is not None
    assert set(headway.__all__) <= set(dir(headway))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        headway.nothing  # noqa: B018
