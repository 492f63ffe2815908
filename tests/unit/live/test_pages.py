"""Pages of the journal in memory: one for all who are about as far behind."""

from __future__ import annotations

from headway.live.pages import PAGES_BYTES, Pages
from headway.live.run_subscription import RunSubscription
from headway.live.subscription import Page
from tests.unit.live.theatre import Theatre, open_theatre
from tests.waiting import eventually_async


def a_page(first: int, count: int, size: int = 1) -> Page:
    return Page(first, [b"%d" % (first + at) + b"x" * size for at in range(count)], 1)


def test_a_page_is_found_from_any_of_its_lines_on() -> None:
    pages = Pages()
    pages.put("run", a_page(10, 5))
    pages.put("run", a_page(30, 5))
    assert [pages.get("run", first) is not None for first in (9, 10, 14, 15, 29, 30, 34, 35)] == [
        False, True, True, False, False, True, True, False,
    ]  # fmt: skip
    found = pages.get("run", 13)
    assert found == Page(13, a_page(10, 5).entries[3:], 1)
    assert pages.get("another", 13) is None


def test_a_page_that_says_that_lines_are_gone_is_of_its_first_line_alone() -> None:
    pages = Pages()
    pages.put("run", Page(10, [], 50))
    assert pages.get("run", 10) == Page(10, [], 50)
    assert pages.get("run", 11) is None


def test_what_was_used_least_lately_goes_first() -> None:
    pages = Pages()
    large = PAGES_BYTES // 3
    for first in (1, 2, 3):
        pages.put("run", a_page(first, 1, large))
        pages.get("run", 1)
    assert [pages.get("run", first) is not None for first in (1, 2, 3)] == [True, False, True]
    pages.forget("run")
    assert [pages.get("run", first) for first in (1, 2, 3)] == [None, None, None]


async def _behind(theatre: Theatre, *texts: str) -> tuple[str, list[RunSubscription]]:
    """A run, and three viewers of it; these lines have left the ring."""
    run = await theatre.run()
    viewers = [await theatre.watching(run) for _ in range(3)]
    await run.log(*texts)
    await eventually_async(lambda: all(viewer.lines[-1] == len(texts) + 1 for viewer in viewers))
    subscriptions = [subscription for viewer in viewers for subscription in viewer.session.subscriptions]
    assert all(isinstance(each, RunSubscription) for each in subscriptions)
    return run.id, subscriptions  # type: ignore[return-value]


async def test_all_who_come_back_about_as_far_behind_wait_for_one_page() -> None:
    async with open_theatre() as theatre:
        _, (one, other, third) = await _behind(theatre, *(f"line {number}" for number in range(150)))
        read = theatre.hub.tally.pages_read
        assert [theatre.hub.page(who, first) for who, first in ((one, 120), (other, 130), (third, 115))] == [None, None, None]
        await eventually_async(lambda: theatre.hub.page(one, 120) is not None)
        for who, first in ((one, 120), (other, 130), (third, 115)):
            page = theatre.hub.page(who, first)
            assert page is not None
            assert b'"line":%d,' % first in page.entries[0]
        assert theatre.hub.tally.pages_read - read == 1


async def test_lines_that_fill_a_page_by_themselves_do_not_hold_up_those_behind_them() -> None:
    """A page begins before the line that was asked for only where there is room for both."""
    async with open_theatre() as theatre:
        _, (one, _, _) = await _behind(theatre, *("x" * 8_000 for _ in range(40)))
        assert theatre.hub.page(one, 35) is None
        await eventually_async(lambda: theatre.hub.page(one, 35) is not None)
        page = theatre.hub.page(one, 35)
        assert page is not None
        assert b'"line":35,' in page.entries[0]
