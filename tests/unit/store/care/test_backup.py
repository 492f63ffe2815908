"""Copies of a store that is in use, and copies put back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from headway.model.errors import (
    BackupExists,
    BackupUnusable,
    HeadwayError,
    NoStore,
    StoreDamaged,
    StoreInUse,
    StoreUnavailable,
    ToolMissing,
)
from headway.model.revocation import Revocation
from headway.store.sql.care import postgres_backup, sqlite_backup
from headway.store.sql.care.files import Backup, Restored
from headway.store.sql.care.reach import Advance, Tell, file_of, linked, say_nothing
from headway.store.sql.care.versions import find_versions, upgrade
from headway.store.sql.engines import make_engine
from headway.store.sql.migrate import VERSION
from headway.store.sql.migrations.upgrade import upgrade as migrate_to
from headway.store.sql.store import SqlStore
from headway.testing.clock import START
from tests.beside import postgres_programs
from tests.contract.material import after, put
from tests.unit.store.care.material import Told, all_rows, filled, read_again


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the PostgreSQL that the tests run."""
    monkeypatch.setenv("PATH", f"{postgres_programs()}{os.pathsep}{os.environ['PATH']}")


def back_up(url: str, target: Path, tell: Tell = say_nothing, *, is_forced: bool = False) -> Backup:
    path = file_of(url)
    if path is None:
        return postgres_backup.back_up(url, target, is_forced=is_forced, tell=tell)
    return sqlite_backup.back_up(path, target, is_forced=is_forced, tell=tell)


def restore(url: str, backup: Path, tell: Tell = say_nothing) -> Restored:
    path = file_of(url)
    return postgres_backup.restore(url, backup, tell=tell) if path is None else sqlite_backup.restore(backup, path, tell=tell)


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def sizes_in(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in directory.iterdir()}


async def epoch_of(url: str) -> str:
    store = await SqlStore.open(url, synchronous="OFF")
    await store.close()
    return store.epoch


async def test_what_is_put_back_is_what_was_copied_and_has_another_epoch(url: str, tmp_path: Path) -> None:
    runs = await filled(url)
    epoch, rows, seen = await epoch_of(url), all_rows(url), await read_again(url, runs)
    told = Told()
    made = back_up(url, tmp_path / "copies.backup", told)
    assert (made.version, made.size_bytes) == (VERSION, (tmp_path / "copies.backup").stat().st_size)
    assert told.stages == ["copying", "checking"]
    with linked(url) as link:
        link.cursor.execute("DELETE FROM runs")
        link.cursor.execute("UPDATE tasks SET description = 'another'")

    restored = restore(url, tmp_path / "copies.backup")

    assert restored.version == VERSION
    assert restored.epoch not in {epoch, ""}
    assert await epoch_of(url) == restored.epoch
    assert all_rows(url, without=frozenset({"meta"})) == {name: found for name, found in rows.items() if name != "meta"}
    assert await read_again(url, runs) == seen
    assert restored.kept is not None
    assert Path(restored.kept).name in names_in(tmp_path), "what was there before is kept"


async def test_what_was_there_before_can_be_put_back_too(url: str, tmp_path: Path) -> None:
    await filled(url)
    back_up(url, tmp_path / "first")
    with linked(url) as link:
        link.cursor.execute("UPDATE tasks SET description = 'another'")
    rows = all_rows(url, without=frozenset({"meta"}))
    kept = restore(url, tmp_path / "first").kept
    assert all_rows(url, without=frozenset({"meta"})) != rows
    assert kept is not None
    restore(url, Path(kept))
    assert all_rows(url, without=frozenset({"meta"})) == rows


