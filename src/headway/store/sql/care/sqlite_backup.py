"""A consistent copy of an SQLite store while it is written to, and a copy put back in its place.

The copy is taken by SQLite's own backup, in steps, inside one read transaction: nobody waits for that in a database with a
write-ahead log. (Without the transaction each commit of another process would make the backup begin anew, and of a busy
store there would never be a copy.) While it lasts the log cannot be begun anew and grows by what is written.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from headway.model.errors import BackupExists, BackupUnusable, NoStore, StoreDamaged, StoreInUse, StoreUnavailable
from headway.model.ids import new_id
from headway.store.sql.care.files import Backup, Restored, fresh_beside, into_place, kept_name
from headway.store.sql.care.reach import Advance, Tell, answering, url_of
from headway.store.sql.copying import copying
from headway.store.sql.engines import make_engine
from headway.store.sql.meta import EPOCH
from headway.store.sql.migrate import VERSIONS, bring_up

_STEP_PAGES = 2048
"""Of 2 to 4 kB: a step takes a few milliseconds."""
_FOUND_LIMIT = 20


def back_up(source: Path, target: Path, *, is_forced: bool, tell: Tell) -> Backup:
    """Copy, check the copy, and only then give it its name.

    Raises `BackupExists`, `NoStore`, `StoreDamaged` (the copy is not sound, as the store is not), `StoreUnavailable`.
    """
    if not source.is_file():
        raise NoStore(place=str(source))
    if target.exists() and not is_forced:
        raise BackupExists(path=str(target))
    with fresh_beside(target) as part:
        with copying(source):
            _copy(source, part, tell)
        found = find_damage(part, tell)
        if found:
            raise StoreDamaged(reason="; ".join(found))
        version = _version(part)
        into_place(part, target, is_forced=is_forced)
    return Backup(path=str(target), size_bytes=target.stat().st_size, version=version)


def restore(backup: Path, database: Path, *, tell: Tell) -> Restored:
    """Put a copy in the place of `database`, with a new epoch. Whoever calls sees to it that no process of ours has the store open.

    What was there is kept beside it. Raises `BackupUnusable` before anything is changed, `StoreInUse` when somebody has the file open
    all the same.
    """
    version = _usable(backup, database, tell)
    with fresh_beside(database) as part:
        _copy(backup, part, tell)
        _bring_up(part)
        revoked = _take_revocations(database, part)
        epoch = new_id()
        with closing(_opened(part)) as connection:
            connection.execute("UPDATE meta SET value = ? WHERE key = ?", (epoch, EPOCH))
            connection.execute("PRAGMA journal_mode = DELETE")
        kept = _set_aside(database)
        into_place(part, database, is_forced=True)
    return Restored(version=version, epoch=epoch, kept=None if kept is None else str(kept), revocation_count=revoked)


def find_damage(path: Path, tell: Tell) -> list[str]:
    """What SQLite's own checks find in a file; an empty list: it is sound."""
    tell(Advance(stage="checking", done=0, total=0, unit=""))
    try:
        with closing(_opened(path)) as connection:
            found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({_FOUND_LIMIT})") if row[0] != "ok"]
            rows = connection.execute("PRAGMA foreign_key_check").fetchmany(_FOUND_LIMIT)
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return found + [f"row {row[1]} of {row[0]} belongs to a row of {row[2]} that is not there" for row in rows]


def _opened(path: Path) -> sqlite3.Connection:
    """An existing file, in autocommit."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10.0, isolation_level=None)


def _copy(source: Path, target: Path, tell: Tell) -> None:
    def advance(_status: int, remaining: int, total: int) -> None:
        tell(Advance(stage="copying", done=(total - remaining) * page_bytes, total=total * page_bytes, unit="B"))

    with answering(), closing(_opened(source)) as reading, closing(_opened(target)) as writing:
        page_bytes = reading.execute("PRAGMA page_size").fetchone()[0]
        reading.execute("BEGIN")
        # A transaction of SQLite begins with the first thing that is read.
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(writing, pages=_STEP_PAGES, progress=advance)
        reading.execute("ROLLBACK")
        # One file that needs no log beside it.
        writing.execute("PRAGMA journal_mode = DELETE")


def _version(path: Path) -> str:
    with closing(_opened(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _usable(backup: Path, database: Path, tell: Tell) -> str:
    """The version of a backup that can be restored."""
    if not backup.is_file():
        raise BackupUnusable(path=str(backup), reason="there is no such file")
    if database.exists() and backup.samefile(database):
        raise BackupUnusable(path=str(backup), reason="it is the store itself")
    found = find_damage(backup, tell)
    if found:
        raise BackupUnusable(path=str(backup), reason="; ".join(found))
    try:
        version = _version(backup)
        with closing(_opened(backup)) as connection:
            epoch = connection.execute("SELECT value FROM meta WHERE key = ?", (EPOCH,)).fetchone()
    except (sqlite3.DatabaseError, TypeError):
        epoch, version = None, ""
    if epoch is None:
        raise BackupUnusable(path=str(backup), reason="it holds no store of Headway")
    if version not in VERSIONS:
        raise BackupUnusable(path=str(backup), reason=f"it is of a newer Headway (its tables are of version {version})")
    return version


def _bring_up(path: Path) -> None:
    with answering():
        engine = make_engine(url_of(path), synchronous="FULL")
        try:
            bring_up(engine)
        finally:
            engine.dispose()


def _take_revocations(old: Path, new: Path) -> int:
    """A token that was revoked after the backup stays revoked. None can be taken out of a store that is damaged, or was older."""
    if not old.exists():
        return 0
    try:
        with closing(_opened(old)) as connection:
            rows = connection.execute("SELECT id, revoked_at, ends_at, by_id FROM revocations").fetchall()
    except sqlite3.DatabaseError:
        return 0
    with closing(_opened(new)) as connection:
        before = connection.total_changes
        connection.executemany("INSERT OR IGNORE INTO revocations (id, revoked_at, ends_at, by_id) VALUES (?, ?, ?, ?)", rows)
        return connection.total_changes - before


def _set_aside(database: Path) -> Path | None:
    """Give what is there a second name, as one file where that can be. `database` itself stays until it is replaced."""
    if not database.exists():
        return None
    kept = kept_name(database)
    try:
        with closing(_opened(database)) as connection:
            connection.execute("PRAGMA busy_timeout = 0")
            # Whoever else has the file open, of ours or not, keeps SQLite from this; and the log is in the file then.
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        if mode != "delete":
            raise StoreInUse(holder="another program that has the file open")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreInUse(holder="another program that has the file open") from None
        raise StoreUnavailable(reason=str(error)) from error
    except sqlite3.DatabaseError:
        # Damaged: it is kept as it is, its log with it, should somebody know how to get something out of it.
        with suppress(FileNotFoundError):
            database.with_name(f"{database.name}-wal").rename(kept.with_name(f"{kept.name}-wal"))
        database.with_name(f"{database.name}-shm").unlink(missing_ok=True)
    os.link(database, kept)
    return kept
