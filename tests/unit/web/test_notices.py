"""Notices by REST, and how they reach those who look on, over each transport."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.protocol.http_viewers import HttpViewer, PollViewer, StreamViewer
from tests.protocol.stage import SocketViewer
from tests.unit.web.house import House, open_house
from tests.unit.web.office import Office, problem
from tests.waiting import eventually_async

Json = dict[str, Any]
AnyViewer = SocketViewer | HttpViewer


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def listening(house: House, transport: str, who: str) -> AnyViewer:
    channel = f"user:{who}"
    viewer: AnyViewer
    if transport == "websocket":
        viewer = await SocketViewer(house.address).open()
        await viewer.say({"type": "hello", "version": 1, "token": who}, {"type": "subscribe", "id": 1, "channel": channel})
    elif transport == "sse":
        viewer = StreamViewer(house.address, house.token(who, role="admin")).open({"channel": channel})
    else:
        viewer = PollViewer(house.address, house.token(who, role="admin")).open([{"channel": channel}], None)
    house.viewers.append(viewer)  # type: ignore[arg-type]
    await eventually_async(lambda: "subscribed" in [each["type"] for each in viewer.heard], what=f"{who} by {transport}")
    return viewer


def told(viewer: AnyViewer) -> list[str]:
    return [each["title"] for each in viewer.heard if each["type"] == "notice"]


async def give(house: House, title: str, **more: Any) -> Json:
    answer = await house.ask("POST", "/notices", json={"title": title, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.parametrize("transport", ["websocket", "sse", "poll"])
async def test_it_reaches_everybody_or_one_at_once_and_later(house: House, transport: str) -> None:
    await give(house, "before")
    ada, bob = await listening(house, transport, "ada"), await listening(house, transport, "bob")
    await give(house, "now", level="error")
    given = await give(house, "for bob", user="bob", expires_in=60)
    await eventually_async(lambda: told(bob) == ["before", "now", "for bob"])
    assert (await house.ask("DELETE", f"/notices/{given['id']}")).status_code == 204
    await give(house, "last")
    await eventually_async(lambda: told(ada) == ["before", "now", "last"])
    await eventually_async(lambda: told(bob) == ["before", "now", "for bob", "for bob", "last"])
    kinds = [each["kind"] for each in bob.heard if each["type"] == "notice"]
    assert kinds == ["message", "message", "message", "withdrawn", "message"]
    if isinstance(ada, PollViewer):
        assert [each["type"] for each in ada.heard].count("subscribed") == 1, "a poll that goes on waits, and is not told the same again"
    late = await listening(house, transport, "bob")
    await eventually_async(lambda: told(late) == ["before", "now", "last"])
    await house.leave()


@pytest.mark.parametrize("transport", ["sse", "poll"])
async def test_what_is_told_to_others_is_refused(house: House, transport: str) -> None:
    token = house.token("ada", role="admin")
    if transport == "sse":
        answer = await house.ask("GET", "/live/sse", token=token, params={"channel": "user:bob"})
    else:
        answer = await house.ask("POST", "/live/poll", token=token, json={"subscribe": [{"channel": "user:bob"}]})
    problem(answer, 403, "forbidden")


async def test_the_list_is_what_is_valid(office: Office) -> None:
    one = (await office.ask("POST", "/notices", json={"title": "one"})).json()
    two = (await office.ask("POST", "/notices", json={"title": "two", "level": "warning", "user": "li", "expires_in": 10})).json()
    assert (one["level"], one["user"], one["created_by"]) == ("info", None, "somebody")
    assert (await office.ask("GET", "/notices")).json()["items"] == [two, one]
    assert (await office.ask("DELETE", f"/notices/{one['id']}")).status_code == 204
    assert (await office.ask("GET", "/notices")).json()["items"] == [two]
    problem(await office.ask("DELETE", f"/notices/{one['id']}"), 404, "notice_not_found")
    problem(await office.ask("DELETE", f"/notices/{'x' * 41}"), 422, "invalid")


@pytest.mark.parametrize(
    "wish",
    [
        {}, {"title": ""}, {"title": "  "}, {"title": "x" * 501}, {"title": "two\nlines"}, {"title": "\x1b[31mred"}, {"title": 7},
        {"title": "x", "level": "grave"}, {"title": "x", "user": ""}, {"title": "x", "user": "a\tb"}, {"title": "x", "expires_in": 9},
        {"title": "x", "expires_in": 2_592_001}, {"title": "x", "expires_in": "60"}, {"title": "x", "by": "somebody else"},
    ],
)  # fmt: skip
async def test_what_is_no_notice_is_refused(office: Office, wish: Json) -> None:
    problem(await office.ask("POST", "/notices", json=wish), 422, "invalid")
    assert (await office.ask("GET", "/notices")).json()["items"] == []


async def test_it_takes_a_permission_of_its_own(office: Office) -> None:
    given = (await office.ask("POST", "/notices", json={"title": "hello"})).json()
    for scopes in ((), ("project:default:run:*",), ("project:default:system:read", "project:default:connection:manage")):
        await _refused(office, office.token(*scopes), given["id"])
    token = office.token("project:default:notice:send")
    await _refused(office, token, given["id"])


async def _refused(office: Office, token: str, notice: str) -> None:
    answers: list[httpx2.Response] = [
        await office.ask("GET", "/notices", token=token),
        await office.ask("POST", "/notices", token=token, json={"title": "hello"}),
        await office.ask("DELETE", f"/notices/{notice}", token=token),
    ]
    for answer in answers:
        assert problem(answer, 403, "forbidden")["permission"] == "notice:send"
