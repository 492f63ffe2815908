"""Headway in memory: what a task does there is what it does in a worker, but for the time that it takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import headway
from headway.model.errors import InvalidParameters, NoCheckpoint, RunFinal, RunNotFound, TaskNotFound
from headway.sdk.task import registered_tasks
from headway.testing import Installation, NothingMoves, TaskStuck, installation
from headway.testing.clock import START


@pytest.fixture
def hw() -> Iterator[Installation]:
    with installation() as made:
        yield made


def read_sheets() -> None:
    """Registered by the tests that need it: reads ten sheets, and goes on where it stopped."""
    begin = headway.current_run().checkpoint or 0
    for sheet in range(begin, 10):
        headway.log.info(f"sheet {sheet + 1}")
        headway.checkpoint(sheet + 1)


def test_a_task_reports_as_it_does_in_a_worker(hw: Installation, tmp_path: Path) -> None:
    @headway.task
    def grade(sheets: int, name: str = "A") -> dict[str, int]:
        with headway.step("reading"):
            for sheet in headway.track(range(sheets), unit="sheets"):
                headway.metric("score", sheet)
        headway.log.warning("doubtful", sheet=7)
        logging.getLogger("marks").info("by logging")
        print("by print")
        headway.status("wrapping up")
        (tmp_path / "marks.csv").write_text("7,1.3")
        headway.artifact(tmp_path / "marks.csv")
        return {"sheets": sheets}

    run = hw.run("grade", sheets=3)

    assert run.state == "succeeded"
    assert run.result == {"sheets": 3}
    assert run.log == ["doubtful", "by logging", "by print"]
    assert run.entries[-1]["kind"] != "log.written"
    assert (run.progress["done"], run.progress["total"], run.progress["unit"]) == (3, 3, "sheets")
    assert [(step.name, step.outcome) for step in run.steps] == [("reading", "succeeded")]
    assert run.points("score") == [0, 1, 2]
    assert run.artifact("marks.csv") == b"7,1.3"
    assert run.view["status_text"] == "wrapping up"
    assert [event["seq"] for event in run.events] == list(range(1, len(run.events) + 1))


def test_what_is_printed_outside_of_a_task_goes_where_it_went(hw: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    headway.task(read_sheets)

    run = hw.start("read_sheets").run_until(lambda run: "sheet 2" in run.log)
    print("in the test")

    assert capsys.readouterr().out == "in the test\n"
    assert "in the test" not in run.log


def test_nothing_is_executed_before_somebody_waits(hw: Installation) -> None:
    headway.task(read_sheets)

    run = hw.start("read_sheets")

    assert run.state == "queued"
    assert run.wait().state == "succeeded"


def test_hours_between_tries_cost_no_time(hw: Installation) -> None:
    @headway.task(retries=3, retry_delay=timedelta(hours=3))
    def flaky() -> int:
        if headway.current_run().attempt < 3:
            raise headway.Retry("not yet", delay=7200)
        return 1

    run = hw.run(flaky)

    assert (run.state, run.attempt, run.result) == ("succeeded", 3, 1)
    assert hw.clock.now() - START == timedelta(hours=4)
    assert [attempt.outcome for attempt in run.attempts] == ["failed", "failed", "succeeded"]


def test_a_task_that_goes_on_failing_is_shown_with_its_error(hw: Installation) -> None:
    @headway.task(retries=2, retry_delay=60)
    def hopeless() -> None:
        raise ValueError("the file is empty")

    run = hw.run("hopeless")

    assert run.state == "failed"
    assert run.attempt == 3
    assert run.error is not None
    assert run.error["type"] == "ValueError"
    assert "ValueError: the file is empty" in repr(run)


def test_a_delayed_start_waits_for_its_time(hw: Installation) -> None:
    headway.task(read_sheets)
    run = hw.start("read_sheets", run_after=timedelta(days=2))

    hw.advance(3600)
    assert run.state == "scheduled"
    hw.advance(timedelta(days=2))

    assert run.state == "succeeded"
    assert run.run.started_at == START + timedelta(days=2)


def test_a_dead_worker_is_followed_by_another_from_the_last_checkpoint(hw: Installation) -> None:
    headway.task(read_sheets)
    run = hw.start("read_sheets").run_until(lambda run: run.checkpoint == 4)

    hw.kill_worker()
    assert run.state == "running"
    run.wait()

    assert run.state == "succeeded"
    assert [attempt.outcome for attempt in run.attempts] == ["lost", "succeeded"]
    assert [attempt.worker for attempt in run.attempts] == ["worker-1", "worker-2"]
    assert run.log == [f"sheet {number}" for number in range(1, 11)]


def test_the_third_worker_that_dies_poisons_the_run(hw: Installation) -> None:
    @headway.task
    def deadly() -> None:
        headway.log.info("here it comes")
        hw.kill_worker()

    run = hw.run(deadly)

    assert run.state == "failed"
    assert run.view["error"]["code"] == "poisoned"
    assert [attempt.outcome for attempt in run.attempts] == ["lost", "lost", "lost"]


def test_a_dead_process_fails_the_attempt(hw: Installation) -> None:
    headway.task(retries=1)(read_sheets)
    run = hw.start("read_sheets").run_until(lambda run: run.checkpoint == 4)

    run.kill_child()
    assert run.state == "retrying"
    assert run.attempts[0].error is not None
    assert run.attempts[0].error["code"] == "child_died"

    assert run.wait().state == "succeeded"


def test_a_standing_run_is_cancelled_and_may_tidy_up(hw: Installation) -> None:
    @headway.task
    def careful() -> None:
        try:
            for number in range(10):
                headway.log.info(f"line {number}")
        finally:
            headway.log.info("tidied up")

    run = hw.start(careful).run_until(lambda run: "line 2" in run.log)
    run.cancel("enough")
    assert run.state == "cancelling"

    assert run.wait().state == "cancelled"
    assert run.log == ["line 0", "line 1", "line 2", "tidied up"]
    with pytest.raises(RunFinal):
        run.pause()


def test_a_run_pauses_at_a_checkpoint_and_goes_on_from_there(hw: Installation) -> None:
    headway.task(read_sheets)
    run = hw.start("read_sheets").run_until(lambda run: run.checkpoint == 4)

    run.pause()
    with pytest.raises(NothingMoves, match="paused"):
        run.wait()
    run.resume()

    assert run.wait().state == "succeeded"
    assert [attempt.outcome for attempt in run.attempts] == ["paused", "succeeded"]
    assert run.log == [f"sheet {number}" for number in range(1, 11)]


def test_a_run_without_a_checkpoint_does_not_pause(hw: Installation) -> None:
    headway.task(read_sheets)
    run = hw.start("read_sheets").run_until(lambda run: "sheet 1" in run.log)

    with pytest.raises(NoCheckpoint):
        run.pause()


def test_a_soft_limit_lets_the_task_wrap_up(hw: Installation) -> None:
    @headway.task(soft_timeout=10)
    def slow() -> str:
        try:
            while True:
                hw.advance(4)
        except headway.SoftTimeout:
            return f"after {hw.clock.monotonic():g} s"

    assert hw.run(slow).result == "after 10 s"


def test_a_hard_limit_ends_a_run_that_stands_still(hw: Installation) -> None:
    headway.task(timeout=60)(read_sheets)
    run = hw.start("read_sheets").run_until(lambda run: "sheet 3" in run.log)

    hw.advance(30)
    assert run.state == "running"
    hw.advance(31)

    assert run.state == "timed_out"
    assert len(run.log) == 3


def test_an_async_task_sleeps_for_hours_at_once(hw: Installation) -> None:
    @headway.task
    async def patient() -> float:
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(7200))
        await asyncio.to_thread(lambda: None)
        await headway.checkpoint("slept")
        return hw.clock.monotonic()

    run = hw.run(patient)

    assert run.result == pytest.approx(7200, abs=5)
    assert run.checkpoint == "slept"


def test_an_async_task_over_its_limit_is_cancelled_and_tidies_up(hw: Installation) -> None:
    @headway.task(timeout=60)
    async def patient() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            headway.log.info("tidied up")

    run = hw.run(patient)

    assert run.state == "timed_out"
    assert run.log == ["tidied up"]


def test_an_async_task_is_cancelled(hw: Installation) -> None:
    @headway.task
    async def chatty() -> None:
        while True:
            headway.log.info("still here")
            await asyncio.sleep(60)

    run = hw.start(chatty).run_until(lambda run: len(run.log) == 5)

    assert run.cancel().wait().state == "cancelled"
    assert len(run.log) == 5


def test_a_task_may_wait_for_another(hw: Installation) -> None:
    @headway.task
    def double(number: int) -> int:
        headway.log.info(f"doubling {number}")
        return 2 * number

    @headway.task
    def both() -> list[int]:
        runs = [hw.start(double, number=number) for number in (1, 2)]
        return [run.wait().result for run in runs]

    run = hw.run(both)

    assert run.result == [2, 4]
    assert run.log == []
    assert [run.log for run in hw.runs(task="double")] == [["doubling 1"], ["doubling 2"]]


def test_runs_of_one_concurrency_key_follow_each_other(hw: Installation) -> None:
    headway.task(concurrency_key="scanner", concurrency_limit=1)(read_sheets)
    first = hw.start("read_sheets").run_until(lambda run: "sheet 1" in run.log)

    second = hw.start("read_sheets")
    hw.advance(3600)
    assert second.state == "queued"
    second.wait()

    assert (first.state, second.state) == ("succeeded", "succeeded")


def test_errors_are_those_of_the_server(hw: Installation) -> None:
    headway.task(name="grade")(lambda sheets: sheets)

    with pytest.raises(TaskNotFound) as unknown:
        hw.start("nothing")
    with pytest.raises(InvalidParameters) as missing:
        hw.start("grade")
    with pytest.raises(RunNotFound):
        hw.find("0" * 36)

    assert (unknown.value.code, missing.value.code) == ("task_not_found", "invalid_parameters")


def test_a_condition_that_never_holds_is_said(hw: Installation) -> None:
    headway.task(read_sheets)

    with pytest.raises(NothingMoves, match="succeeded"):
        hw.start("read_sheets").run_until(lambda run: "sheet 11" in run.log)


def test_a_condition_that_raises_is_raised_where_the_test_waits(hw: Installation) -> None:
    headway.task(read_sheets)

    with pytest.raises(ZeroDivisionError):
        hw.start("read_sheets").run_until(lambda run: 1 / 0 if run.log else False)


def test_a_task_that_says_nothing_for_ever_is_told_with_its_place() -> None:
    import threading

    is_released = threading.Event()
    with installation(patience_seconds=0.05) as hw:

        @headway.task
        def stuck() -> None:
            is_released.wait()

        with pytest.raises(TaskStuck, match=r"is_released\.wait"):
            hw.run(stuck)
        is_released.set()


def test_listeners_hear_of_the_end(hw: Installation) -> None:
    heard: list[tuple[str, object]] = []
    headway.task(read_sheets)

    @headway.on("run.succeeded", task="read_sheets")
    def hear(run: object) -> None:
        heard.append((type(run).__name__, getattr(run, "outcome", None)))

    hw.run("read_sheets")

    assert heard == [("EndedRun", "succeeded")]


def test_settling_executes_all_there_is(hw: Installation) -> None:
    headway.task(read_sheets)
    runs = [hw.start("read_sheets", run_after=delay) for delay in (0.0, 60.0, 3600.0)]

    hw.settle()

    assert [run.state for run in runs] == ["succeeded"] * 3
    assert len(hw.runs()) == 3


def test_tasks_of_a_test_are_forgotten_with_it() -> None:
    with installation():
        headway.task(name="double")(_double)
        before = registered_tasks()
        with installation() as inner:
            headway.task(name="only here")(lambda: None)
            headway.task(name="double")(lambda number: 0)
            assert inner.run("double", number=2).result == 0

        assert registered_tasks() == before


async def test_a_run_is_awaited_while_the_loop_goes_on(hw: Installation) -> None:
    headway.task(read_sheets)

    run = await hw.start("read_sheets")

    assert run.state == "succeeded"


def test_what_is_left_of_a_closed_installation_can_be_shown() -> None:
    with installation() as hw:
        run = hw.start(headway.task(_double), number=2)

    assert repr(run) == f"<run {run.id} of an installation that is closed>"
    assert repr(hw) == "<Headway in memory>"


def test_a_retry_is_a_new_run(hw: Installation) -> None:
    headway.task(name="double")(_double)
    first = hw.run("double", number=2)

    again = first.retry({"number": 3}).wait()

    assert (first.result, again.result) == (4, 6)
    assert again.run.metadata["retry_of"] == first.id


def _double(number: int) -> int:
    return 2 * number
