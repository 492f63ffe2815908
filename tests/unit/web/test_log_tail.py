"""The logs of all runs followed: what comes, in which form, for whom, from which position, and how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from headway.access.principal import Principal
from headway.model.permissions import Permission
from headway.store.contract import RunFilter
from headway.store.stretch import Span
from headway.web import log_listener
from headway.web.desk import Call
from headway.web.log_query import LogQuery, Order
from headway.web.log_tail import BEHIND_LINES, Batch, Tail, as_events, as_lines
from headway.web.matching import Wanted
from tests.unit.web.office import Json, Office, line, problem

ADMIN = Principal(id="somebody", role="admin", scopes=())
PATIENCE = 10.0


def ask(**more: Any) -> LogQuery:
    where = more.pop("where", RunFilter())
    return LogQuery(where=where, runs=more.pop("runs", ()), wanted=Wanted(is_line=True, **more), span=Span(), order=Order.NEWEST)


class Reader:
    """Takes batches as they come; what is silence it passes over."""

    def __init__(self, tail: Tail) -> None:
        self._batches = aiter(tail)
        self.position: str | None = None

    async def batch(self) -> Batch:
        batch = await asyncio.wait_for(anext(self._batches), PATIENCE)
        self.position = batch.position or self.position
        return batch

    async def texts(self, count: int) -> list[str]:
        found: list[str] = []
        while len(found) < count:
            found += [orjson.loads(stored)["text"] for _, stored in (await self.batch()).lines]
        return found

    async def close(self) -> None:
        await self._batches.aclose()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


@asynccontextmanager
async def reading(
    office: Office, query: LogQuery | None = None, position: str | None = None, principal: Principal = ADMIN, look_seconds: float = 5.0
) -> AsyncGenerator[Reader]:
    call = Call(desk=office.desk, principal=principal, permission=Permission.RUN_READ)
    reader = Reader(Tail(call, query or ask(), position, look_seconds=look_seconds))
    try:
        await reader.batch()
        yield reader
    finally:
        await reader.close()


async def test_new_lines_of_all_runs_come_and_none_that_were_there(office: Office) -> None:
    first = await office.open(name="a")
    await office.report(first, 1, line("before"))
    async with reading(office) as reader:
        await office.report(first, 2, line("one"), line("two"))
        assert await reader.texts(2) == ["one", "two"]
        second = await office.open(name="b")
        await office.report(second, 1, line("three"))
        assert await reader.texts(1) == ["three"]


async def test_only_what_is_asked_for_comes(office: Office) -> None:
    north, south = await office.open(name="a", project="north"), await office.open(name="b", project="south")
    async with reading(office, ask(levels=frozenset({"error"}), where=RunFilter(project="north"))) as reader:
        await office.report(south, 1, line("elsewhere", level="error"))
        await office.report(north, 1, line("harmless"), line("bad", level="error"))
        assert await reader.texts(1) == ["bad"]
    async with reading(office, ask(fields={"sheet": "7"}, runs=(south["run"]["id"],))) as reader:
        await office.report(north, 2, line("other run", context={"sheet": 7}))
        await office.report(south, 2, line("no"), line("yes", context={"sheet": 7}))
        assert await reader.texts(1) == ["yes"]


async def test_a_pattern_is_followed(office: Office) -> None:
    opened, other = await office.open(name="a"), await office.open(name="b")
    async with reading(office, ask(q=r"sheet \d+$", is_regex=True)) as reader:
        await office.report(opened, 1, line("sheet 7"), line("sheet seven"))
        assert await reader.texts(1) == ["sheet 7"]
        await office.report(other, 1, line("page 1"), line("SHEET 12"), line("sheet 13 "))
        assert await reader.texts(1) == ["SHEET 12"]


async def test_a_process_that_has_worked_enough_is_replaced(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_listener, "RENEWED_SECONDS", -1.0)
    opened = await office.open(name="a")
    async with reading(office, ask(q="^a", is_regex=True)) as reader:
        for batch_no in (1, 2, 3):
            await office.report(opened, batch_no, line(f"a {batch_no}"), line("b"))
            assert await reader.texts(1) == [f"a {batch_no}"]


async def test_a_pattern_without_end_is_the_last_that_is_heard(office: Office) -> None:
    opened = await office.open(name="a")
    call = Call(desk=office.desk, principal=ADMIN, permission=Permission.RUN_READ)
    chunks: list[bytes] = []
    async for chunk in as_lines(Tail(call, ask(q="(a+)+$", is_regex=True), None)):
        chunks.append(chunk)
        if len(chunks) == 1:
            await office.report(opened, 1, line("a" * 60 + "b"))
    assert orjson.loads(chunks[-1])["code"] == "pattern_too_slow"
    assert not office.desk.followed_patterns.locked()


async def test_only_so_many_patterns_are_followed(office: Office) -> None:
    office.desk.followed_patterns = asyncio.Semaphore(1)
    async with reading(office, ask(q="^a", is_regex=True)):
        problem(await office.ask("GET", "/logs?follow=true&q=a&regex=true"), 503, "unavailable")
        async with reading(office, ask(q="a")):
            pass
    office.desk.is_draining = True
    assert (await office.ask("GET", "/logs?follow=true&q=a&regex=true")).status_code == 200


async def test_nobody_hears_of_other_projects(office: Office) -> None:
    north, south = await office.open(name="a", project="north"), await office.open(name="b", project="south")
    seen = ask(where=RunFilter(projects=frozenset({"north"})))
    async with reading(office, seen) as reader:
        await office.report(south, 1, line("secret"))
        await office.report(north, 1, line("open"))
        assert await reader.texts(1) == ["open"]


async def test_lines_whose_news_were_lost_are_found(office: Office) -> None:
    opened = await office.open(name="a")
    async with reading(office, look_seconds=0.05) as reader:
        office.store.set_announce(lambda _news: None)
        await office.report(opened, 1, line("unheard"))
        assert await reader.texts(1) == ["unheard"]
        late = await office.open(name="b")
        await office.report(late, 1, line("quick"))
        await office.end(late)
        assert await reader.texts(1) == ["quick"]


async def test_who_comes_back_with_a_position_has_every_line_once(office: Office) -> None:
    old, ended = await office.open(name="old"), await office.open(name="ended")
    async with reading(office) as reader:
        await office.report(old, 1, line("one"))
        assert await reader.texts(1) == ["one"]
        position = reader.position
    await office.report(old, 2, line("two"))
    await office.report(ended, 1, line("three"))
    await office.end(ended)
    new = await office.open(name="new")
    await office.report(new, 1, line("four"))
    async with reading(office, position=position) as reader:
        assert sorted(await reader.texts(3)) == ["four", "three", "two"]
        await office.report(old, 3, line("five"))
        assert await reader.texts(1) == ["five"]


async def test_who_is_far_behind_is_told_of_the_gap(office: Office) -> None:
    opened = await office.open(name="a")
    async with reading(office) as reader:
        await office.report(opened, 1, line("first"))
        await reader.texts(1)
        position = reader.position
    for batch_no in range(2, 14):
        await office.report(opened, batch_no, *[line(f"line {number}") for number in range(5_000)])
    async with reading(office, position=position) as reader:
        batch = await reader.batch()
        (gap,) = batch.gaps
        assert (gap["run"], gap["why"]) == (opened["run"]["id"], "behind")
        assert gap["to"] - gap["from"] > BEHIND_LINES
        assert orjson.loads(batch.lines[0][1])["line"] == gap["to"] + 1


async def test_it_ends_with_the_token_and_with_the_server(office: Office) -> None:
    short = Principal(id="somebody", role="admin", scopes=(), expires_at=datetime.now(UTC) + timedelta(seconds=0.3))
    async with reading(office, principal=short, look_seconds=0.05) as reader:
        assert await _goodbye(reader) == "expired"
    async with reading(office) as reader:
        office.desk.is_draining = True
        office.wakes.wake_all()
        assert await _goodbye(reader) == "draining"


async def _goodbye(reader: Reader) -> str:
    while True:
        batch = await reader.batch()
        if batch.goodbye:
            return str(batch.goodbye["code"])


async def written(office: Office, form: Any) -> tuple[list[bytes], Json]:
    """What is sent for two lines, up to the end."""
    opened = await office.open(name="a")
    call = Call(desk=office.desk, principal=ADMIN, permission=Permission.RUN_READ)
    chunks: list[bytes] = []
    async for chunk in form(Tail(call, ask(), None)):
        chunks.append(chunk)
        if len(chunks) == 1:
            await office.report(opened, 1, line("one"), line("two"))
        else:
            office.desk.is_draining = True
    return chunks, opened["run"]


async def test_server_sent_events_carry_the_position_with_the_lines(office: Office) -> None:
    chunks, run = await written(office, as_events)
    first, lines, goodbye = [dict(part.split(b": ", 1) for part in chunk.strip().split(b"\n")) for chunk in chunks]
    assert first[b"event"] == b"position"
    assert lines[b"event"] == b"lines"
    assert lines[b"id"] != first[b"id"]
    items = orjson.loads(lines[b"data"])["items"]
    assert [(item["text"], item["run"], item["run_name"]) for item in items] == [("one", run["id"], "a"), ("two", run["id"], "a")]
    assert goodbye[b"event"] == b"goodbye"
    assert orjson.loads(goodbye[b"data"])["code"] == "draining"


async def test_lines_of_json_are_a_line_each(office: Office) -> None:
    chunks, _ = await written(office, as_lines)
    assert chunks[0] == b"\n"
    assert [orjson.loads(each)["text"] for each in chunks[1].splitlines()] == ["one", "two"]
    assert orjson.loads(chunks[2])["kind"] == "goodbye"


async def test_it_is_followed_over_http(office: Office) -> None:
    office.desk.is_draining = True
    for accept, media_type in (("text/event-stream", "text/event-stream; charset=utf-8"), ("*/*", "application/x-ndjson")):
        answer = await office.ask("GET", "/logs?follow=true", headers={"Accept": accept})
        assert answer.headers["content-type"] == media_type
        assert b"goodbye" in answer.content
