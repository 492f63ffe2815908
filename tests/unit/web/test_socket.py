"""What only a real socket shows: handshake, floods, a reader that stalls, a drain, ten lines of a plain page."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode

from headway.live.settings import SUBPROTOCOL
from headway.web import socket as live_socket
from headway.web.rejections import Rejections
from tests.protocol.stage import SocketViewer, served
from tests.unit.live.theatre import Theatre, open_theatre
from tests.waiting import eventually_async

PROTOCOLS: Any = [SUBPROTOCOL]


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[tuple[Theatre, str]]:
    async with open_theatre(hosts=frozenset({"127.0.0.1"})) as theatre, served(theatre.gateway) as address:
        yield theatre, address


async def _status(address: str, path: str = "/api/v1/live", **more: Any) -> int:
    try:
        async with connect(f"ws://{address}{path}", **{"subprotocols": PROTOCOLS, **more}):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


async def test_ten_lines_of_a_plain_page_are_enough(stage: tuple[Theatre, str]) -> None:
    theatre, address = stage
    run = await theatre.run()
    await run.log("hello")
    texts: list[str] = []
    page: Any = [SUBPROTOCOL, "ada"]
    async with connect(f"ws://{address}/api/v1/live?run_id={run.id}", subprotocols=page) as live:
        assert live.subprotocol == SUBPROTOCOL
        await run.finish()
        while "the end" not in texts:
            for message in json.loads(await live.recv()):
                if message["type"] == "entries":
                    texts += [entry.get("text", entry["kind"]) for entry in message["entries"]]
                if message["type"] == "finished":
                    texts.append("the end")
    assert texts[1] == "hello"
    assert texts[-1] == "the end"


async def test_other_paths_hosts_and_origins_are_refused(stage: tuple[Theatre, str]) -> None:
    _, address = stage
    assert await _status(address) == 101
    assert await _status(address, "/api/v1/elsewhere") == 404
    assert await _status(address, origin="https://evil.example") == 403
    assert await _status(address, origin="null") == 403
    assert await _status(address, origin=f"http://{address}") == 101
    assert await _status(address, additional_headers={"Host": "evil.example"}) in {400, 421}
    assert await _status(address, subprotocols=["soap"]) == 400
    assert await _status(address, "/api/v1/live?token=ada") == 400
    assert await _status(address, "/api/v1/live?run_id=1") == 400


async def test_who_is_turned_away_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    rejections = Rejections()
    async with (
        open_theatre(hosts=frozenset({"127.0.0.1"})) as theatre,
        served(theatre.gateway, ws=live_socket.socket_class(theatre.gateway, rejections)) as address,
    ):
        assert await _status(address, origin="https://xyzzy.example") == 403
        assert await _status(address, "/api/v1/live?token=xyzzy") == 400
        with contextlib.suppress(ConnectionClosed):
            async with connect(f"ws://{address}/api/v1/live", subprotocols=PROTOCOLS) as live:
                await live.send('{"type":"xyzzy"}')
                await live.recv()
    told = [record.getMessage() for record in caplog.records if record.name == "headway.web"]
    assert [line.partition(", by")[0] for line in told] == [
        "refused: origin_refused (403) at live, from 127.0.0.1",
        "refused: malformed_request (400) at live, from 127.0.0.1",
        "refused: live_message_malformed (4500) at live, from 127.0.0.1",
    ]
    assert "xyzzy" not in caplog.text
    assert rejections.counts == {"origin_refused": 1, "malformed_request": 1, "live_message_malformed": 1}


async def test_a_full_server_says_when_to_come_back() -> None:
    async with open_theatre(connection_count=1) as theatre, served(theatre.gateway) as address:
        first = await SocketViewer(address).open()
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{address}/api/v1/live", subprotocols=PROTOCOLS)
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["Retry-After"] == "2"
        await first.leave()


async def test_one_person_has_a_limit_of_connections() -> None:
    async with open_theatre(connections_per_person=1) as theatre, served(theatre.gateway) as address:
        first, second = await SocketViewer(address).open(), await SocketViewer(address).open()
        hello = {"type": "hello", "version": 1, "token": "ada"}
        await first.say(hello)
        await eventually_async(lambda: first.heard)
        await second.say(hello)
        await eventually_async(lambda: second.close_code == 4505)
        await first.leave()
        await second.leave()
        third = await SocketViewer(address).open()
        await third.say(hello)
        await eventually_async(lambda: third.heard and third.heard[0]["type"] == "welcome")
        await third.leave()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 on this machine")
async def test_one_address_has_a_limit_of_connections() -> None:
    async with open_theatre(connections_per_address=2, exempts_this_machine=False) as theatre, served(theatre.gateway) as address:
        hello = {"type": "hello", "version": 1, "token": "ada"}
        viewers = [await SocketViewer(address).open() for _ in range(3)]
        await eventually_async(lambda: viewers[2].close_code == 4505)
        assert [(m["type"], m["code"], m["why"]) for m in viewers[2].heard] == [
            ("goodbye", 4505, "At most 2 live connections of one address.")
        ]
        assert theatre.gateway.tally.refused == 1
        for viewer in viewers[:2]:
            await viewer.say(hello)
        await eventually_async(lambda: all(v.heard and v.heard[0]["type"] == "welcome" for v in viewers[:2]))
        # Of another address there is none yet.
        async with connect(f"ws://{address}/api/v1/live", subprotocols=PROTOCOLS, local_addr=("127.0.0.2", 0)) as other:
            await other.send(json.dumps(hello))
            assert json.loads(await other.recv())[0]["type"] == "welcome"
        # Whoever leaves makes room; whoever was turned away has taken none.
        await viewers[0].leave()
        await eventually_async(lambda: theatre.gateway.connection_count == 1)
        fourth = await SocketViewer(address).open()
        await fourth.say(hello)
        await eventually_async(lambda: fourth.heard and fourth.heard[0]["type"] == "welcome")
        for viewer in (viewers[1], viewers[2], fourth):
            await viewer.leave()
        await eventually_async(lambda: theatre.gateway.connection_count == 0)
        assert not theatre.gateway._addresses
        assert not theatre.gateway._turned_away


async def test_this_machine_may_open_as_many_as_there_are() -> None:
    """A proxy here speaks for everybody."""
    async with open_theatre(connections_per_address=1) as theatre, served(theatre.gateway) as address:
        viewers = [await SocketViewer(address).open() for _ in range(3)]
        for viewer in viewers:
            await viewer.say({"type": "hello", "version": 1, "token": "ada"})
        await eventually_async(lambda: all(v.heard and v.heard[0]["type"] == "welcome" for v in viewers))
        for viewer in viewers:
            await viewer.leave()


async def test_a_frame_that_is_too_large_closes_1009(stage: tuple[Theatre, str]) -> None:
    _, address = stage
    async with connect(f"ws://{address}/api/v1/live", subprotocols=PROTOCOLS, compression=None) as live:
        await live.send("x" * 70_000)
        with pytest.raises(ConnectionClosed):
            await live.recv()
        assert live.close_code == 1009


async def test_binary_messages_fragments_and_pings_without_end_are_shown_out(stage: tuple[Theatre, str]) -> None:
    _, address = stage
    binary = await SocketViewer(address).open()
    await binary.say(b"\x00")
    await eventually_async(lambda: binary.close_code == 4500)
    fragments = await SocketViewer(address).open()
    assert fragments._socket is not None
    with contextlib.suppress(ConnectionClosed):
        await fragments._socket.send(["x"] * 10_000)
    await eventually_async(lambda: fragments.close_code == 4500)
    pings = await SocketViewer(address).open()
    assert pings._socket is not None
    with contextlib.suppress(ConnectionClosed):
        for _ in range(10_000):
            await pings._socket.ping()
    await eventually_async(lambda: pings.close_code == 4003)
    for viewer in (binary, fragments, pings):
        await viewer.leave()


async def test_garbage_instead_of_frames_ends_the_connection(stage: tuple[Theatre, str]) -> None:
    theatre, address = stage
    reader, writer = await _raw(address)
    writer.write(os.urandom(4_096))
    async with asyncio.timeout(10):
        while await reader.read(65_536):
            pass
    writer.close()
    await eventually_async(lambda: theatre.gateway.connection_count == 0)


async def test_a_reader_that_stalls_costs_a_bounded_buffer_and_catches_up(stage: tuple[Theatre, str]) -> None:
    theatre, address = stage
    run = await theatre.run()
    reader, writer = await _raw(address, f"?run_id={run.id}", receive_buffer=4_096)
    transport: Any = writer.transport
    await eventually_async(lambda: theatre.hub.watched_count and theatre.told)
    transport.pause_reading()
    for _ in range(40):
        await run.log(*("x" * 1_000 for _ in range(100)))
    (session,) = theatre.gateway.sessions()
    await eventually_async(lambda: session._paused_at is not None)
    ours: Any = session.wake
    assert ours.__self__._transport.get_write_buffer_size() < 140_000
    transport.resume_reading()
    await run.finish()
    heard = b""
    async with asyncio.timeout(20):
        while b'"type":"finished"' not in heard:
            heard = heard[-100:] + await reader.read(1_048_576)
    writer.close()


async def test_a_drain_says_so_and_gives_each_viewer_its_own_time_to_return(stage: tuple[Theatre, str]) -> None:
    theatre, address = stage
    viewers = [await SocketViewer(address).open() for _ in range(5)]
    for viewer in viewers:
        await viewer.say({"type": "hello", "version": 1, "token": "ada"})
    await eventually_async(lambda: all(viewer.heard for viewer in viewers))
    await theatre.gateway.drain(0.1)
    await eventually_async(lambda: all(viewer.close_code == 4101 for viewer in viewers))
    assert all([message["type"] for message in viewer.heard] == ["welcome", "notice", "goodbye"] for viewer in viewers)
    assert len({viewer.heard[-1]["retry_in"] for viewer in viewers}) > 1
    assert await _status(address) == 503
    for viewer in viewers:
        await viewer.leave()


async def test_the_end_of_uvicorn_is_a_goodbye_too() -> None:
    async with open_theatre() as theatre:
        async with served(theatre.gateway) as address:
            viewer = await SocketViewer(address).open()
            await viewer.say({"type": "hello", "version": 1, "token": "ada"})
            await eventually_async(lambda: viewer.heard)
        await eventually_async(lambda: viewer.close_code == 4101)
        await viewer.leave()


async def test_the_other_end_that_says_nothing_any_more_is_pinged_then_given_up(
    stage: tuple[Theatre, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    theatre, address = stage
    monkeypatch.setattr(live_socket, "PING_SECONDS", 0.1)
    monkeypatch.setattr(live_socket, "SILENT_SECONDS", 0.3)
    alive = await SocketViewer(address).open()
    await alive.say({"type": "hello", "version": 1, "token": "ada"})
    _, writer = await _raw(address)
    writer.write(_frame(b'{"type":"hello","version":1,"token":"ada"}'))
    await eventually_async(lambda: len(theatre.gateway.sessions()) == 2)
    monkeypatch.setattr(live_socket, "SILENT_SECONDS", 2.5)
    await eventually_async(lambda: len(theatre.gateway.sessions()) == 1)
    assert alive.close_code is None
    writer.close()
    await alive.leave()


def _frame(text: bytes) -> bytes:
    """A masked text frame."""
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text


async def _raw(address: str, query: str = "", receive_buffer: int = 0) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection after its handshake that answers nothing by itself."""
    host, _, port = address.partition(":")
    plain = socket.socket()
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=plain, limit=4_096)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /api/v1/live{query} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}, ada\r\n\r\n".encode()
    )
    assert b"101" in await reader.readline()
    while await reader.readline() != b"\r\n":
        pass
    return reader, writer


async def test_text_that_is_not_utf_8_fails_the_connection(stage: tuple[Theatre, str]) -> None:
    _, address = stage
    async with connect(f"ws://{address}/api/v1/live", subprotocols=PROTOCOLS) as live:
        live.protocol.send_text(b'{"type":"hello","version":1,"token":"ada\xff"}')
        live.transport.write(b"".join(live.protocol.data_to_send()))
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(live.recv(), 10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1007


async def test_a_viewer_may_leave_in_the_middle_of_a_message(stage: tuple[Theatre, str]) -> None:
    _, address = stage
    async with connect(f"ws://{address}/api/v1/live", subprotocols=PROTOCOLS) as live:
        live.protocol.send_text(b'[{"type":', fin=False)
        live.protocol.send_frame(WireFrame(Opcode.CLOSE, b"\x03\xe8"))
        live.transport.write(b"".join(live.protocol.data_to_send()))
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(live.recv(), 10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1000
