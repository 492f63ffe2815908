"""The local bus: news cross whole and in order; either side may die; a peer that does not read costs bounded memory."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from headway.live.bus.contract import BusNews, ConnectionWished, SweepWished, Watched
from headway.live.bus.local import LocalBusClient, LocalBusServer
from headway.live.bus.outbox import OUTBOX_LIMIT
from headway.live.bus.wire import Decoder, Garbled, encode
from headway.store.contract import Appended, Deleted, Queued, Wished
from headway.store.news import AccessChanged, Changed
from tests.waiting import eventually_async

APPENDED = Appended(
    run="r", project="p", first_seq=4, last_seq=6, first_line=2, last_line=3, entries=[b'{"seq":4,"line":2}', b'{"seq":6,"line":3,"text":"\xc3\xa9"}'],
    points=[b'{"seq":5}'], patch={"counters": {"lines": 3}, "stage": None}, event_count=3, log_hash=4_294_967_295, final_state="failed",
)  # fmt: skip
ALL: list[BusNews] = [
    APPENDED,
    Queued(queue="default"),
    Wished(run="r", worker="w", wish="cancel"),
    Deleted(run="r", project="p"),
    Watched(run="r", count=2),
    ConnectionWished(connection="5f0c2a91-17", by="root", is_final=None),
    SweepWished(by="root", unread_seconds=10.0),
    Changed(what="tasks"),
    AccessChanged(accounts=frozenset({"anna", "李"}), number=7),
    AccessChanged(),
]


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_news_are_the_same_on_the_other_side_in_whatever_pieces(size: int) -> None:
    data = b"".join(map(encode, ALL))
    decoder = Decoder()
    heard = [news for at in range(0, len(data), size) for news in decoder.feed(data[at : at + size])]
    assert heard == ALL


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\x08\0\0\0\x04nope",
        b"\0\0\0\x06\0\0\0\x02{}",
        b"\0\0\0\x05\0\0\0\xff{",
        b'\0\0\0\x1b\0\0\0\x17{"is":"access_changed"}',
    ],
)
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(Garbled):
        list(Decoder().feed(data))


async def test_worker_and_server_hear_each_other_and_workers_hear_of_queues(tmp_path: Path) -> None:
    path = tmp_path / "bus.sock"
    heard: dict[str, list[BusNews]] = {"server": [], "one": [], "two": []}
    server = LocalBusServer(path, greet=lambda: [Watched(run="r", count=5)])
    one, two = LocalBusClient(path), LocalBusClient(path)
    await server.open(heard["server"].extend)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await one.open(heard["one"].extend)
    await two.open(heard["two"].extend)
    await eventually_async(lambda: heard["one"] == heard["two"] == [Watched(run="r", count=5)])
    one.publish(ALL)
    await eventually_async(lambda: heard["server"] == ALL)
    await eventually_async(lambda: heard["two"][1:] == ALL[1:3])
    assert len(heard["one"]) == 1
    server.publish([Watched(run="r", count=0)])
    await eventually_async(lambda: heard["one"][-1] == heard["two"][-1] == Watched(run="r", count=0))
    for end in (one, two, server):
        await end.close()
    assert not path.exists()


async def test_a_worker_finds_the_next_server(tmp_path: Path) -> None:
    path = tmp_path / "bus.sock"
    worker = LocalBusClient(path)
    await worker.open(lambda news: None)
    worker.publish([Queued(queue="too early, and nobody is there")])
    for name in ("first", "second"):
        heard: list[BusNews] = []
        server = LocalBusServer(path)
        await server.open(heard.extend)
        await eventually_async(lambda: worker.is_connected)
        worker.publish([Queued(queue=name)])
        await eventually_async(lambda heard=heard, name=name: heard[-1:] == [Queued(queue=name)])
        await server.close()
        await eventually_async(lambda: not worker.is_connected)
    await worker.close()


async def test_a_peer_that_does_not_read_costs_bounded_memory_and_the_oldest_go(tmp_path: Path) -> None:
    path = tmp_path / "bus.sock"
    held = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    silent = await asyncio.start_unix_server(hold, path=str(path), limit=1024)
    worker = LocalBusClient(path)
    await worker.open(lambda news: None)
    await eventually_async(lambda: worker.is_connected)
    large = Appended(
        run="r", project="p", first_seq=1, last_seq=1, first_line=1, last_line=1, entries=[b"x" * 100_000], points=(), patch={},
        event_count=1, log_hash=0,
    )  # fmt: skip
    count = 3 * OUTBOX_LIMIT // 100_000
    for _ in range(count):
        worker.publish([large])
        await asyncio.sleep(0)
    assert 0 < worker.dropped_count < count
    held.set()
    silent.close()
    await worker.close()


async def test_a_peer_that_speaks_nonsense_is_shown_out(tmp_path: Path) -> None:
    path = tmp_path / "bus.sock"
    server = LocalBusServer(path)
    await server.open(lambda news: None)
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"\xff" * 64)
    assert await reader.read() == b""
    writer.close()
    await server.close()
