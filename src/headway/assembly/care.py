"""Commands that look after the store of an installation: which database it is, and who may have it open meanwhile."""

from __future__ import annotations

from pathlib import Path

from headway.assembly.locks import hold_alone
from headway.model.errors import Invalid
from headway.settings import Settings
from headway.store.sql.care import postgres_backup, sqlite_backup, versions
from headway.store.sql.care.check import check as check_store
from headway.store.sql.care.files import Backup, Restored
from headway.store.sql.care.move import Move, Moved, empty
from headway.store.sql.care.reach import Advance, Tell, file_of, linked, must_be_there
from headway.store.sql.care.report import Report
from headway.store.sql.care.statements import Statements, list_statements
from headway.store.sql.care.versions import Versions

__all__ = [
    "Advance",
    "Backup",
    "Moved",
    "Report",
    "Restored",
    "Statements",
    "Tell",
    "Versions",
    "back_up",
    "check",
    "find_versions",
    "move",
    "restore",
    "statements",
    "upgrade",
]


def find_versions(settings: Settings) -> Versions:
    """Raises `NoStore`, `StoreUnavailable`."""
    return versions.find_versions(settings.database_url)


def upgrade(settings: Settings) -> Versions:
    """What the version was before. Raises `NoStore`, `StoreUnavailable`."""
    return versions.upgrade(settings.database_url)


def back_up(settings: Settings, target: Path, *, is_forced: bool, tell: Tell) -> Backup:
    """Beside a running installation. Raises `BackupExists`, `NoStore`, `StoreDamaged`, `StoreUnavailable`, `ToolMissing`."""
    database = file_of(settings.database_url)
    if database is None:
        return postgres_backup.back_up(settings.database_url, target, is_forced=is_forced, tell=tell)
    if target.exists() and database.exists() and target.samefile(database):
        raise Invalid(f"{target} is the store itself.", field="FILE")
    return sqlite_backup.back_up(database, target, is_forced=is_forced, tell=tell)


def restore(settings: Settings, backup: Path, *, tell: Tell) -> Restored:
    """Raises `BackupUnusable`, `StoreInUse`, `StoreUnavailable`, `ToolMissing`; then nothing has changed."""
    database = file_of(settings.database_url)
    if database is not None:
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with hold_alone(settings):
        if database is None:
            return postgres_backup.restore(settings.database_url, backup, tell=tell)
        return sqlite_backup.restore(backup, database, tell=tell)


def check(settings: Settings, *, is_reindexing: bool, tell: Tell) -> Report:
    """Beside a running installation. Raises `NoStore`, `StoreUnavailable`, `Invalid`."""
    return check_store(settings.database_url, is_reindexing=is_reindexing, tell=tell)


def statements(settings: Settings, *, hours: int, limit: int) -> Statements:
    """What processes noticed in the last `hours`, and `limit` of what PostgreSQL counts. Raises `NoStore`, `StoreUnavailable`,
    `StoreOutdated`."""
    return list_statements(settings.database_url, hours=hours, limit=limit)


def move(settings: Settings, to: str, *, is_restarted: bool, tell: Tell) -> Moved:
    """From SQLite to PostgreSQL; called again it goes on where it was.

    Raises `Invalid`, `NoStore`, `StoreInUse`, `StoreOutdated`, `TargetNotEmpty`, `StoreDamaged`, `StoreUnavailable`.
    """
    if file_of(settings.database_url) is None:
        raise Invalid("Only a store on SQLite can be moved; DATABASE_URL names another.", field="DATABASE_URL")
    if not to.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        raise Invalid("A store is moved to PostgreSQL: --to postgresql://…", field="--to")
    must_be_there(settings.database_url)
    with hold_alone(settings), linked(settings.database_url) as source, linked(to) as target:
        if is_restarted:
            empty(target)
        return Move(source, target, tell=tell).run()
