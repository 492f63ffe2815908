"""What is thrown at a real `headway serve`: requests that can be read in two ways, forged positions, floods, readers that never read. Each
is refused or read as one request, its connection ends, and the same process serves whoever comes next."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

import headway
from headway.live.settings import SUBPROTOCOL
from headway.model.positions import Position, write_cursor
from tests.acceptance.installation import Installation
from tests.protocol.http_viewers import events_of
from tests.raw_http import talk

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.one_database("what is attacked is the door: it stands before the store"),
]

Json = dict[str, Any]
ROOM_BYTES = 64 << 20
"""What an attack may cost."""
LIVE = b"GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Target:
    def __init__(self, running: Installation) -> None:
        self.running = running
        self.token: str = running.connection["token"]
        self.url: str = running.connection["url"]
        self.port = urlsplit(self.url).port or 0
        self.server: psutil.Process = running.process("server")
        self.used = self.server.memory_info().rss

    @asynccontextmanager
    async def unharmed(self) -> AsyncIterator[None]:
        """Whatever happens in here, the same process answers afterwards, has not grown by much, and complains of nothing."""
        yield
        said = await self.talk(LIVE)
        assert said.startswith(b"HTTP/1.1 200"), said
        assert self.running.process("server").pid == self.server.pid
        assert self.server.memory_info().rss - self.used <= ROOM_BYTES
        assert "Traceback" not in (self.running.home / "serve.log").read_text(errors="replace")

    async def talk(self, *parts: bytes, seconds: float = 3.0) -> bytes:
        return await talk(self.port, *parts, seconds=seconds)

    def client(self, token: str | None = "own", **more: Any) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token}"} if token == "own" else {}
        return httpx2.AsyncClient(base_url=f"{self.url}/api/v1", timeout=20, headers=headers, **more)

    @asynccontextmanager
    async def socket(self, **more: Any) -> AsyncIterator[ClientConnection]:
        address = f"ws://127.0.0.1:{self.port}/api/v1/live"
        async with connect(address, subprotocols=[SUBPROTOCOL], max_size=None, compression=None, **more) as opened:  # type: ignore[list-item]
            yield opened

    async def closed_with(self, socket: ClientConnection, seconds: float = 10.0) -> int | None:
        async with asyncio.timeout(seconds):
            with suppress(ConnectionClosed):
                while True:
                    await socket.recv()
        return socket.close_code

    def record(self, *lines: str) -> str:
        """An outside run with these lines, and its id."""
        with headway.record("attacked", url=self.url, token=self.token) as run:
            for line in lines:
                headway.log.info(line)
        assert run.id is not None
        return run.id


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    home: Path = tmp_path_factory.mktemp("attacked")
    home.chmod(0o700)
    with Installation(home, environment={"HEADWAY_CANARY_SECONDS": "0"}) as running:
        yield Target(running)


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST /api/v1/sessions HTTP/1.1", b"Host: localhost", *headers, b"", body])


CHUNKED = b"Transfer-Encoding: chunked"
SMUGGLED: dict[str, bytes] = {
    "CL.TE": post(b"Content-Length: 6", CHUNKED, body=b"0\r\n\r\nG"),
    "TE.CL": post(CHUNKED, b"Content-Length: 4", body=b"5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n"),
    "TE.TE": post(CHUNKED, b"Transfer-Encoding: cow", body=b"0\r\n\r\n"),
    "TE with a tab": post(b"Transfer-Encoding:\tchunked\t, identity", body=b"0\r\n\r\n"),
    "TE xchunked": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "TE gzip, chunked": post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "TE space before colon": post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
    "TE with NUL": post(b"Transfer-Encoding: chunked\0", body=b"0\r\n\r\n"),
    "two different lengths": post(b"Content-Length: 5", b"Content-Length: 6", body=b"abcdef"),
    "twice the same length": post(b"Content-Length: 5", b"Content-Length: 5", body=b"abcde"),
    "list of lengths": post(b"Content-Length: 5, 6", body=b"abcde"),
    "signed length": post(b"Content-Length: +5", body=b"abcde"),
    "negative length": post(b"Content-Length: -5", body=b"abcde"),
    "hexadecimal length": post(b"Content-Length: 0x5", body=b"abcde"),
    "length with a space": post(b"Content-Length: 1 2", body=b"abcde"),
    "length with an underscore": post(b"Content-Length: 1_0", body=b"abcdeabcde"),
    "length of 2^64": post(b"Content-Length: 18446744073709551621", body=b"abcde"),
    "space before colon": post(b"Content-Length : 5", body=b"abcde"),
    "obs-fold": post(b"X-A: 1\r\n Content-Length: 5", body=b"abcde"),
    "obs-fold with a tab": post(b"X-A: 1\r\n\tb", b"Content-Length: 0"),
    "space before the first header": b"GET /api/v1/health/live HTTP/1.1\r\n Host: localhost\r\n\r\n",
    "bare LF": b"GET /api/v1/health/live HTTP/1.1\nHost: localhost\n\n",
    "bare LF between headers": b"GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
    "bare CR": b"GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n",
    "chunk size without end": post(CHUNKED, body=b"f" * 17 + b"\r\n"),
    "chunk size 0x": post(CHUNKED, body=b"0x5\r\nabcde\r\n0\r\n\r\n"),
    "chunk size signed": post(CHUNKED, body=b"+5\r\nabcde\r\n0\r\n\r\n"),
    "chunk extension with LF": post(CHUNKED, body=b"5;\nabcde\r\n0\r\n\r\n"),
    "chunk ended by LF": post(CHUNKED, body=b"5\r\nabcde\n0\r\n\r\n"),
    "chunk longer than said": post(CHUNKED, body=b"5\r\nabcdefgh\r\n0\r\n\r\n"),
    "header with NUL": b"GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    "header name with NUL": b"GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\nX\0: a\r\n\r\n",
    "header without a name": b"GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\n: a\r\n\r\n",
    "header without a colon": b"GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n",
    "two hosts": b"GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n",
    "no host": b"GET /api/v1/health/live HTTP/1.1\r\n\r\n",
    "absolute address": b"GET http://evil/api/v1/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "address with a space": b"GET /api/v1/health/live x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "unknown version": b"GET /api/v1/health/live HTTP/1.9\r\nHost: localhost\r\n\r\n",
    "HTTP/0.9": b"GET /api/v1/health/live\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "method in small letters": b"get /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


async def test_attack_46_what_can_be_read_in_two_ways_is_one_request_or_none(target: Target) -> None:
    """Behind each stands a request that must not be answered: it would be the one that somebody else's request became."""
    async with target.unharmed():
        for name, attack in SMUGGLED.items():
            said = await target.talk(attack + LIVE)
            assert said.count(b"HTTP/1.1 ") == 1, (name, said)
            assert said.startswith(b"HTTP/1.1 400 "), (name, said)
            assert said.endswith(b"<closed>"), (name, said)
            assert b'"status":"alive"' not in said, (name, said)
        over = await target.talk(post(CHUNKED, body=b"40000001\r\n") + b"x" * 65_536)
        assert over.count(b"HTTP/1.1 ") <= 1, over


