"""What viewers are told of a server that works on with less than it should have."""

from __future__ import annotations

from headway.live.troubles import Trouble, TroubleCode, changes
from tests.unit.live.theatre import Theatre
from tests.waiting import eventually_async


def trouble(code: TroubleCode) -> Trouble:
    return Trouble(code=code, title=code.value, late_seconds=5.0)


def test_of_a_change_only_what_is_new_and_what_is_over_is_told() -> None:
    away, lost = trouble(TroubleCode.BUS_AWAY), trouble(TroubleCode.NEWS_LOST)
    assert changes([away], [away]) == []
    told = [(notice["kind"], notice["code"]) for notice in changes([away], [lost])]
    assert told == [("restored", "bus_away"), ("degraded", "news_lost")]
    assert [(notice["kind"], notice["code"]) for notice in changes([away, lost], [])] == [
        ("restored", "bus_away"),
        ("restored", "news_lost"),
    ]


async def test_all_viewers_hear_once_that_it_began_and_that_it_is_over_and_who_comes_between_hears_it_after_welcome(
    theatre: Theatre,
) -> None:
    run = await theatre.run()
    early = await theatre.watching(run)
    silent = theatre.viewer()  # has not said who it is
    assert early.of("notice") == []
    theatre.is_bus_away = True
    degraded = await early.until("notice")
    assert (degraded["kind"], degraded["code"], degraded["late_seconds"]) == ("degraded", "bus_away", 5.0)
    assert "channel" not in degraded
    late = await theatre.watching(run)
    assert late.kinds()[:2] == ["welcome", "notice"]
    theatre.is_bus_away = False
    for viewer in (early, late):
        await eventually_async(lambda viewer=viewer: [told["kind"] for told in viewer.of("notice")] == ["degraded", "restored"])
    assert silent.heard == []
    last = await theatre.watching(run)
    assert last.of("notice") == []