async def test_a_token_that_was_revoked_after_the_copy_stays_revoked(url: str, tmp_path: Path) -> None:
    await filled(url)
    back_up(url, tmp_path / "copy")
    store = await SqlStore.open(url, synchronous="OFF")
    revoked = Revocation(id="since then", revoked_at=after(1), ends_at=after(9e9), by="anna")
    await store.write(lambda tx: tx.revocations.put(revoked))
    await store.close()
    assert restore(url, tmp_path / "copy").revocation_count == 1
    store = await SqlStore.open(url, synchronous="OFF")
    found = await store.read(lambda snapshot: snapshot.revocations.since(START, START, limit=99))
    await store.close()
    assert revoked in found


async def test_a_file_that_is_there_is_replaced_only_if_that_is_said(url: str, tmp_path: Path) -> None:
    await filled(url)
    there = tmp_path / "there"
    there.write_text("mine")
    with pytest.raises(BackupExists):
        back_up(url, there)
    assert there.read_text() == "mine"
    back_up(url, there, is_forced=True)
    assert restore(url, there).version == VERSION
    assert oct(there.stat().st_mode & 0o777) == "0o600", "there are secrets in it"


async def test_one_who_was_quicker_keeps_the_name(url: str, tmp_path: Path) -> None:
    await filled(url)

    def write_it(advance: Advance) -> None:
        if advance.stage == "checking":
            (tmp_path / "copy").write_text("mine")

    with pytest.raises(BackupExists):
        back_up(url, tmp_path / "copy", write_it)
    assert (tmp_path / "copy").read_text() == "mine"
    assert [name for name in names_in(tmp_path) if name.startswith(".")] == []


@pytest.mark.parametrize("bad", ["no such file", "a text", "a part", "no store"])
async def test_what_cannot_be_restored_changes_nothing(url: str, tmp_path: Path, bad: str) -> None:
    await filled(url)
    file = tmp_path / "backup"
    if bad == "a text":
        file.write_text("this is no database " * 1000)
    elif bad == "a part":
        back_up(url, tmp_path / "whole")
        file.write_bytes((tmp_path / "whole").read_bytes()[:-20_000])
    elif bad == "no store" and file_of(url):
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE other (x)")
    elif bad == "no store":
        with linked(url) as link:
            link.cursor.execute("ALTER TABLE meta RENAME TO other")
        with pytest.raises(BackupUnusable):
            restore(url, _dump(url, tmp_path / "backup"))
        return
    before = all_rows(url)
    with pytest.raises(BackupUnusable) as caught:
        restore(url, file)
    assert str(file) in caught.value.message
    assert all_rows(url) == before


def _dump(url: str, target: Path) -> Path:
    postgres_backup.back_up(url, target, is_forced=False, tell=say_nothing)
    return target


async def test_a_copy_of_the_future_is_refused(url: str, tmp_path: Path) -> None:
    await filled(url)
    with linked(url) as link:
        link.cursor.execute("UPDATE alembic_version SET version_num = '9999'")
    back_up(url, tmp_path / "copy")
    with linked(url) as link:
        link.cursor.execute(f"UPDATE alembic_version SET version_num = '{VERSION}'")
    with pytest.raises(BackupUnusable, match="9999"):
        restore(url, tmp_path / "copy")
    assert find_versions(url).found == VERSION


async def test_a_copy_of_an_older_version_is_brought_up(url: str, tmp_path: Path) -> None:
    engine = make_engine(url, synchronous="OFF")
    with engine.connect() as connection:
        migrate_to(connection, "0005")
        connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('epoch', 'e')")
        connection.commit()
    engine.dispose()
    assert (find_versions(url).found, find_versions(url).is_outdated) == ("0005", True)
    back_up(url, tmp_path / "old")
    assert upgrade(url).found == "0005"
    assert not upgrade(url).is_outdated

    restored = restore(url, tmp_path / "old")

    assert restored.version == "0005"
    assert find_versions(url).found == VERSION
    assert await epoch_of(url) == restored.epoch


