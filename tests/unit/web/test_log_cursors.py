"""Cursors of logs of very many runs: short enough for an address, and understood by a server that has a limit for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import uvicorn

from headway.model.clock import parse_iso
from headway.model.errors import InvalidCursor
from headway.model.ids import new_id
from headway.store.contract import RunSort
from headway.web.cursors import CURSOR_LIMIT, pack, unpack, unpack_numbers, unpack_with_data
from headway.web.envelope import Envelope
from headway.web.guard import GuardLimits, guarded
from headway.web.log_frontier import Frontier
from headway.web.log_position import LATEST, OPEN_RUNS, Position, read_position, write_position
from headway.web.log_query import Order
from tests.unit.web.office import Office, line
from tests.waiting import eventually_async

PROXY_BYTES = 8_192
"""What the usual proxies take as a request line (nginx: `large_client_header_buffers` of 8k)."""


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Signals are pytest's."""


@asynccontextmanager
async def served(office: Office) -> AsyncGenerator[httpx2.AsyncClient]:
    limits = GuardLimits(hosts=frozenset({"127.0.0.1"}), body_bytes=1_000_000)
    app: Any = Envelope(office.rest, office.desk.times)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, http=guarded(limits), ws="none", lifespan="off", log_config=None, access_log=False
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    await eventually_async(lambda: server.started)
    try:
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/api/v1"
        async with httpx2.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {office.admin}"}) as client:
            yield client
    finally:
        server.should_exit = True
        await task


def the_longest() -> Position:
    frontier = Frontier(sort=RunSort.FINISHED, at=parse_iso("2026-11-22T09:30:00.123456Z"), run=new_id(), is_reached=False)
    return Position(at=LATEST, run=new_id(), line=2**53 - 1, frontier=frontier, open={new_id(): LATEST - n for n in range(OPEN_RUNS)})


async def test_more_runs_at_once_than_are_merged_are_read_page_by_page_through_a_server(office: Office) -> None:
    """All go on, so that those beyond the first 200 come late, and at the end the late ones are all that is open."""
    count = 2 * OPEN_RUNS + 20
    for number in range(count):
        opened = await office.open(name=f"run {number}")
        await office.report(opened, 1, *(line(f"{number} says {said}") for said in range(2)))
    found: list[str] = []
    longest = 0
    async with served(office) as client:
        cursor: str | None = None
        while True:
            answer = await client.get("/logs", params={"limit": 100, "q": "says", **({"cursor": cursor} if cursor else {})})
            assert answer.status_code == 200, answer.text
            found += [item["text"] for item in answer.json()["items"]]
            cursor = answer.json()["next_cursor"]
            if cursor is None:
                break
            longest = max(longest, len(cursor))
    assert sorted(found) == sorted(f"{number} says {said}" for number in range(count) for said in range(2))
    assert OPEN_RUNS * 16 < longest <= CURSOR_LIMIT


async def test_the_longest_cursor_fits_through_a_proxy_and_is_understood(office: Office) -> None:
    position = the_longest()
    cursor = write_position(position, Order.NEWEST)
    assert len(cursor) <= CURSOR_LIMIT
    assert read_position(cursor, Order.NEWEST) == position
    async with served(office) as client:
        query = {"q": "sheet", "levels": "error", "task": "grading:grade", "from": "2026-11-22T09:30:00Z", "cursor": cursor}
        answer = await client.get("/logs", params=query)
        assert answer.status_code == 200, answer.text
        assert len(f"GET {answer.request.url.raw_path.decode()} HTTP/1.1\r\n") < PROXY_BYTES


@pytest.mark.parametrize("order", list(Order))
def test_what_was_changed_on_the_way_is_refused(order: Order) -> None:
    plain, data = unpack_with_data(write_position(the_longest(), order))
    for parts, rest in (
        (plain, data[:-1]),
        (plain, data + bytes(24)),
        ([*plain[:-1], OPEN_RUNS + 1], data),
        ([*plain[:-1], -1], data),
        (plain[:-1], data),
        (plain, b"\x7f" * len(data)),
        ([*plain[:-1], 0], b"x" * (OPEN_RUNS + 1) * 16),
    ):
        with pytest.raises(InvalidCursor):
            read_position(pack(parts, rest), order)


def test_numbers_and_data_that_are_none() -> None:
    with pytest.raises(ValueError, match="24"):
        unpack_numbers(b"x" * 25)
    assert unpack_with_data(pack([1])) == ([1], b"")
    for bad in (pack([1], b"x"), "W10.W10"):
        with pytest.raises(ValueError, match=r".+"):
            unpack(bad)
