"""A real store for a test: SQLite on a file in memory, gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from headway.model.clock import Clock
from headway.store.contract import Announce, News
from headway.store.sql.statements import SLOW_SECONDS
from headway.store.sql.store import SqlStore

_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of ours is made in it

PLACE = _MEMORY if _MEMORY.is_dir() else None


def _say_nothing(news: Sequence[News]) -> None:
    """Nobody listens."""


@asynccontextmanager
async def memory_store(
    *, clock: Clock | None = None, announce: Announce = _say_nothing, slow_seconds: float = SLOW_SECONDS
) -> AsyncGenerator[SqlStore]:
    """An empty store that forgets all at the end: ``async with memory_store(clock=FakeClock()) as store``.

    Not one millisecond is spent on durability (``synchronous=OFF``); everything else is the store that people run.
    """
    with tempfile.TemporaryDirectory(prefix="headway-", dir=PLACE) as directory:
        store = await SqlStore.open(
            f"sqlite:///{directory}/headway.db", clock=clock, announce=announce, synchronous="OFF", slow_seconds=slow_seconds
        )
        try:
            yield store
        finally:
            await store.close()
