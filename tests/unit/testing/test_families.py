"""Children, keys and rates in memory are what they are in a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import headway
from headway.testing import Installation, installation


@pytest.fixture
def hw() -> Iterator[Installation]:
    with installation() as made:
        yield made


def test_a_parent_gets_the_results_of_its_children(hw: Installation) -> None:
    @headway.task
    def double(n: int) -> int:
        if n == 3:
            raise ValueError("three is torn")
        return 2 * n

    @headway.task
    def parent(numbers: list[int]) -> list[object]:
        ends = headway.map(double, numbers, cap=2).wait()
        return [end["result"] or end["state"] for end in ends]

    run = hw.run("parent", numbers=[1, 2, 3, 4])

    assert run.result == [2, 4, "failed", 8]
    assert run.view["children"] == {"total": 4, "done": 4, "succeeded": 3, "failed": 1}
    assert [child.state for child in hw.runs(parent=run.id)] == ["succeeded", "succeeded", "failed", "succeeded"]


def test_an_async_parent_awaits_its_children_and_a_second_attempt_finds_them(hw: Installation) -> None:
    @headway.task
    def double(n: int) -> int:
        return 2 * n

    @headway.task(retries=1, retry_delay=3600)
    async def gather(numbers: list[int]) -> list[int]:
        children = [headway.start(double, {"n": n}) for n in numbers]
        results = [await child for child in children]
        if headway.current_run().attempt == 1:
            raise RuntimeError("again, in an hour")
        return results

    run = hw.run("gather", numbers=[1, 2])

    assert (run.result, len(run.attempts)) == ([2, 4], 2)
    assert len(hw.runs(parent=run.id)) == 2


def test_what_is_not_a_task_is_told_to_the_parent(hw: Installation) -> None:
    @headway.task
    def parent() -> str:
        try:
            headway.start("nosuch").result()
        except headway.HeadwayError as error:
            return error.code
        return "started"

    assert hw.run("parent").result == "task_not_found"


def test_time_is_skipped_until_a_rate_lets_the_next_start(hw: Installation) -> None:
    @headway.task(rate_limit="2/h")
    def mail(to: str) -> str:
        return to

    began = hw.clock.now()
    runs = [hw.start("mail", to=name) for name in ("a", "b", "c")]
    hw.settle()

    assert [run.result for run in runs] == ["a", "b", "c"]
    assert 1_799 < (hw.clock.now() - began).total_seconds() < 1_810
