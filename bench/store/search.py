"""How soon is a long log searched, and what does a chart of a million points cost?

    python -m bench.store.search             200,000 lines of 100 bytes, 1,000,000 points
    python -m bench.store.search --small     50,000 lines, 100,000 points
    python -m bench.store.search --large     1,000,000 lines (100 MB of text) alone, and the same by way of all logs

A run reports in batches of 50; then its log is searched through the app (routes, tokens and JSON included, no network), page by
page until the end, as it is while the run goes on and again after its journal was compacted. SQLite on a disk. Prints one JSON line
a figure. The floors:

- a rare word is found in all of 200,000 lines in less than half a second
- a rare word is found in all of 1,000,000 lines (100 MB of text) in less than two seconds
- no snapshot of the store is held for longer than 100 ms
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import secrets
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
from bench.figures import tell

from headway.access.seal import Seal
from headway.access.tokens import Tokens
from headway.acts.append import Append, fact
from headway.model.events import Facet
from headway.model.ids import new_id
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Transaction
from headway.store.sql.store import SqlStore
from headway.web.app import create_app
from headway.web.desk import Desk
from headway.web.files import LocalFiles
from headway.web.following import Wakes

BATCH = 50
RARE_EVERY = 20_000
LARGE_LINES = 1_000_000
"""Of 100 bytes each."""
WARNING_EVERY = 2_000
LINE = b'{"kind":"log.written","at":"2026-11-22T09:30:00.125Z","level":"%b","stream":"log","text":"%b"}'
POINT = b'{"kind":"metric.reported","at":"2026-11-22T09:30:00.125Z","name":"loss","value":%d.%d}'
SEARCHES = {
    "a rare word": {"q": "semiquaver"},
    "a rare word, case told apart": {"q": "semiquaver", "case": "true"},
    "a word that is nowhere": {"q": "hemidemisemiquaver"},
    "a word that stands in every name": {"q": "written"},
    "by level": {"levels": "warning,error,critical"},
    "a regular expression": {"q": r"semi\w+ \d+", "regex": "true"},
}


def line(number: int) -> bytes:
    """About 100 bytes of text."""
    word = b"semiquaver" if number % RARE_EVERY == RARE_EVERY // 2 else b"crotchet"
    level = b"warning" if number % WARNING_EVERY == WARNING_EVERY // 2 else b"info"
    return LINE % (
        level,
        b"sheet %7d of 200000: 48 answers read, 3 doubtful, %b %d, and on to the page behind it .......... done"
        % (number, word, number % 97),
    )


async def report(store: SqlStore, events: list[bytes], run: Run) -> None:
    def act(tx: Transaction) -> None:
        tx.runs.insert([run])
        append = Append(tx)
        append.open(run.id, run.project)
        append.add(run.id, fact("run.running", attempt=1))
        append.flush()

    await store.write(act)

    def more(tx: Transaction, batches: list[list[bytes]]) -> None:
        for batch in batches:
            append = Append(tx)
            append.lock([run.id])
            append.add_reported(run.id, batch, attempt=1)
            append.flush()

    batches = [events[begin : begin + BATCH] for begin in range(0, len(events), BATCH)]
    for begin in range(0, len(batches), 40):
        await store.write(lambda tx, some=batches[begin : begin + 40]: more(tx, some))


def a_run(name: str) -> Run:
    now = datetime.now(UTC)
    return Run(
        id=new_id(), project="default", kind="task", task="grade", name=name, state=RunState.RUNNING, queue="default", priority=0,
        created_at=now, created_by="bench", queued_at=now, started_at=now, attempt=1,
    )  # fmt: skip


class Reader:
    """Asks the app, with a token."""

    def __init__(self, store: SqlStore, place: Path) -> None:
        secret = secrets.token_urlsafe(32)
        tokens = Tokens(secret)
        desk = Desk(
            store=store, tokens=tokens, seal=Seal(secret), url="http://bench", files=LocalFiles(place / "files", 1 << 20), wakes=Wakes()
        )
        token = tokens.issue("bench", role="admin", scopes=(), lifetime=timedelta(hours=1))
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(create_app(desk)),
            base_url="http://bench/api/v1",
            headers={"Authorization": f"Bearer {token}"},
        )

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = await self.client.get(f"{path}?{urlencode(query)}")
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}: {answer.text}")
        return answer.json()

    async def search(self, run: str, **query: Any) -> tuple[list[Any], list[float]]:
        """All hits, and the seconds of each page."""
        return await self._pages(f"/runs/{run}/hits", query)

    async def search_all(self, **query: Any) -> tuple[list[Any], list[float]]:
        """The same over the logs of all runs."""
        return await self._pages("/logs", query)

    async def _pages(self, path: str, query: dict[str, Any]) -> tuple[list[Any], list[float]]:
        hits: list[Any] = []
        took: list[float] = []
        cursor: str | None = None
        while True:
            began = time.perf_counter()
            page = await self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            took.append(time.perf_counter() - began)
            hits += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return hits, took


async def measure_searches(reader: Reader, run: str, lines: int, state: str) -> None:
    for name, query in SEARCHES.items():
        before = time.process_time()
        hits, took = await reader.search(run, **query)
        spent = time.process_time() - before
        expected = {"q": lines // RARE_EVERY, "levels": lines // WARNING_EVERY}["levels" if "levels" in query else "q"]
        if query.get("q") in {"hemidemisemiquaver", "written"}:
            expected = 0
        if len(hits) != expected:
            raise SystemExit(f"{name}: {len(hits)} hits instead of {expected}")
        tell(f"{name}, {state}", seconds=sum(took), cpu_seconds=spent, pages=len(took), slowest_page_ms=max(took) * 1000, hits=len(hits))


async def measure_large(lines: int) -> None:
    """One log of 100 MB of text, compacted, searched to its end: by its run, and as the log of all runs."""
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as directory:
        place = Path(directory)
        store = await SqlStore.open(f"sqlite:///{place}/headway.db", synchronous="OFF")
        reader = Reader(store, place)
        try:
            log = a_run("log")
            await report(store, [line(number) for number in range(lines)], log)
            await compact(store, log.id, Facet.LOG)
            for name, search in (("100 MB", partial(reader.search, log.id)), ("100 MB, all logs", reader.search_all)):
                before = time.process_time()
                hits, took = await search(q="semiquaver")
                spent = time.process_time() - before
                _expect(hits, lines)
                slowest = max(took) * 1000
                tell(f"a rare word, {name}", seconds=sum(took), cpu_seconds=spent, pages=len(took), slowest_page_ms=slowest, hits=len(hits))
            began = time.perf_counter()
            counts = await reader.get("/logs/counts")
            tell("lines counted by level, 100 MB", seconds=time.perf_counter() - began, lines=counts["count"])
        finally:
            await reader.client.aclose()
            await store.close()


def _expect(hits: list[Any], lines: int) -> None:
    if len(hits) != lines // RARE_EVERY:
        raise SystemExit(f"{len(hits)} hits instead of {lines // RARE_EVERY}")


async def measure_series(reader: Reader, run: str, points: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    series = await reader.get(f"/runs/{run}/series", max_points=500)
    took = time.perf_counter() - began
    (only,) = series["items"]
    if only["count"] != points or len(only["points"]) > 500:
        raise SystemExit(f"{only['count']} points of {points}, {len(only['points'])} shown")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    tell("series", seconds=took, points=points, shown=len(only["points"]), peak_grown_mb=grown)


async def compact(store: SqlStore, run: str, facet: Facet) -> None:
    while await store.write(lambda tx: tx.journal.compact(run, facet, before=None)):
        pass


async def main(lines: int, points: int) -> None:
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as directory:
        place = Path(directory)
        store = await SqlStore.open(f"sqlite:///{place}/headway.db", synchronous="OFF")
        reader = Reader(store, place)
        try:
            log, metric = a_run("log"), a_run("metric")
            await report(store, [line(number) for number in range(lines)], log)
            await report(store, [POINT % (number % 1000, number % 10) for number in range(points)], metric)
            await measure_searches(reader, log.id, lines, "live")
            await compact(store, log.id, Facet.LOG)
            await measure_searches(reader, log.id, lines, "compacted")
            await measure_series(reader, metric.id, points)
            await compact(store, metric.id, Facet.METRIC)
            await measure_series(reader, metric.id, points)
            tell("snapshots", over_100_ms=sum(what.startswith("query") for what, _ in store.figures.slow))
        finally:
            await reader.client.aclose()
            await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--large", action="store_true", help="the log of 100 MB alone")
    asked = parser.parse_args()
    if not asked.large:
        asyncio.run(main(50_000 if asked.small else 200_000, 100_000 if asked.small else 1_000_000))
    if not asked.small:
        asyncio.run(measure_large(LARGE_LINES))
    sys.exit(0)
