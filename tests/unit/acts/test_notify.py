"""Notices: given, taken back, bounded, and forgotten when their time is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from headway.access.principal import SYSTEM, Principal
from headway.acts.notify import NOTICES_LIMIT, notify, valid_notices, withdraw
from headway.model.errors import Forbidden, NoticeNotFound, TooManyNotices
from headway.model.notice import Notice, NoticeLevel, notice_from_json
from headway.store.contract import News
from headway.store.news import Noticed
from headway.store.notices import read_notices
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store

NOBODY = Principal(id="li", scopes=("project:default:run:*", "project:default:notice:send"))


class Hall:
    def __init__(self, store: SqlStore, clock: FakeClock, news: list[News]) -> None:
        self.store = store
        self.clock = clock
        self.news = news

    async def tell(self, title: str = "hello", *, user: str | None = None, seconds: int = 60, by: Principal = SYSTEM) -> Notice:
        return await self.store.write(lambda tx: notify(tx, by, title=title, user=user, lifetime=timedelta(seconds=seconds)))

    async def withdraw(self, notice: str, by: Principal = SYSTEM) -> None:
        await self.store.write(lambda tx: withdraw(tx, by, notice))

    async def valid(self) -> list[str]:
        return [each.title for each in await self.store.read(lambda snapshot: valid_notices(snapshot, SYSTEM))]


@pytest_asyncio.fixture
async def hall() -> AsyncIterator[Hall]:
    clock, news = FakeClock(), list[News]()
    async with memory_store(clock=clock, announce=news.extend) as store:
        yield Hall(store, clock, news)


async def test_one_is_kept_numbered_and_announced(hall: Hall) -> None:
    first, second = await hall.tell("one"), await hall.tell("two", user="ada")
    assert (first.seq, second.seq, second.user, first.level) == (1, 2, "ada", NoticeLevel.INFO)
    assert await hall.valid() == ["two", "one"]
    told = [notice_from_json(each.notice) for each in hall.news if isinstance(each, Noticed)]
    assert told == [first, second]


async def test_its_time_ends(hall: Hall) -> None:
    await hall.tell("short", seconds=10)
    await hall.tell("long", seconds=60)
    hall.clock.advance(10)
    assert await hall.valid() == ["long"]
    newest = await hall.tell("newer")
    kept = await hall.store.read(lambda snapshot: read_notices(snapshot.meta))
    assert ([each.title for each in kept.items], kept.top, newest.seq) == (["long", "newer"], 3, 3)


async def test_one_that_is_taken_back_is_told_under_a_new_number(hall: Hall) -> None:
    told = await hall.tell("oops")
    await hall.withdraw(told.id)
    assert await hall.valid() == []
    last = hall.news[-1]
    assert isinstance(last, Noticed)
    gone = notice_from_json(last.notice)
    assert (gone.id, gone.seq, gone.is_withdrawn) == (told.id, 2, True)
    for unknown in (told.id, "nothing"):
        with pytest.raises(NoticeNotFound):
            await hall.withdraw(unknown)


async def test_there_are_never_too_many(hall: Hall) -> None:
    told = [await hall.tell(str(number)) for number in range(NOTICES_LIMIT)]
    with pytest.raises(TooManyNotices):
        await hall.tell("one more")
    for each in told:
        await hall.withdraw(each.id)
    for number in range(NOTICES_LIMIT):
        await hall.withdraw((await hall.tell(str(number))).id)
    kept = await hall.store.read(lambda snapshot: read_notices(snapshot.meta))
    assert len(kept.items) <= NOTICES_LIMIT + 1, "those that were taken back are not remembered without end"
    assert kept.top == 4 * NOTICES_LIMIT
    await hall.tell("there is room again")


async def test_a_right_in_a_project_is_none_to_speak_to_all(hall: Hall) -> None:
    told = await hall.tell()
    with pytest.raises(Forbidden, match="notice:send"):
        await hall.tell(by=NOBODY)
    with pytest.raises(Forbidden, match="notice:send"):
        await hall.withdraw(told.id, by=NOBODY)
    with pytest.raises(Forbidden, match="notice:send"):
        await hall.store.read(lambda snapshot: valid_notices(snapshot, NOBODY))
