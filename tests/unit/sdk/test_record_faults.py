"""What `headway.record` does on a bad network: nothing is lost, and nothing is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import headway
from headway.sdk.record import record
from tests.unit.sdk.stage import Stage, ended, texts
from tests.unit.sdk.wire import Wire
from tests.waiting import eventually


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    stage = Stage(home).start()
    yield stage
    stage.stop()


@pytest.fixture
def wire(stage: Stage) -> Iterator[Wire]:
    wire = Wire(stage.port)
    yield wire
    wire.close()


def lines_of(stage: Stage, name: str) -> list[str]:
    client = stage.client()
    return [text for text in texts(client, ended(client, name)) if text.startswith("line")]


def lose_once(wire: Wire, sign: bytes) -> None:
    wire.swallow = lambda request: sign in request and not wire.swallowed


@pytest.mark.parametrize("sign", [b"POST /api/v1/runs HTTP", b"/events", b"PUT /api/v1/runs"])
def test_an_answer_that_is_lost_after_the_commit_records_nothing_twice(stage: Stage, wire: Wire, sign: bytes) -> None:
    lose_once(wire, sign)
    assert stage.server is not None
    with record("lost answer", url=wire.url, token=stage.server.token) as run:
        for number in range(1200):
            headway.log(f"line {number}")
    eventually(lambda: run.is_delivered, timeout=20)
    assert wire.swallowed == 1
    assert lines_of(stage, "lost answer") == [f"line {number}" for number in range(1200)]


def test_a_connection_that_is_cut_in_the_middle_of_answers(stage: Stage, wire: Wire) -> None:
    assert stage.server is not None
    with record("cut", url=wire.url, token=stage.server.token) as run:
        assert run.wait_opened()
        wire.cut_after = 100
        wire.cut()
        for number in range(1200):
            headway.log(f"line {number}")
        seen = wire.connections
        eventually(lambda: wire.connections >= seen + 2, timeout=20)
        wire.cut_after = None
    eventually(lambda: run.is_delivered, timeout=30)
    assert lines_of(stage, "cut") == [f"line {number}" for number in range(1200)]


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<html>hello!!!",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n[[[[",
        b"\x00\xff\xfe not http at all\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n",
        b"",
    ],
)
def test_garbage_instead_of_answers(stage: Stage, wire: Wire, garbage: bytes) -> None:
    assert stage.server is not None
    wire.instead = garbage
    with record("garbage", url=wire.url, token=stage.server.token) as run:
        headway.log("line 0")
        eventually(lambda: wire.connections >= 2, timeout=20)
        wire.instead = None
    eventually(lambda: run.is_delivered, timeout=30)
    assert lines_of(stage, "garbage") == ["line 0"]


def test_a_slow_server_holds_nobody_up(stage: Stage, wire: Wire) -> None:
    assert stage.server is not None
    wire.delay_seconds = 0.5
    with record("slow", url=wire.url, token=stage.server.token) as run:
        for number in range(300):
            headway.log(f"line {number}")
    eventually(lambda: run.is_delivered, timeout=30)
    assert lines_of(stage, "slow") == [f"line {number}" for number in range(300)]


def test_an_event_that_the_server_refuses_does_not_stop_the_others(stage: Stage) -> None:
    assert stage.server is not None
    with record("refused event", url=stage.url, token=stage.server.token) as run:
        assert run.context is not None
        headway.log("line 0")
        run.context.reporter.report({"kind": "run.succeeded", "at": "2026-11-22T09:30:00.125Z"})
        headway.log("line 1")
    eventually(lambda: run.is_delivered, timeout=20)
    assert lines_of(stage, "refused event") == ["line 0", "line 1"]
    client = stage.client()
    dropped = [entry for entry in client.entries(next(client.list())) if entry["kind"] == "output.dropped"]
    assert len(dropped) == 1
    assert "run.succeeded" in dropped[0]["reason"]