async def test_attack_13_nothing_is_had_without_credentials(target: Target) -> None:
    async with target.unharmed(), target.client(token=None) as client:
        for method, path in (
            ("GET", "/runs"), ("GET", "/logs"), ("GET", "/live/sse?channel=system"), ("POST", "/live/poll"), ("POST", "/live/tickets"),
            ("GET", "/live/connections"), ("GET", "/notices"), ("GET", "/monitor/gateway"), ("GET", "/workers"), ("GET", "/tasks"),
        ):  # fmt: skip
            answer = await client.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised"), path
        async with target.socket() as socket:
            await socket.send('{"type":"hello","version":1,"token":"nonsense"}')
            assert await target.closed_with(socket) == 4501
        async with target.socket() as socket:
            await socket.send('{"type":"subscribe","channel":"system"}')
            assert await target.closed_with(socket) == 4500


async def test_attack_12_a_secret_stands_in_no_log_and_no_address(target: Target) -> None:
    async with target.unharmed(), target.client() as program, target.client(token=None) as page:
        assert (await page.get("/runs", params={"token": target.token})).status_code == 401
        ticket = (await program.post("/live/tickets")).json()["ticket"]
        query = {"channel": "system", "ticket": ticket}
        async with page.stream("GET", "/live/sse", params=query) as first:
            assert first.status_code == 200
        answer = await page.get("/live/sse", params=query)
        assert (answer.status_code, answer.json()["code"]) == (401, "ticket_invalid"), "a ticket is good once"
        log = (target.running.home / "serve.log").read_text(errors="replace")
        assert target.token not in log
        assert ticket not in log


