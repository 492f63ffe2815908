"""The HTTP guard on a real socket: raw bytes in, and what they may cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from headway.web.guard import GuardLimits, guarded, host_name
from headway.web.rejections import Rejections
from tests.raw_http import talk
from tests.waiting import eventually_async

QUICK = GuardLimits(
    hosts=frozenset({"127.0.0.1", "localhost"}),
    head_seconds=0.3,
    body_idle_seconds=0.3,
    stalled_seconds=0.3,
    body_bytes=100_000,
    connections=6,
)
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Says how many bytes of body it got; /stream answers without end, /early before the body has come."""
    size = 0
    if scope["path"] != "/early":
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
    body = b"%d" % size
    if scope["path"] == "/stream":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(10_000):
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Signals are pytest's."""


@asynccontextmanager
async def serving(limits: GuardLimits = QUICK, rejections: Rejections | None = None) -> AsyncGenerator[int]:
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http=guarded(limits, rejections),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=5,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    await eventually_async(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else 0


async def test_an_ordinary_request() -> None:
    async with serving() as port:
        body = b"x" * 50_000
        said = await talk(port, b"POST / HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: %d\r\n\r\n" % (port, len(body)), body, GET)
        assert said.count(b"HTTP/1.1 200") == 2
        assert b"50000" in said
        chunked = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        assert status(await talk(port, chunked)) == 200


SMUGGLED = {
    "length and chunks": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "two lengths": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "the same length twice": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
    "a list of lengths": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 5\r\n\r\nabcde",
    "a signed length": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nabcde",
    "a hexadecimal length": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x5\r\n\r\nabcde",
    "xchunked": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "two encodings": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "space before colon": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\nabcde",
    "bare line feed": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "folded header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "empty host": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "host with a path": b"GET / HTTP/1.1\r\nHost: localhost/?x=\r\n\r\n",
    "host with a user": b"GET / HTTP/1.1\r\nHost: evil@localhost\r\n\r\n",
    "absolute address": b"GET http://evil/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "authority": b"CONNECT evil:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "chunk extension with line feed": (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;\nabcde\r\n0\r\n\r\n"),
    "huge chunk size": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "HTTP/0.9": b"GET /\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "garbage": b"\0\xff\0\xff\r\n\r\n",
    "header name with NUL": b"GET / HTTP/1.1\r\nHost: localhost\r\nX\0Y: 1\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
async def test_what_can_be_read_in_two_ways_is_refused_and_closed(name: str) -> None:
    async with serving() as port:
        said = await talk(port, SMUGGLED[name] + GET)
        assert status(said) == 400, (name, said)
        assert said.count(b"HTTP/1.1 ") == 1, said
        assert said.endswith(b"<closed>")
        assert b"application/problem+json" in said
        assert status(await talk(port, GET)) == 200


async def test_a_host_that_is_not_ours() -> None:
    async with serving() as port:
        for host in (b"evil.example", b"localhost.evil.example", b"127.0.0.1.nip.io", b"[::1]"):
            assert status(await talk(port, b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % host)) == 421


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (b"LocalHost:80", "localhost"), (b"[::1]:80", "[::1]"), (b"[::1]x", None), (b"a:b", None), (b":80", None), (b"a b", None),
        (b"a,b", None), (b"\xff", None), (b"a:80:90", None), (b"a\\b", None),
    ],
)  # fmt: skip
def test_host_names(host: bytes, name: str | None) -> None:
    assert host_name(host) == name


async def test_heads_are_bounded() -> None:
    async with serving() as port:
        many = b"".join(b"X-%d: y\r\n" % number for number in range(200))
        assert status(await talk(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + many + b"\r\n")) == 431
        long = b"X: " + b"y" * 40_000 + b"\r\n"
        assert status(await talk(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + long + b"\r\n")) == 431
        assert status(await talk(port, b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n")) in {0, 431}
        assert status(await talk(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", *[b"y" * 8_192] * 40)) in {0, 431}
        assert status(await talk(port, GET)) == 200


async def test_a_slow_head_is_closed_and_others_are_served() -> None:
    async with serving() as port:
        began = time.monotonic()
        slow = [asyncio.create_task(talk(port, part)) for part in (b"", b"GET / HTTP/1.1\r\nHost: local", b"G")]
        assert status(await talk(port, GET)) == 200
        for said in await asyncio.gather(*slow):
            assert said.endswith(b"<closed>")
            assert status(said) == 408
        assert time.monotonic() - began < 3


async def test_a_body_without_end() -> None:
    async with serving() as port:
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
        assert status(await talk(port, head + b"Content-Length: 10\r\n\r\nabc")) == 408
        assert status(await talk(port, head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")) == 408
        assert status(await talk(port, head + b"Content-Length: 100001\r\n\r\n")) == 413
        endless = await talk(port, head + b"Transfer-Encoding: chunked\r\n\r\n", *[b"4000\r\n" + b"x" * 0x4000 + b"\r\n"] * 10)
        assert status(endless) in {0, 413}
        assert status(await talk(port, GET)) == 200


async def test_what_follows_an_early_answer_is_not_a_request() -> None:
    async with serving() as port:
        said = await talk(port, b"POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n" + GET)
        assert said.count(b"HTTP/1.1 200") == 1
        assert said.endswith(b"<closed>")


async def test_requests_on_one_connection_are_bounded() -> None:
    async with serving() as port:
        said = await talk(port, GET * 5_000)
        assert said.count(b"HTTP/1.1 200") <= 40
        assert said.endswith(b"<closed>")


async def test_a_reader_that_never_reads_is_cut() -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_024)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        others = [asyncio.create_task(talk(port, GET)) for _ in range(3)]
        assert [status(said) for said in await asyncio.gather(*others)] == [200] * 3
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(650_000_000)
        writer.close()


async def test_connections_are_counted() -> None:
    async with serving() as port:
        open_ones = [await asyncio.open_connection("127.0.0.1", port) for _ in range(6)]
        for _, writer in open_ones:
            writer.write(b"G")
        said = await talk(port, GET)
        assert status(said) == 503
        assert b"retry-after" in said
        for _, writer in open_ones:
            writer.close()

        async def is_served() -> bool:
            return status(await talk(port, GET)) == 200

        await eventually_async(is_served)
