"""A right that is taken away closes, within 5 s, all that it had opened: whatever it was, over each transport, on every node.

Each case names what somebody comes with, how it is taken away, and how their connections end. Who watches beside them goes on watching.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cluster.servers import Valkey
from headway.live.desk import Code
from tests.acceptance.installation import Installation
from tests.acceptance.test_cluster import nodes
from tests.acceptance.web.test_sign_in import ask
from tests.acceptance.web.watchers import PASSWORD, PROMISED_SECONDS, Office
from tests.waiting import eventually_async

__all__ = ["nodes"]

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]

Act = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What will be good no more."""

    token: str
    away: Act
    code: int
    """With which what it opened is closed."""
    status: int = 401
    """Of whoever comes with it again."""
    kept: str | None = None
    """A token of the same account that stays good."""
    run: str | None = None
    """The one run that a guest may see."""


async def password_changed(office: Office) -> Taken:
    name = await office.account()
    lost, mine = await office.sign_in(name), await office.sign_in(name)
    change = {"old": PASSWORD, "new": "nine herons on one leg"}
    return Taken(
        token=lost.token, kept=mine.token, code=Code.SIGNED_OUT,
        away=lambda: office.ask("POST", "/account/password", change, token=mine.token),
    )  # fmt: skip


async def sign_in_ended(office: Office) -> Taken:
    """By its owner, from the list of sign-ins, as one does who has left a browser open somewhere."""
    name = await office.account()
    lost = await office.sign_in(name)
    (session,) = (await office.ask("GET", "/account/sign-ins", token=lost.token)).json["items"]
    mine = await office.sign_in(name)
    return Taken(
        token=lost.token, kept=mine.token, code=Code.SIGNED_OUT,
        away=lambda: office.ask("DELETE", f"/account/sign-ins/{session['id']}", token=mine.token),
    )  # fmt: skip


async def signed_out(office: Office) -> Taken:
    name = await office.account()
    lost, mine = await office.sign_in(name), await office.sign_in(name)
    cookie = {**lost.cookie, "Origin": office.desk_url}
    return Taken(
        token=lost.token, kept=mine.token, code=Code.SIGNED_OUT,
        away=lambda: asyncio.to_thread(ask, office.desk_url, "DELETE", "/api/v1/session", **cookie),
    )  # fmt: skip


async def device_ended(office: Office) -> Taken:
    """The machine on which a program of somebody is signed in."""
    mine = await office.sign_in(await office.account())
    link = (await office.ask("POST", "/sign-in-links", token=mine.token)).json
    given = (await office.ask("POST", "/tokens", {"code": link["code"], "name": "laptop"})).json
    (device,) = (await office.ask("GET", "/account/devices", token=mine.token)).json["items"]
    return Taken(
        token=given["token"], kept=mine.token, code=Code.SIGNED_OUT,
        away=lambda: office.ask("DELETE", f"/account/devices/{device['id']}", token=mine.token),
    )  # fmt: skip


async def account_disabled(office: Office) -> Taken:
    name = await office.account()
    lost = await office.sign_in(name)
    return Taken(
        token=lost.token, code=Code.SIGNED_OUT, away=lambda: office.ask("PATCH", f"/accounts/{name}", {"is_active": False}),
    )  # fmt: skip


async def grant_taken_away(office: Office) -> Taken:
    name = await office.account()
    lost = await office.sign_in(name)
    (grant,) = (await office.ask("GET", f"/grants?account={name}")).json["items"]
    return Taken(
        token=lost.token, code=Code.OTHER_RIGHTS, status=403, away=lambda: office.ask("DELETE", f"/grants/{grant['id']}"),
    )  # fmt: skip


async def group_left(office: Office) -> Taken:
    name = await office.account(role=None)
    group = f"watchers-of-{name}"
    await office.ask("POST", "/groups", {"name": group, "members": [name]})
    await office.ask("POST", "/grants", {"role": "viewer", "group": group})
    lost = await office.sign_in(name)
    return Taken(
        token=lost.token, code=Code.OTHER_RIGHTS, status=403, away=lambda: office.ask("PATCH", f"/groups/{group}", {"remove": [name]}),
    )  # fmt: skip


async def key_revoked(office: Office) -> Taken:
    mine = await office.sign_in(await office.account(role="admin"))
    made = (await office.ask("POST", "/keys", {"name": "wall display", "scopes": ["run:read"]}, token=mine.token)).json
    return Taken(
        token=made["key"], kept=mine.token, code=Code.UNAUTHORISED,
        away=lambda: office.ask("DELETE", f"/keys/{made['id']}", token=mine.token),
    )  # fmt: skip


async def share_link_revoked(office: Office) -> Taken:
    run = await office.run()
    link = (await office.ask("POST", f"/runs/{run}/share-links", {"label": "parents of 7b"})).json
    visit = (await office.ask("POST", "/share-tokens", {"code": link["url"].partition("#code=")[2]})).json
    return Taken(
        token=visit["token"], run=run, code=Code.SIGNED_OUT,
        away=lambda: office.ask("DELETE", f"/runs/{run}/share-links/{link['id']}"),
    )  # fmt: skip


CASES = [
    password_changed, sign_in_ended, signed_out, device_ended, account_disabled, grant_taken_away, group_left, key_revoked,
    share_link_revoked,
]  # fmt: skip


async def take_away(office: Office, taken: Taken, run: str) -> float:
    """The whole of a case, to the refusal of calls; seconds from the wish until the last connection had ended."""
    is_guest = taken.run is not None
    path = f"/api/v1/runs/{taken.run}" if is_guest else "/api/v1/runs"

    async def is_refused() -> bool:
        answer = await asyncio.to_thread(ask, office.url, "GET", path, Authorization=f"Bearer {taken.token}")
        return answer.status == taken.status

    async with office.watched(taken.token, taken.run or run, has_list=not is_guest) as gone:
        began = time.monotonic()
        await taken.away()
        calls = asyncio.create_task(eventually_async(is_refused, PROMISED_SECONDS, "calls are refused too"))
        await gone.closed(taken.code)
        took = time.monotonic() - began
        await calls
    return took


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, shared_database: dict[str, str]) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("office")
    home.chmod(0o700)
    with Installation(home, environment=shared_database) as running:
        url = running.connection["url"]
        yield Office(url=url, desk_url=url, token=running.connection["token"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
async def test_what_was_opened_with_it_is_closed_and_nothing_else(
    office: Office, case: Callable[[Office], Awaitable[Taken]], record_property: Callable[[str, object], None]
) -> None:
    run, taken = await office.run(), await case(office)
    async with office.watched(taken.kept or office.token, run) as there:
        record_property(case.__name__, await take_away(office, taken, run))
        await there.hears_of(await office.run())


@pytest.mark.one_database("a cluster stands on PostgreSQL")
async def test_so_it_is_where_another_node_takes_it_away_also_while_no_news_come_through(
    nodes: list[Installation], valkey: Valkey, record_property: Callable[[str, object], None]
) -> None:
    one, two = (node.connection for node in nodes)
    office = Office(url=one["url"], desk_url=two["url"], token=two["token"])
    run = await office.run()
    async with office.watched(office.token, run) as there:
        for case in CASES:
            record_property(case.__name__, await take_away(office, await case(office), run))
        await there.hears_of(await office.run())
        taken = [await case(office) for case in CASES]
        valkey.kill()
        took = await asyncio.gather(*(take_away(office, each, run) for each in taken))
        for case, seconds in zip(CASES, took, strict=True):
            record_property(f"{case.__name__} without news", seconds)
        await there.hears_of(await office.run())
