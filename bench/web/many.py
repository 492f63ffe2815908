"""What do lists and acts for many cost when a hundred thousand runs are stored?

A real server process on SQLite with ``synchronous=FULL`` and no worker, asked over HTTP by one client: pages of 100 runs by each
filter of the list, and the cancellation of all that wait under one tag.

    python -m bench.web.many [--stored 100000] [--cancelled 10000] [--small]
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import headway
from bench.figures import tell
from bench.web.start_runs import TASK
from headway.access.principal import SYSTEM
from headway.acts.cancel import CANCEL
from headway.acts.start import START_LIMIT, StartRun, start
from headway.acts.wish import wish_for_many
from headway.store.sql.store import SqlStore

ROUNDS = 40
PAGE = 100


async def fill(url: str, stored: int, cancelled: int) -> None:
    """`stored` runs, most of them ended, in five projects; `cancelled` of them wait and carry the tag ``wave``."""
    store = await SqlStore.open(url)
    await store.write(lambda tx: tx.tasks.put([TASK]))
    for first in range(0, stored, START_LIMIT):
        waiting = first < cancelled
        wishes = [
            StartRun(
                task=TASK.name, parameters={"number": number}, name=f"sheet {number % 997}", project=f"school {number % 5}",
                priority=number % 3, tags=["wave" if waiting else f"class {number % 40}"],
            )
            for number in range(first, min(first + START_LIMIT, stored))
        ]  # fmt: skip
        runs = await store.write(lambda tx, wishes=wishes: start(tx, wishes, SYSTEM))
        if not waiting:
            ids = [run.id for run in runs]
            await store.write(lambda tx, ids=ids: wish_for_many(tx, ids, CANCEL, SYSTEM))
    await store.close()


def ask(url: str, token: str, rounds: int) -> dict[str, float]:
    """Milliseconds from sending a request for a page to its last byte, over all filters, on one connection."""
    filters = [
        "", "state=cancelled", "state=queued&state=running", f"task={TASK.name}", "tag=class+7", "project=school+3",
        "project=school+3&state=cancelled", "q=sheet+4", f"created_by={SYSTEM.id}", "sort=-finished_at", "sort=name",
    ]  # fmt: skip
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    took: list[float] = []
    for _ in range(rounds):
        for where in filters:
            began = time.perf_counter()
            connection.request("GET", f"/api/v1/runs?limit={PAGE}&{where}", headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse().read()
            took.append((time.perf_counter() - began) * 1e3)
            assert len(json.loads(answer)["items"]) == PAGE, where
    connection.close()
    took.sort()
    return {"filters": len(filters), "p50_ms": took[len(took) // 2], "p95_ms": took[int(len(took) * 0.95)], "max_ms": took[-1]}


def measure(stored: int, cancelled: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(fill(f"sqlite:///{Path(directory) / 'headway.db'}", stored, cancelled))
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.web.start_runs", "--serve", directory], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            where = json.loads(server.stdout.readline())
            tell("lists", stored=stored, page=PAGE, **ask(where["url"], where["token"], rounds))
            with headway.Client(where["url"], where["token"], timeout=120) as client:
                wave = client.matching(tag="wave")
                began = time.perf_counter()
                count = wave.cancel(preview=True).matched
                previewed = time.perf_counter()
                done = wave.cancel("not this year")
                ended = time.perf_counter()
                assert count == done.succeeded == cancelled, (count, done)
                tell("bulk cancel", runs=cancelled, preview_ms=(previewed - began) * 1e3, seconds=ended - previewed)
        finally:
            assert server.stdin is not None
            server.stdin.close()
            server.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="5,000 stored, 1,000 cancelled")
    parser.add_argument("--stored", type=int, default=100_000)
    parser.add_argument("--cancelled", type=int, default=10_000)
    args = parser.parse_args()
    if args.small:
        measure(5_000, 1_000, 5)
    else:
        measure(args.stored, args.cancelled, ROUNDS)


if __name__ == "__main__":
    main()
