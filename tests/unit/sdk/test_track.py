"""`headway.track`: what is counted, what is said, and what a loop that is left early leaves behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

import headway
from headway.model.fold import fold
from headway.sdk.outcomes import Paused
from tests.unit.sdk.piped import Piped, a_run, piped
from tests.waiting import eventually


def bars(other_end: Piped, bar: str = "main") -> list[tuple[float, float | None, bool]]:
    """Done, total and whether it is closed, of each report of a bar."""
    found = [event for event in other_end.of("progress.reported") if event.get("bar", "main") == bar]
    return [(event["done"], event.get("total"), event.get("is_closed", False)) for event in found]


def test_the_first_and_the_last_report_always_go_out() -> None:
    with piped() as other_end, a_run(other_end):
        assert list(headway.track(["a", "b", "c"])) == ["a", "b", "c"]
    assert bars(other_end) == [(0, 3, False), (3, 3, True)]


def test_a_break_leaves_the_item_in_hand_uncounted() -> None:
    with piped() as other_end, a_run(other_end):
        for item in headway.track(range(10)):
            if item == 4:
                break
    assert bars(other_end)[-1] == (4, 10, True)


def test_an_exception_closes_the_bar() -> None:
    with piped() as other_end, a_run(other_end):
        with pytest.raises(ZeroDivisionError):
            [1 // (item - 3) for item in headway.track(range(10))]
        gc.collect()
    assert bars(other_end)[-1] == (3, 10, True)


def test_an_iterable_without_length_has_no_total_until_one_is_given() -> None:
    with piped() as other_end, a_run(other_end):
        list(headway.track(zip("ab", "cd", strict=True)))
        list(headway.track((letter for letter in "abc"), 3, name="second"))
    assert bars(other_end) == [(0, None, False), (2, None, True), (0, 3, False), (3, 3, True)]


def test_a_loop_that_stalls_still_shows_where_it_is() -> None:
    with piped() as other_end, a_run(other_end):
        loop = iter(headway.track(range(10)))
        for _ in range(5):
            next(loop)
        eventually(lambda: bars(other_end)[-1:] == [(4, 10, False)], what="the sampler reports the fourth item done")
        next(loop)
        eventually(lambda: bars(other_end)[-1:] == [(5, 10, False)], what="and the fifth")


def test_reports_go_at_a_rate_for_people_however_fast_the_loop() -> None:
    with piped() as other_end, a_run(other_end):
        for _ in headway.track(range(300_000)):
            pass
    taken = other_end.of("progress.reported")[-1]["elapsed_seconds"]
    assert len(bars(other_end)) <= 2 + taken * 25
    assert bars(other_end)[-1] == (300_000, 300_000, True)


def test_nobody_watching_means_a_report_a_second() -> None:
    with piped(watched=0) as other_end, a_run(other_end) as run:
        assert run.interval_seconds == 1.0
        for _ in range(20):
            list(headway.track(range(5_000)))
        assert len(bars(other_end)) < 5
        run.watch(1)
        eventually(lambda: bars(other_end)[-1:] == [(5_000, 5_000, True)], what="a viewer comes and is told at once", timeout=0.9)


def test_the_outermost_loop_is_the_main_bar_and_an_inner_one_keeps_its_bar() -> None:
    with piped() as other_end, a_run(other_end):
        for _ in headway.track(range(3), name="outer"):
            for _ in headway.track(range(4), name="inner"):
                pass
    names = {(event.get("bar", "main"), event["name"]) for event in other_end.of("progress.reported")}
    assert names == {("main", "outer"), ("bar-2", "inner")}
    assert bars(other_end, "bar-2")[-1] == (4, 4, True)


def test_a_second_loop_starts_the_main_bar_over_and_the_fold_forgets_the_first() -> None:
    with piped() as other_end, a_run(other_end):
        list(headway.track(range(1_000), unit="sheets"))
        list(headway.track(iter("ab"), name="second"))
    events = other_end.of("progress.reported")
    assert [event.get("is_closed") for event in events] == [None, True, False, True]
    view: dict[str, object] = {}
    for event in events:
        fold(view, event)
    assert view["bars"]["main"]["name"] == "second"  # type: ignore[index]
    assert not {"unit", "total"} & view["bars"]["main"].keys()  # type: ignore[index]


def test_a_bar_moved_by_hand() -> None:
    with piped() as other_end, a_run(other_end), headway.track(total=10, unit="MB") as bar:
        bar.advance(2.5)
        bar.advance(2.5, message="half way")
        assert len(bar) == 10
    assert bars(other_end)[-1] == (5.0, 10, True)
    assert other_end.of("progress.reported")[-1]["message"] == "half way"


def test_a_length_that_is_not_known_is_an_error() -> None:
    with pytest.raises(TypeError, match="not known"):
        len(headway.track(iter("ab")))


async def test_async_loops_of_one_run_each_have_a_bar() -> None:
    async def letters() -> AsyncIterator[str]:
        for letter in "abc":
            await asyncio.sleep(0)
            yield letter

    async def go_through(name: str) -> list[str]:
        return [letter async for letter in headway.track(letters(), 3, name=name)]

    with piped() as other_end, a_run(other_end):
        assert await asyncio.gather(go_through("a"), go_through("b")) == [["a", "b", "c"]] * 2
        async with headway.track(total=1, name="by hand") as bar:
            bar.advance()
    last = {event["name"]: event["done"] for event in other_end.of("progress.reported")}
    assert last == {"a": 3, "b": 3, "by hand": 1}


def test_async_runs_in_one_process_do_not_mix() -> None:
    async def one(other_end: Piped, name: str) -> None:
        with a_run(other_end):
            for _ in headway.track(range(3), name=name):
                headway.log(name)
                await asyncio.sleep(0)

    async def both(first: Piped, second: Piped) -> None:
        await asyncio.gather(one(first, "first"), one(second, "second"))

    with piped() as first, piped() as second:
        asyncio.run(both(first, second))
    assert first.texts == ["first"] * 3
    assert second.texts == ["second"] * 3


def test_a_thread_of_user_code_reports_to_the_only_run() -> None:
    with piped() as other_end, a_run(other_end):
        thread = threading.Thread(target=lambda: list(headway.track(range(3))))
        thread.start()
        thread.join()
    assert bars(other_end)[-1] == (3, 3, True)


def test_more_loops_than_are_remembered_are_forgotten_in_order() -> None:
    with piped() as other_end, a_run(other_end) as run:
        for number in range(500):
            headway.progress(1, 2, bar=f"file {number}")
            run.named_bar(f"file {number}").close()
    closed = {event["bar"] for event in other_end.of("progress.reported") if event.get("is_closed")}
    assert len(closed) == 500


def items() -> Iterator[int]:
    yield from range(10)


def test_a_resumable_task_pauses_after_an_item_and_goes_on_with_the_next() -> None:
    done: list[int] = []

    def work() -> None:
        for _ in headway.track(range(2), name="warm up"):
            pass
        for item in headway.track(items(), 10, name="sheets"):
            for _ in headway.track(range(2)):
                pass
            done.append(item)
            if item == 4:
                headway.current_run().want_pause()  # type: ignore[attr-defined]

    with piped() as first, a_run(first, is_resumable=True), pytest.raises(Paused):
        work()
    checkpoint = first.of("child.checkpoint")[-1]
    assert done == [0, 1, 2, 3, 4]
    with piped() as second, a_run(second, is_resumable=True, checkpoint=checkpoint):
        work()
    assert done == list(range(10))
    assert bars(second)[-1] == (10, 10, True)


def test_a_resumed_loop_shows_what_was_done_before() -> None:
    with piped() as other_end, a_run(other_end, checkpoint={"number": 7, "value": {"$headway": {"1": 3}, "value": "mine"}}) as run:
        assert run.checkpoint == "mine"
        assert list(headway.track("abcde", checkpoint=True)) == ["d", "e"]
        headway.checkpoint("newer")
    assert bars(other_end) == [(3, 5, False), (5, 5, True)]
    assert other_end.of("child.checkpoint") == [
        {"kind": "child.checkpoint", "number": 8, "value": {"$headway": {"1": 5}, "value": "newer"}}
    ]