async def test_attack_14_no_pattern_is_a_channel(target: Target) -> None:
    async with target.unharmed(), target.client() as client:
        for channel in ("run:*", "run:~", "run:%", "run:", "*", "run:../x", "runs:*", "runs:", "user:*", "user:somebody", "RUN:x"):
            answer = await client.get("/live/sse", params={"channel": channel})
            assert answer.status_code in {403, 422}, (channel, answer.text)
        unknown = await client.get("/live/sse", params={"channel": "run:01890000-0000-7000-8000-000000000000"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "run_not_found")


def plain(positions: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(positions).encode()).decode().rstrip("=")


async def test_attack_20_a_forged_position_is_refused_or_a_reset(target: Target) -> None:
    mine, others = [f"run:{await asyncio.to_thread(target.record, f'of {name}')}" for name in ("one", "other")]
    async with target.unharmed(), target.client() as client:
        for text in ("-1", "9223372036854775808", "1e9", "0x10", "AAAA", "null", "e30=x", plain([1]), plain({mine: [1, 2, 3]}),
                     plain({mine: ["e", -1, 0]}), plain({mine: ["e", 2**63, 0]}), plain({mine: ["e", 1e9, 0]}), "é"):  # fmt: skip
            answer = await client.get("/live/sse", params={"channel": mine, "cursor": text})
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), (text, answer.text)
        assert (await client.get("/live/sse", params={"channel": mine, "cursor": "A" * 20_000})).status_code == 413
        huge = await client.get("/live/sse", params={"channel": mine}, headers={"Last-Event-ID": "A" * 1_000_000})
        assert huge.status_code in {413, 431}
        for position in (Position("another epoch", 1, 1), Position("another epoch", 2**52, 2**52)):
            assert await _first_result(client, mine, write_cursor({mine: position})) == ("reset", "of one")
        # The position of another run is none of this one.
        assert await _first_result(client, mine, write_cursor({others: Position("x", 1, 1)})) == ("fresh", "of one")


async def _first_result(client: httpx2.AsyncClient, channel: str, cursor: str) -> tuple[str, str]:
    """How a subscription began, and the text of the first line of log."""
    result = ""
    async with client.stream("GET", "/live/sse", params={"channel": channel}, headers={"Last-Event-ID": cursor}) as answer:
        assert answer.status_code == 200, await answer.aread()
        async for event in events_of(answer.aiter_raw()):
            for message in json.loads(event["data"]):
                if message["type"] == "subscribed":
                    result = message["result"]
                texts = [entry["text"] for entry in message.get("entries", []) if entry["kind"] == "log.written"]
                if texts:
                    return result, texts[0]
    raise AssertionError("the stream ended before a line came")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://evil.example:{port}"])
async def test_attack_21_a_page_of_another_origin_is_refused_before_the_socket_is_open(target: Target, origin: str) -> None:
    async with target.unharmed():
        with pytest.raises(InvalidStatus) as refused:
            async with target.socket(origin=origin.format(port=target.port)):
                raise AssertionError("it was let in")
        assert refused.value.response.status_code == 403
        async with target.socket(additional_headers={"Cookie": "headway_session_0=x"}) as socket:
            await socket.send('{"type":"hello","version":1}')
            assert await target.closed_with(socket) == 4501, "a cookie opens no socket"


NASTY = [
    'a\r\ndata: [{"type":"goodbye","code":4501}]\r\n\r\nid: evil', "\x1b]52;c;ZXZpbA==\x07", "\x1b[2J\x1b[31mred", "\u202egnp.exe",
    "a\x00b", "lone \ud800 surrogate", "\u2028\u2029", "x" * 100_000,
]  # fmt: skip


async def test_attack_25_a_line_is_one_line_whatever_stands_in_it(target: Target) -> None:
    run = await asyncio.to_thread(target.record, *NASTY, "the last")
    channel = f"run:{run}"
    texts: list[str] = []
    async with target.unharmed(), target.client() as client, client.stream("GET", "/live/sse", params={"channel": channel}) as answer:
        async for event in events_of(answer.aiter_raw()):
            messages = json.loads(event["data"])
            assert "goodbye" not in [message["type"] for message in messages]
            entries = [entry for message in messages for entry in message.get("entries", [])]
            texts += [entry["text"] for entry in entries if entry["kind"] == "log.written"]
            assert "evil" not in event["id"]
            if "the last" in texts:
                break
    assert texts[-1] == "the last"
    assert max(map(len, texts)) <= 16_384 + 100
    log = (target.running.home / "serve.log").read_text(errors="replace")
    assert "evil" not in log
    assert not re.search(r"\x1b\]52", log)


