"""A process that appends to runs and notes in a ledger, line by line, what was acknowledged: ``url ledger count run…``."""

from __future__ import annotations

import asyncio
import os
import sys

from headway.model.events import Facet
from headway.store.contract import Pace, Transaction
from headway.store.sql.store import SqlStore
from tests.contract.material import a_segment


def append(tx: Transaction, run: str) -> int:
    head = tx.journal.lock([run])[run]
    head.last_seq += 1
    head.last_line += 1
    tx.journal.append([head], [a_segment(run, Facet.LOG, [head.last_line], [head.last_seq])])
    return head.last_seq


async def write(store: SqlStore, run: str, ledger: int, count: int) -> None:
    for number in range(count):
        seq = await store.write(lambda tx: append(tx, run), pace=Pace.REPORT if number % 2 else Pace.NOW)
        os.write(ledger, f"{run} {seq}\n".encode())


async def main(url: str, path: str, count: int, runs: list[str]) -> None:
    ledger = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    store = await SqlStore.open(url)
    await asyncio.gather(*(write(store, run, ledger, count) for run in runs))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
