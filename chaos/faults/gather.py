"""What is known when all is over: the store's tables and journals, a node's word, and the ledger."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg

from chaos.faults.history import Answered, Asked, Begun, History, Killed, Left, Paused, Recorded, RunHistory
from chaos.faults.ledger import Json, read_ledger
from chaos.faults.load import insist
from headway.sdk.client import Client
from headway.store.contract import Snapshot
from headway.store.sql.store import SqlStore

PAGE = 1_000
LOOKED_AT_ELSEWHERE = 10
"""Runs whose journal is asked of a node, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    begun: Sequence[Begun]
    recorded: Sequence[Recorded]
    asked: Sequence[Asked]
    answered: Sequence[Answered]
    killed: Sequence[Killed]
    paused: Sequence[Paused]


def understood(lines: Sequence[Json]) -> Ledger:
    def of(what: str) -> list[Json]:
        return [{key: value for key, value in line.items() if key != "what"} for line in lines if line["what"] == what]

    return Ledger(
        begun=[Begun(**line) for line in of("started")], recorded=[Recorded(**line) for line in of("recorded")],
        asked=[Asked(**line) for line in of("asked")], answered=[Answered(**line) for line in of("answered")],
        killed=[Killed(**line) for line in of("killed")], paused=[Paused(**line) for line in of("paused")],
    )  # fmt: skip


def unfinished(database: str, since: datetime) -> int:
    """How many runs that were created since then go on."""
    with psycopg.connect(database, connect_timeout=5) as sql:
        found = sql.execute("SELECT count(*) FROM runs WHERE created_at >= %s AND finished_at = 0", [_microseconds(since)]).fetchone()
    return int(found[0]) if found else 0


async def gather(database: str, since: datetime, ledger: Path, clients: Sequence[Client], dice: random.Random) -> History:
    """`since`: what was there before is another trial's."""
    store = await SqlStore.open(database)
    try:
        with psycopg.connect(database, connect_timeout=5) as sql:
            keys: dict[str, str | None] = {
                str(run): key
                for run, key in sql.execute(
                    "SELECT id, idempotency_key FROM runs WHERE created_at >= %s AND kind <> 'canary'", [_microseconds(since)]
                )
            }
            left = Left(
                leases=_count(sql, "SELECT count(*) FROM leases"),
                used_places=_count(sql, 'SELECT coalesce(sum("used"), 0) FROM slots'),
                blocked=_count(sql, "SELECT count(*) FROM runs WHERE blocked_on <> '' AND finished_at = 0"),
            )
        histories = {run: await read_history(store, run, key) for run, key in keys.items()}
    finally:
        await store.close()
    known = understood(read_ledger(ledger))
    for run in dice.sample(sorted(histories), min(LOOKED_AT_ELSEWHERE, len(histories))):
        client = dice.choice(clients)
        histories[run].elsewhere = insist(lambda client=client, run=run: list(client.events(run)))
    return History(
        runs=histories, begun=known.begun, recorded=known.recorded, asked=known.asked, answered=known.answered, killed=known.killed,
        paused=known.paused, left=left,
    )  # fmt: skip


async def read_history(store: SqlStore, run: str, key: str | None) -> RunHistory:
    events: list[Json] = []

    def page(snapshot: Snapshot) -> list[bytes]:
        return snapshot.journal.events(run, len(events), limit=PAGE)

    while lines := await store.read(page):
        events += [orjson.loads(line) for line in lines]

    def rest(snapshot: Snapshot) -> tuple[Any, ...]:
        details = snapshot.details
        return snapshot.runs.get(run), snapshot.journal.head(run), details.attempts(run), details.result(run)

    found, head, attempts, result = await store.read(rest)
    return RunHistory(
        run=found, key=key, attempts=attempts, events=events, last_seq=head.last_seq, last_line=head.last_line, view=head.view,
        result=None if result is None else orjson.loads(result),
    )  # fmt: skip


def _count(sql: psycopg.Connection[Any], query: str) -> int:
    found = sql.execute(query).fetchone()  # type: ignore[arg-type]
    return int(found[0]) if found else 0


def _microseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
