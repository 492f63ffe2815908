"""The channel `user:<name>`: what is valid at first, then what is told; each once, over reconnects and lost news."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from headway.access.principal import SYSTEM
from headway.acts.notify import notify, withdraw
from headway.live.bus.wire import Decoder, encode
from headway.live.hub import Hub
from headway.model.notice import Notice, NoticeLevel, notice_to_json
from headway.model.positions import Position, write_cursor
from headway.store.contract import News
from headway.store.news import Noticed
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store
from tests.unit.live.theatre import Theatre, Viewer
from tests.waiting import eventually_async


async def tell(theatre: Theatre, title: str, *, user: str | None = None, seconds: int = 600) -> Notice:
    return await theatre.store.write(
        lambda tx: notify(tx, SYSTEM, title=title, user=user, level=NoticeLevel.WARNING, lifetime=timedelta(seconds=seconds))
    )


async def listening(theatre: Theatre, who: str = "ada", **hello: Any) -> Viewer:
    viewer = theatre.viewer()
    viewer.hello(who, **hello)
    viewer.say({"type": "subscribe", "id": 1, "channel": f"user:{who}"})
    await viewer.until("subscribed")
    return viewer


def titles(viewer: Viewer) -> list[str]:
    return [f"{'-' if each['kind'] == 'withdrawn' else ''}{each['title']}" for each in viewer.of("notice")]


async def expect_notices(viewer: Viewer, *expected: str) -> None:
    await eventually_async(lambda: titles(viewer) == list(expected), what=f"{expected}, heard {titles(viewer)}")


async def test_everybody_hears_what_is_told_to_all_and_one_what_is_told_to_them(theatre: Theatre) -> None:
    ada, bob = await listening(theatre, "ada"), await listening(theatre, "bob")
    told = await tell(theatre, "for all")
    await tell(theatre, "for bob", user="bob")
    await expect_notices(bob, "for all", "for bob")
    await tell(theatre, "again for all")
    await expect_notices(ada, "for all", "again for all")
    first = ada.of("notice")[0]
    assert (first["channel"], first["seq"], first["kind"], first["level"]) == ("user:ada", 1, "message", "warning")
    assert (first["notice"], first["by"], "user" in first) == (told.id, "system", False)
    assert bob.of("notice")[1]["user"] == "bob"


async def test_who_comes_later_hears_what_is_still_valid(theatre: Theatre) -> None:
    await tell(theatre, "one")
    oops = await tell(theatre, "oops")
    await tell(theatre, "for bob", user="bob")
    await theatre.store.write(lambda tx: withdraw(tx, SYSTEM, oops.id))
    await expect_notices(await listening(theatre), "one")


async def test_what_is_over_is_told_to_nobody() -> None:
    clock = FakeClock(datetime.now(UTC) - timedelta(seconds=100))
    async with memory_store(clock=clock) as store:
        theatre = Theatre(store, Hub(store).settings)
        await theatre.open()
        await tell(theatre, "over", seconds=50)
        await tell(theatre, "valid", seconds=500)
        await expect_notices(await listening(theatre), "valid")
        await theatre.close()


async def test_one_that_is_taken_back_is_told_to_those_who_have_it(theatre: Theatre) -> None:
    viewer = await listening(theatre)
    oops = await tell(theatre, "oops")
    await expect_notices(viewer, "oops")
    await theatre.store.write(lambda tx: withdraw(tx, SYSTEM, oops.id))
    await expect_notices(viewer, "oops", "-oops")
    assert viewer.of("notice")[1]["notice"] == oops.id


async def test_who_comes_back_hears_each_once(theatre: Theatre) -> None:
    viewer = await listening(theatre)
    await tell(theatre, "one")
    await expect_notices(viewer, "one")
    cursor = write_cursor(viewer.session.positions)
    viewer.leave()
    await tell(theatre, "two")
    again = await listening(theatre, cursor=cursor)
    assert again.of("subscribed")[0]["result"] == "resumed"
    await expect_notices(again, "two")


async def test_a_position_of_another_store_or_of_the_future_begins_anew(theatre: Theatre) -> None:
    await tell(theatre, "one")
    for position in (Position("elsewhere", 0, 1), Position(theatre.store.epoch, 0, 99)):
        viewer = await listening(theatre, cursor=write_cursor({"user:ada": position}))
        assert viewer.of("subscribed")[0]["result"] == "reset"
        await expect_notices(viewer, "one")


async def test_what_others_are_told_is_not_for_me(theatre: Theatre) -> None:
    viewer = theatre.viewer()
    viewer.hello("ada")
    viewer.say({"type": "subscribe", "id": 1, "channel": "user:bob"})
    assert (await viewer.until("error"))["code"] == "forbidden"
    for wrong in ("user:", "user:a\nb", f"user:{'x' * 201}", "user"):
        viewer.say({"type": "subscribe", "id": 2, "channel": wrong})
    await eventually_async(lambda: [each["code"] for each in viewer.of("error")[1:]] == ["invalid_channel"] * 4)
    viewer.say({"type": "subscribe", "id": 3, "channel": "user:ada", "from": {"line": 0}})
    assert (await viewer.until("error", 6))["code"] == "invalid_message"


async def test_lost_news_are_found(theatre: Theatre) -> None:
    viewer = await listening(theatre)
    theatre.is_deaf = True
    await tell(theatre, "unheard")
    assert titles(viewer) == []
    await theatre.hub.compare_tops()
    await expect_notices(viewer, "unheard")


async def test_a_hole_in_the_news_is_read_from_the_store(theatre: Theatre) -> None:
    viewer = await listening(theatre)
    theatre.is_deaf = True
    await tell(theatre, "one")
    theatre.is_deaf = False
    await tell(theatre, "two")
    await expect_notices(viewer, "one", "two")


async def test_it_crosses_the_bus_to_the_hub_of_another_node(theatre: Theatre) -> None:
    """Two hubs on one store; the second one hears only what came as bytes of the bus."""
    other = Theatre(theatre.store, theatre.settings)
    await other.open()
    viewer = await listening(other)

    def carry(news: Sequence[News]) -> None:
        theatre.hear(news)
        other.hear(list(Decoder().feed(b"".join(encode(each) for each in news))))  # type: ignore[arg-type]

    theatre.store.set_announce(carry)
    await tell(theatre, "across")
    await expect_notices(viewer, "across")
    await other.close()


def test_news_of_a_notice_are_the_same_behind_the_bus() -> None:
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    notice = Notice(id="n", seq=7, title="维护", level=NoticeLevel.ERROR, user=None, created_by="admin", created_at=now, expires_at=now)
    assert list(Decoder().feed(encode(Noticed(notice=notice_to_json(notice))))) == [Noticed(notice=notice_to_json(notice))]


async def test_after_leaving_nothing_comes(theatre: Theatre) -> None:
    viewer = await listening(theatre)
    viewer.say({"type": "unsubscribe", "id": 1})
    await viewer.until("unsubscribed")
    other = await listening(theatre, "bob")
    await tell(theatre, "late")
    await expect_notices(other, "late")
    assert titles(viewer) == []
