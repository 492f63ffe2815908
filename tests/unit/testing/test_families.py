"""Children, keys and rates in memory are what they are in a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import headway
from headway.acts.family import family_of
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


def test_a_retry_of_a_failed_parent_runs_only_what_failed(hw: Installation) -> None:
    torn = {3}

    @headway.task
    def double(n: int) -> int:
        if n in torn:
            raise ValueError(f"{n} is torn")
        return 2 * n

    @headway.task
    def parent(numbers: list[int]) -> list[int]:
        return list(headway.map(double, numbers))

    first = hw.run("parent", numbers=[1, 2, 3, 3])
    assert first.state == "failed"
    kept = {child.id for child in hw.runs(parent=first.id) if child.state == "succeeded"}
    failed = {child.id for child in hw.runs(parent=first.id) if child.state == "failed"}

    still = first.retry().wait()
    assert (still.state, [child.state for child in hw.runs(parent=still.id)]) == ("failed", ["failed", "failed"])
    assert {child.run.metadata["retry_of"] for child in hw.runs(parent=still.id)} == failed

    torn.clear()
    again = still.retry().wait()
    assert again.result == [2, 4, 6, 6]
    assert [child.state for child in hw.runs(parent=again.id)] == ["succeeded", "succeeded"]
    assert {child.id for child in hw.runs(parent=first.id) if child.state == "succeeded"} == kept
    assert any("2 child runs kept from before" in line for line in again.log), again.log


def test_what_is_no_retry_of_a_failure_begins_a_fresh_family(hw: Installation) -> None:
    @headway.task
    def double(n: int) -> int:
        return 2 * n

    @headway.task
    def parent(numbers: list[int], is_good: bool = True) -> list[int]:
        results = list(headway.map(double, numbers))
        if not is_good:
            raise RuntimeError("after all were marked")
        return results

    good, bad = hw.run("parent", numbers=[1, 2]), hw.run("parent", numbers=[1, 2], is_good=False)

    fresh = {
        "a retry of a success": good.retry().wait(),
        "with other parameters": bad.retry({"numbers": [1, 2], "is_good": True}).wait(),
        "a clone": hw.run("parent", numbers=[1, 2], is_good=False),
    }
    assert {why: len(hw.runs(parent=run.id)) for why, run in fresh.items()} == dict.fromkeys(fresh, 2)
    assert hw.runs(parent=bad.retry().wait().id) == []


def test_in_a_child_that_is_run_again_its_own_children_are_kept(hw: Installation) -> None:
    sheets: list[int] = []
    torn = {2}

    @headway.task
    def sheet(n: int) -> int:
        sheets.append(n)
        if n in torn:
            raise ValueError("torn")
        return n

    @headway.task
    def grade(numbers: list[int]) -> int:
        return sum(headway.map(sheet, numbers))

    @headway.task
    def school() -> int:
        return headway.start("grade", {"numbers": [1, 2, 3]}).result()

    first = hw.run("school")
    hw.settle()
    torn.clear()
    again = first.retry().wait()

    assert (first.state, again.result) == ("failed", 6)
    assert sorted(sheets) == [1, 2, 2, 3]


def test_a_child_that_fails_is_told_with_its_reason(hw: Installation) -> None:
    @headway.task
    def double(n: int) -> int:
        if n < 0:
            raise ValueError(f"sheet {n} is torn")
        return 2 * n

    @headway.task
    def ends(numbers: list[int]) -> list[object]:
        return [(end["state"], end.get("result"), (end.get("error") or {}).get("message")) for end in headway.map("double", numbers).wait()]

    @headway.task
    def results(numbers: list[int]) -> list[int]:
        return list(headway.map(double, numbers))

    run = hw.run(ends, numbers=[1, -7, -12])

    assert run.result == [["succeeded", 2, None], ["failed", None, "sheet -7 is torn"], ["failed", None, "sheet -12 is torn"]]
    family = hw.read(lambda snapshot: family_of(snapshot, run.id))
    assert (family.total, family.cells, family.states) == (3, "sff", {"failed": 2, "succeeded": 1})
    assert [(group.type, group.count) for group in family.errors] == [("ValueError", 2)]

    error = hw.run(results, numbers=[-1]).error
    assert error is not None
    assert error["type"].endswith("ChildFailed")
    assert "sheet -1 is torn" in error["message"]


def test_one_child_with_a_name(hw: Installation) -> None:
    @headway.task
    def double(n: int) -> int:
        return 2 * n

    @headway.task
    def one(n: int) -> int:
        child = headway.start(double, {"n": n}, name="the one")
        headway.log(f"child {child.id}")
        return child.result()

    run = hw.run(one, n=4)

    (child,) = hw.runs(parent=run.id)
    assert (run.result, child.run.name) == (8, "the one")
    assert run.log == [f"child {child.id}"]


def test_each_further_attempt_finds_its_children(hw: Installation) -> None:
    @headway.task
    def double(n: int) -> int:
        return 2 * n

    @headway.task(retries=2, retry_delay=0)
    def stumbles() -> list[int]:
        results = list(headway.map(double, [1, 2, 2]))
        if headway.current_run().attempt < 3:
            raise RuntimeError("again")
        return results

    run = hw.run(stumbles)

    assert (run.attempt, run.result) == (3, [2, 4, 4])
    assert len(hw.runs(parent=run.id)) == 3


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
