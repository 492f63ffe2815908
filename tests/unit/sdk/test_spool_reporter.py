"""What happens when the spool is full: who waits, what is dropped, and that it is said."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headway.model.clock import iso
from headway.sdk.connection import finder
from headway.sdk.delivery import Delivery
from headway.sdk.http import Http
from headway.sdk.spool import Opening, Spool
from headway.sdk.spool_reporter import SpoolReporter
from tests.unit.sdk.stage import Stage, ended
from tests.waiting import eventually


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    stage = Stage(home)
    yield stage
    stage.stop()


def line(number: int, size: int = 200) -> dict[str, Any]:
    return {"kind": "log.written", "at": iso(), "level": "info", "text": f"{number}:".ljust(size, "x")}


def made(stage: Stage, *, limit: int, **more: Any) -> tuple[Delivery, SpoolReporter]:
    spool = Spool.create(Opening(name="full"), limit=limit)
    delivery = Delivery(spool, Http(finder(stage.url)))
    return delivery, SpoolReporter(spool, delivery, **more)


def test_while_the_server_is_away_a_full_spool_drops_lines_counts_them_and_keeps_the_newest_of_each_bar(stage: Stage) -> None:
    delivery, reporter = made(stage, limit=50_000)
    delivery.start()
    eventually(lambda: not delivery.is_hopeful)
    longest = 0.0
    begun = time.monotonic()
    for number in range(1_000):
        before = time.monotonic()
        reporter.report(line(number))
        reporter.report({"kind": "progress.reported", "at": iso(), "done": number, "total": 1_000})
        reporter.report({"kind": "status.reported", "at": iso(), "stage": "loading", "text": f"at {number}"})
        longest = max(longest, time.monotonic() - before)
    assert time.monotonic() - begun < 2
    assert longest < 0.2, "one wait of 50 ms, on a busy machine"
    assert reporter.end("succeeded")
    stage.start()
    eventually(delivery.done.is_set, timeout=30)
    client = stage.client()
    run = ended(client, "full")
    entries = list(client.entries(run))
    written = [int(entry["text"].partition(":")[0]) for entry in entries if entry["kind"] == "log.written"]
    (dropped,) = [entry for entry in entries if entry["kind"] == "output.dropped"]
    assert written == list(range(len(written)))
    assert len(written) + dropped["line_count"] == 1_000
    assert "full" in dropped["reason"]
    view = client.view(run)
    assert view["progress"]["done"] == 999
    assert view["status_text"] == "at 999"


def test_a_server_that_keeps_up_is_waited_for_and_nothing_is_dropped(stage: Stage) -> None:
    stage.start()
    delivery, reporter = made(stage, limit=100_000)
    delivery.start()
    assert delivery.opened.wait(10)
    for number in range(5_000):
        reporter.report(line(number))
    reporter.end("succeeded")
    eventually(delivery.done.is_set, timeout=30)
    client = stage.client()
    entries = [entry for entry in client.entries(ended(client, "full")) if entry["kind"] in ("log.written", "output.dropped")]
    assert [int(entry["text"].partition(":")[0]) for entry in entries] == list(range(5_000))


def test_beyond_the_output_quota_lines_are_counted_and_dropped_with_one_entry(stage: Stage) -> None:
    stage.start()
    delivery, reporter = made(stage, limit=1_000_000, output_limit=20_000)
    delivery.start()
    for number in range(1_000):
        reporter.report(line(number))
    reporter.report({"kind": "progress.reported", "at": iso(), "done": 7})
    reporter.end("succeeded")
    eventually(delivery.done.is_set, timeout=30)
    client = stage.client()
    run = ended(client, "full")
    entries = list(client.entries(run))
    (dropped,) = [entry for entry in entries if entry["kind"] == "output.dropped"]
    assert dropped["line_count"] + sum(entry["kind"] == "log.written" for entry in entries) == 1_000
    assert client.view(run)["progress"]["done"] == 7
