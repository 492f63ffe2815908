"""Six clients of server-sent events that are not ours hear what the server sent, under the same ids, and each line once, though their
connection is cut within an event."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import sseclient
from httpx_sse import connect_sse

from chaos.plan import FAIR, Fate, Fault
from chaos.proxy import Proxy
from chaos.wire import Broken, read_answer
from headway.model.clock import iso
from tests.acceptance.installation import ROOT, Installation
from tests.beside import IS_CI
from tests.protocol.http_viewers import events_of
from tests.waiting import SCALE

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(180),
    pytest.mark.one_database("it asks how others read the bytes of a stream; test_live.py asks on both what the bytes are"),
]

Event = tuple[str, str]
"""Its id and its data."""
LINES = 2_500
"""About 500 KB, so eight events or so."""
CUT_AFTER = 200_000
NODE_CLIENTS = ROOT / "packages/client/test/sse_clients.mjs"
NODE_SECONDS = 60.0


class Stream:
    """A run that has ended, and the way to it."""

    def __init__(self, installation: Installation, run: str, proxy: Proxy) -> None:
        proxy.passed = self.passed = []
        """What went through, a connection each: head of the request, bytes of the answer."""
        self.token: str = installation.connection["token"]
        self.channel = f"run:{run}"
        self.server = f"http://127.0.0.1:{proxy.port}"
        self.address = f"{self.server}/api/v1/live/sse"

    def headers(self, last: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **({"Last-Event-ID": last} if last else {})}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, str]]:
    """A server, and a run on it with `LINES` lines that has ended."""
    with (
        Installation(tmp_path_factory.mktemp("sse"), environment={"HEADWAY_CANARY_SECONDS": "0"}) as installation,
        installation.client() as client,
    ):
        opened = client._post("/runs", {"name": "a long log"})
        run, fence = opened["run"]["id"], opened["fence"]
        texts = [f"line {line}, {'a text in UTF-8: grün, 蓝 ' * 4}" for line in range(1, LINES + 1)]
        for number in range(5):
            portion = texts[number * LINES // 5 : (number + 1) * LINES // 5]
            events = [{"kind": "log.written", "level": "info", "text": text, "at": iso()} for text in portion]
            client._post(f"/runs/{run}/events", {"fence": fence, "batch_no": number + 1, "events": events})
        client.complete(run)
        yield installation, run


@pytest.fixture
async def stream(ended: tuple[Installation, str]) -> AsyncIterator[Stream]:
    """The way leads through a proxy that cuts the first stream within an event."""
    installation, run = ended
    fates = iter([Fate(fault=Fault.CUT, after_bytes=CUT_AFTER)])

    def fate_of(head: bytes) -> Fate:
        return next(fates, FAIR) if head.startswith(b"GET /api/v1/live/sse") else FAIR

    async with Proxy(lambda: int(installation.connection["url"].rpartition(":")[2]), fate_of) as proxy:
        yield Stream(installation, run, proxy)


# --- the clients --------------------------------------------------------------------------------------------------------


def by_httpx_sse(stream: Stream) -> list[Event]:
    heard: list[Event] = []
    with httpx.Client(timeout=30) as client:
        while not _is_over(heard):
            last = heard[-1][0] if heard else ""
            try:
                with connect_sse(client, "GET", stream.address, params={"channel": stream.channel}, headers=stream.headers(last)) as source:
                    for event in source.iter_sse():
                        heard.append((event.id, event.data))
                        if _is_over(heard):
                            break
            except httpx.RemoteProtocolError:
                assert heard
    return heard


def by_sseclient_py(stream: Stream) -> list[Event]:
    heard: list[Event] = []
    with httpx.Client(timeout=30) as client:
        while not _is_over(heard):
            last = heard[-1][0] if heard else ""
            try:
                with client.stream("GET", stream.address, params={"channel": stream.channel}, headers=stream.headers(last)) as answer:
                    pieces: Any = (piece for piece in answer.iter_bytes())
                    for event in sseclient.SSEClient(pieces).events():
                        heard.append((event.id or last, event.data))
                        if _is_over(heard):
                            break
            except httpx.RemoteProtocolError:
                assert heard
    return heard


def by_curl(stream: Stream) -> list[Event]:
    """curl only brings the bytes; a shell script would cut them into events."""
    heard: list[Event] = []
    while not _is_over(heard):
        last = heard[-1][0] if heard else ""
        headers = [option for name, value in stream.headers(last).items() for option in ("-H", f"{name}: {value}")]
        command = ["curl", "-sSN", "--max-time", "30", *headers, f"{stream.address}?channel={stream.channel}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as curl:
            assert curl.stdout is not None
            pieces = iter(lambda curl=curl: curl.stdout.read1(65_536), b"")  # type: ignore[union-attr]
            before = len(heard)
            _read_into(heard, pieces)
            curl.terminate()
        assert len(heard) > before, "curl brought nothing"
    return heard


def _read_into(heard: list[Event], pieces: Iterator[bytes]) -> None:
    async def read() -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

        async for event in events_of(chunks()):
            heard.append((event["id"], event["data"]))
            if _is_over(heard):
                return

    asyncio.run(read())


def by_node(name: str) -> Callable[[Stream], list[Event]]:
    def read(stream: Stream) -> list[Event]:
        done = subprocess.run(
            ["node", str(NODE_CLIENTS), name, stream.server, stream.channel, stream.token],
            capture_output=True, text=True, timeout=NODE_SECONDS * SCALE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [(said["id"], said["data"]) for said in map(json.loads, done.stdout.splitlines())]

    return read


CLIENTS: dict[str, Callable[[Stream], list[Event]]] = {
    "httpx-sse": by_httpx_sse,
    "sseclient-py": by_sseclient_py,
    "curl": by_curl,
    "eventsource": by_node("eventsource"),
    "eventsource-parser": by_node("eventsource-parser"),
    "chromium": by_node("chromium"),
}


@cache
def missing(name: str) -> str:
    """What this machine lacks for a client; nothing when it is complete."""
    if name == "curl":
        return "" if shutil.which("curl") else "curl"
    if name in {"httpx-sse", "sseclient-py"}:
        return ""
    if not shutil.which("node"):
        return "Node.js"
    if name == "chromium":
        is_there = (ROOT / "node_modules/playwright-core").is_dir() and Path(
            os.environ.get("HEADWAY_CHROMIUM", "/usr/bin/chromium")
        ).exists()
        return "" if is_there else "Playwright and a Chromium"
    homes = (ROOT / "packages/client/node_modules" / name, ROOT / "node_modules" / name)
    return "" if any(home.is_dir() for home in homes) else f"npm's {name}"


def _is_over(heard: list[Event]) -> bool:
    return bool(heard) and '"type":"finished"' in heard[-1][1]


# --- what they hear -----------------------------------------------------------------------------------------------------


async def _sent(passed: bytes) -> list[Event]:
    """The events that an answer had, as far as it came: what a client must have heard."""
    reader = asyncio.StreamReader()
    reader.feed_data(passed)
    reader.feed_eof()
    answer = await read_answer(reader)
    heard: list[Event] = []
    with suppress(Broken):
        async for event in events_of(answer.pieces()):
            heard.append((event["id"], event["data"]))
    return heard


@pytest.mark.parametrize("name", CLIENTS)
async def test_a_client_hears_the_same_ids_though_its_stream_is_cut(name: str, stream: Stream) -> None:
    lacking = missing(name)
    if lacking:
        assert not IS_CI, f"CI=true asks for {name}, and {lacking} is missing"
        pytest.skip(f"needs {lacking}")

    heard = await asyncio.to_thread(CLIENTS[name], stream)

    streams = [bytes(passed) for head, passed in stream.passed if head.startswith(b"GET /api/v1/live/sse")]
    assert len(streams) == 2, "cut once"
    first, second = [await _sent(passed) for passed in streams]
    assert len(first) > 1
    assert len(second) > 1
    # What had come to a browser when its stream broke it may throw away unheard, and asks on from what it has heard.
    heard_of_first = len(heard) - len(second)
    assert 1 <= heard_of_first <= len(first)
    assert heard == [*first[:heard_of_first], *second]
    events = [entry for _, data in heard for message in orjson.loads(data) if message["type"] == "entries" for entry in message["entries"]]
    assert [event["line"] for event in events] == list(range(1, len(events) + 1)), "each line once, in order"
    assert len(events) > LINES