async def test_attack_37_a_head_without_end_is_cut(target: Target) -> None:
    async with target.unharmed():
        bombs: list[list[bytes]] = [
            [b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(10_000)) + b"\r\n"],
            [b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"],
            [b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", *[b"y" * 8_192] * 128],
            [b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a=b;" * 30_000 + b"\r\n\r\n"],
        ]
        for bomb in bombs:
            said = await target.talk(*bomb)
            assert said.endswith(b"<closed>"), said[:200]
            assert said == b"<closed>" or said.startswith(b"HTTP/1.1 431"), said[:200]


async def test_attack_38_whoever_is_slow_is_closed_and_the_others_are_served(target: Target) -> None:
    body = b"POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    slow = [b"", b"G", b"GET / HTTP/1.1\r\nHost: local", body, b"\x16\x03\x01"]
    async with target.unharmed():
        began = time.monotonic()
        waiting = [asyncio.create_task(target.talk(part, seconds=15)) for part in slow for _ in range(10)]
        assert (await target.talk(LIVE)).startswith(b"HTTP/1.1 200")
        for said in await asyncio.gather(*waiting):
            assert said.endswith(b"<closed>"), said
            assert said == b"<closed>" or int(said[9:12]) in {400, 401, 403, 408}, said
        assert time.monotonic() - began <= 13


async def test_attack_39_floods_over_a_websocket_are_shown_out(target: Target) -> None:
    hello = json.dumps({"type": "hello", "version": 1, "token": target.token})
    async with target.unharmed():
        async with target.socket() as silent:
            assert await target.closed_with(silent, 8) == 4008
        async with target.socket() as large:
            with suppress(ConnectionClosed):
                await large.send("x" * (16 << 20))
            assert await target.closed_with(large) == 1009
        async with target.socket() as fragments:
            with suppress(ConnectionClosed):
                await fragments.send(["x"] * 100_000)
            assert await target.closed_with(fragments) in {4500, 1006}
        async with target.socket() as pings:
            with suppress(ConnectionClosed):
                for _ in range(5_000):
                    await pings.ping()
            assert await target.closed_with(pings) in {4003, 1006}
        channel = "run:01890000-0000-7000-8000-000000000000"
        for flood in ({"type": "command", "channel": channel, "do": "cancel"}, {"type": "subscribe", "channel": channel}):
            async with target.socket() as socket:
                await socket.send(hello)
                with suppress(ConnectionClosed):
                    for number in range(10_000):
                        await socket.send(json.dumps({**flood, "id": number}))
                assert await target.closed_with(socket) in {4003, 1006}, flood


async def test_attack_40_readers_that_never_read_cost_little_and_hold_nobody_up(target: Target) -> None:
    run = await asyncio.to_thread(target.record, *("x" * 4_000 for _ in range(2_000)))
    paths = [f"/api/v1/live/sse?channel=run:{run}", f"/api/v1/runs/{run}/log?follow=0"]
    async with target.unharmed():
        deaf: list[asyncio.StreamWriter] = []
        for number in range(30):
            _, writer = await asyncio.open_connection("127.0.0.1", target.port, limit=1_024)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            head = f"GET {paths[number % 2]} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {target.token}\r\n\r\n"
            writer.write(head.encode())
            deaf.append(writer)
        async with target.client() as client:
            began = time.monotonic()
            assert (await _first_result(client, f"run:{run}", ""))[0] == "fresh"
            assert time.monotonic() - began < 5
            assert target.server.memory_info().rss - target.used <= ROOM_BYTES
        for writer in deaf:
            writer.transport.abort()


async def test_attack_41_more_connections_than_there_is_room_for_are_refused_before_anything_else(tmp_path: Path) -> None:
    home = tmp_path / "small"
    home.mkdir(mode=0o700)
    environment = {"HEADWAY_MAX_CONNECTIONS": "40", "HEADWAY_CANARY_SECONDS": "0"}
    with Installation(home, environment=environment) as running:
        target = Target(running)
        async with target.socket() as mine:
            await mine.send(json.dumps({"type": "hello", "version": 1, "token": target.token}))
            assert json.loads(await mine.recv())[0]["type"] == "welcome"
            idle = [await asyncio.open_connection("127.0.0.1", target.port) for _ in range(40)]
            refused = await target.talk(LIVE)
            assert refused.startswith(b"HTTP/1.1 503 "), refused
            assert b"retry-after: 2" in refused
            assert refused.endswith(b"<closed>")
            await mine.send('{"type":"subscribe","id":1,"channel":"system"}')
            async with asyncio.timeout(5):
                assert json.loads(await mine.recv())[0]["type"] == "subscribed", "who was there is served"
            for _, writer in idle:
                writer.close()
            async with asyncio.timeout(5):
                while not (await target.talk(LIVE)).startswith(b"HTTP/1.1 200"):
                    pass
