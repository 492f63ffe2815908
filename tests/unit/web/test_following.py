"""The log as a stream. Driven at the generator: what curl sees is these bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from headway.access.principal import SYSTEM, Principal
from headway.acts.edit import delete
from headway.model.errors import RunNotFound, Unavailable
from headway.model.permissions import Permission
from headway.web.desk import Call
from headway.web.following import FOLLOWERS_LIMIT, Wakes, as_text, follow
from tests.unit.web.office import Office, line
from tests.waiting import eventually_async


def call(office: Office, principal: Principal = SYSTEM) -> Call:
    return Call(desk=office.desk, principal=principal, permission=Permission.RUN_READ)


def texts(batches: Sequence[Sequence[bytes]]) -> list[str]:
    return [entry["text"] for batch in batches for raw in batch if "text" in (entry := orjson.loads(raw))]


async def test_a_follower_hears_every_line_and_the_end(office: Office) -> None:
    opened = await office.open()
    heard: list[Sequence[bytes]] = []

    async def listen() -> None:
        heard.extend([batch async for batch in follow(call(office), opened["run"]["id"], 1, is_following=True)])

    await office.report(opened, 1, line("before"))
    listener = asyncio.create_task(listen())
    for number in range(2, 30):
        await office.report(opened, number, line(str(number)))
    await office.end(opened, batch_no=30, events=[line("last")])
    await asyncio.wait_for(listener, 5)
    assert texts(heard) == ["before", *map(str, range(2, 30)), "last"]
    assert orjson.loads(heard[-1][-1])["kind"] == "attempt.ended"


async def test_a_lost_wake_costs_a_moment_and_no_line(office: Office) -> None:
    office.store.set_announce(lambda news: None)
    opened = await office.open()
    task = asyncio.create_task(_collect(office, opened["run"]["id"]))
    await office.report(opened, 1, line("unheard of"))
    await office.end(opened)
    assert texts(await asyncio.wait_for(task, 5)) == ["unheard of"]


async def _collect(office: Office, run: str) -> list[Sequence[bytes]]:
    return [batch async for batch in follow(call(office), run, 1, is_following=True, look_seconds=0.05)]


async def test_without_following_it_ends_with_what_is_stored(office: Office) -> None:
    opened = await office.open()
    await office.report(opened, 1, *[line(str(number)) for number in range(1_200)])
    answer = await office.ask("GET", f"/runs/{opened['run']['id']}/log?format=ndjson&from=2")
    assert answer.headers["content-type"] == "application/x-ndjson"
    entries = [orjson.loads(each) for each in answer.text.splitlines()]
    assert [entry["line"] for entry in entries] == list(range(2, 1_202))
    plain = await office.ask("GET", f"/runs/{opened['run']['id']}/log?from=1202")
    assert plain.text == ""


async def test_a_deleted_run_ends_the_stream(office: Office) -> None:
    opened = await office.open()
    await office.end(opened)
    await office.store.write(lambda tx: delete(tx, opened["run"]["id"], SYSTEM))
    with pytest.raises(RunNotFound):
        await _collect(office, opened["run"]["id"])


async def test_a_stream_ends_with_the_token(office: Office) -> None:
    opened = await office.open()
    short = replace(SYSTEM, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert [batch async for batch in follow(call(office, short), opened["run"]["id"], 1, is_following=True)] == []


async def test_a_server_that_ends_lets_its_followers_go(office: Office) -> None:
    opened = await office.open()
    heard: list[Sequence[bytes]] = []

    async def listen() -> None:
        async for batch in follow(call(office), opened["run"]["id"], 1, is_following=True):
            heard.append(batch)

    task = asyncio.create_task(listen())
    await eventually_async(lambda: heard)
    office.desk.is_draining = True
    office.wakes.wake_all()
    await asyncio.wait_for(task, 5)


def test_followers_are_counted() -> None:
    wakes = Wakes()
    watching = [wakes.watch("r") for _ in range(FOLLOWERS_LIMIT)]
    for each in watching:
        each.__enter__()
    with pytest.raises(Unavailable), wakes.watch("r"):
        pass
    for each in watching:
        each.__exit__(None, None, None)
    with wakes.watch("r"):
        pass


def test_text_cannot_steer_a_terminal() -> None:
    nasty = line("a\r\nb\x1b]52;c;x\x07\x1b[2J\u202e\0\ndata: x\tend")
    shown = as_text([orjson.dumps(nasty)]).decode()
    assert shown.count("\n") == 1
    assert shown.endswith("\n")
    assert not any(letter < " " and letter not in "\n\t" for letter in shown)
    assert "\u202e" not in shown
    assert "\\x1b" in shown
