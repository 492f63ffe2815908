"""A store that was put back from a copy is noticed, and one that was killed at any moment is not taken for one."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from headway.assembly.lineage import MARK, Lineage
from headway.assembly.server import open_server
from headway.settings import read_settings
from headway.store.sql.store import SqlStore
from tests.waiting import eventually_async


@asynccontextmanager
async def opened(database: Path) -> AsyncIterator[tuple[SqlStore, Lineage]]:
    store = await SqlStore.open(f"sqlite:///{database}", synchronous="OFF")
    try:
        yield store, Lineage(store, database.with_name("marks"))
    finally:
        await store.close()


def copy(source: Path, target: Path) -> None:
    """As the page about running a server says."""
    for name in (target.name, f"{target.name}-wal", f"{target.name}-shm"):
        target.with_name(name).unlink(missing_ok=True)
    reading, writing = sqlite3.connect(source), sqlite3.connect(target)
    reading.backup(writing)
    reading.close()
    writing.close()


async def test_a_store_that_goes_on_keeps_its_epoch(tmp_path: Path) -> None:
    epochs: set[str] = set()
    for _ in range(3):
        async with opened(tmp_path / "a.db") as (store, marks):
            assert await marks.check()
            await marks.mark()
            epochs.add(store.epoch)
    assert len(epochs) == 1


async def test_a_copy_that_is_put_back_gets_a_new_epoch(tmp_path: Path) -> None:
    async with opened(tmp_path / "a.db") as (store, marks):
        await marks.check()
        before = store.epoch
        copy(tmp_path / "a.db", tmp_path / "backup.db")
        await marks.mark()
        await marks.mark()
    copy(tmp_path / "backup.db", tmp_path / "a.db")

    async with opened(tmp_path / "a.db") as (store, marks):
        assert not await marks.check()
        renewed = store.epoch
    assert renewed != before
    async with opened(tmp_path / "a.db") as (store, marks):
        assert await marks.check(), "once is enough"
        assert store.epoch == renewed


async def test_a_store_without_its_marks_and_marks_without_their_store_are_strangers(tmp_path: Path) -> None:
    async with opened(tmp_path / "a.db") as (_, marks):
        await marks.check()
    (tmp_path / "marks").rename(tmp_path / "kept")
    async with opened(tmp_path / "a.db") as (_, marks):
        assert not await marks.check()
    (tmp_path / "marks").write_bytes(b"\xff\xff")
    async with opened(tmp_path / "a.db") as (_, marks):
        assert not await marks.check()
    async with opened(tmp_path / "new.db") as (_, marks):
        assert not await marks.check()


async def test_killed_between_the_file_and_the_store_it_is_recognised(tmp_path: Path) -> None:
    async with opened(tmp_path / "a.db") as (store, marks):
        await marks.check()
        mark = await store.read(lambda snapshot: snapshot.meta.get(MARK))
        await marks.mark()
        await store.write(lambda tx: tx.meta.put(MARK, str(mark)))  # the commit that did not happen any more
    async with opened(tmp_path / "a.db") as (_, marks):
        assert await marks.check()


async def test_the_mark_changes_again_and_again(tmp_path: Path) -> None:
    async with opened(tmp_path / "a.db") as (store, _):
        marks = Lineage(store, tmp_path / "marks", pause_seconds=0.01)
        await marks.check()
        keeping = asyncio.create_task(marks.keep())
        seen: set[str | None] = set()

        async def is_marked_anew() -> bool:
            seen.add(await store.read(lambda snapshot: snapshot.meta.get(MARK)))
            return len(seen) > 2

        await eventually_async(is_marked_anew)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def test_a_server_notices_that_its_database_was_put_back(tmp_path: Path) -> None:
    settings = read_settings({"HEADWAY_HOME": str(tmp_path / "home"), "HEADWAY_PORT": "0"})
    database = settings.home / "headway.db"
    async with open_server(settings) as server:
        before = server.store.epoch
        copy(database, tmp_path / "backup.db")
    async with open_server(settings) as server:
        assert server.store.epoch == before
    async with open_server(settings) as server:
        assert server.store.epoch == before

    copy(tmp_path / "backup.db", database)

    async with open_server(settings) as server:
        assert server.store.epoch != before