async def test_neither_is_made_where_there_is_no_store(url: str, tmp_path: Path) -> None:
    for act in (find_versions, upgrade, lambda url: back_up(url, tmp_path / "copy")):
        with pytest.raises(NoStore):
            act(url)
    assert names_in(tmp_path) == []


async def test_restored_where_nothing_was(url: str, tmp_path: Path) -> None:
    """A new machine."""
    other = f"sqlite:///{tmp_path}/other.db" if file_of(url) else url
    runs = await filled(other)
    seen = await read_again(other, runs)
    back_up(other, tmp_path / "copy")
    if not file_of(url):
        with linked(url) as link:
            link.cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    restored = restore(url, tmp_path / "copy")
    assert restored.kept is None
    assert await read_again(url, runs) == seen


async def test_nothing_is_restored_under_somebody_who_has_it_open(url: str, tmp_path: Path) -> None:
    await filled(url)
    back_up(url, tmp_path / "copy")
    store = await SqlStore.open(url, synchronous="OFF")
    await store.write(put("has", "begun"))
    try:
        with pytest.raises(StoreInUse):
            restore(url, tmp_path / "copy")
        await store.write(put("still", "there"))
    finally:
        await store.close()
    assert ("still", "there") in all_rows(url)["meta"]


async def test_writers_are_not_held_up_by_a_copy_which_is_of_one_moment(tmp_path: Path) -> None:
    """Between any two steps another process commits, without waiting: the copy has what was there when it began, and comes to an end."""
    url = f"sqlite:///{tmp_path}/headway.db"
    await filled(url)
    commits = 0
    with linked(url) as link:
        link.cursor.execute("CREATE TABLE filler (x BLOB)")
        link.cursor.execute(
            "INSERT INTO filler SELECT zeroblob(4000) FROM json_each('[' || substr(replace(hex(zeroblob(8000)), '00', ',0'), 2) || ']')"
        )
    before = all_rows(url)
    with linked(url, busy_ms=0) as link:

        def commit(advance: Advance) -> None:
            nonlocal commits
            if advance.stage == "copying":
                commits += 1
                link.prepare("INSERT INTO meta (key, value) VALUES (?, '')").run(f"commit {commits}")

        back_up(url, tmp_path / "copy", commit)
    assert commits > 5, "in steps"
    assert all_rows(f"sqlite:///{tmp_path}/copy") == before
    assert len(all_rows(url)["meta"]) == len(before["meta"]) + commits


async def test_a_damaged_store_makes_no_backup_and_is_kept_when_it_is_replaced(tmp_path: Path) -> None:
    url, path = f"sqlite:///{tmp_path}/headway.db", tmp_path / "headway.db"
    runs = await filled(url, 40)
    seen = await read_again(url, runs)
    back_up(url, tmp_path / "good")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xa5" * 40_000)
    damaged = path.read_bytes()
    with pytest.raises(HeadwayError) as caught:
        back_up(url, tmp_path / "bad")
    assert isinstance(caught.value, StoreDamaged | StoreUnavailable)
    assert not (tmp_path / "bad").exists()

    kept = restore(url, tmp_path / "good").kept

    assert await read_again(url, runs) == seen
    assert kept is not None
    assert sizes_in(tmp_path)[Path(kept).name] == len(damaged)


async def test_without_the_programs_of_postgresql_it_says_what_to_install(
    postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(postgres_database)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match=r"pg_dump.*postgresql-client"):
        back_up(postgres_database, tmp_path / "copy")
    assert names_in(tmp_path) == []


async def test_other_tables_of_a_database_are_left_alone(postgres_database: str, tmp_path: Path) -> None:
    await filled(postgres_database)
    back_up(postgres_database, tmp_path / "copy")
    with linked(postgres_database) as link:
        link.cursor.execute("CREATE TABLE of_somebody_else AS SELECT 7 AS x")
    restore(postgres_database, tmp_path / "copy")
    with linked(postgres_database) as link:
        assert link.prepare("SELECT x FROM of_somebody_else").one() == (7,)
