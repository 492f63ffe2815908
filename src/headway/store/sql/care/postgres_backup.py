"""A backup of a store on PostgreSQL by its own programs, and one put back in a single transaction: all of it, or nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import IO, cast

from headway.model.errors import BackupExists, BackupUnusable, NoStore, StoreInUse, StoreUnavailable
from headway.model.ids import new_id
from headway.store.sql.care.files import Backup, Restored, fresh_beside, into_place, kept_name
from headway.store.sql.care.postgres_tools import check_ended, conninfo, start
from headway.store.sql.care.reach import Advance, Tell, linked
from headway.store.sql.link import Link
from headway.store.sql.meta import EPOCH
from headway.store.sql.migrate import VERSIONS, bring_up, version_of
from headway.store.sql.tables import metadata

TABLES = (*(table.name for table in metadata.sorted_tables), "alembic_version")
"""Ours; other tables of the database are left alone."""
_CHUNK_BYTES = 1 << 20
_MAGIC = b"PGDMP"


def back_up(url: str, target: Path, *, is_forced: bool, tell: Tell) -> Backup:
    """`pg_dump` in its custom format: consistent as of its begin, and nobody waits for it.

    Raises `BackupExists`, `NoStore`, `ToolMissing`, `StoreUnavailable`.
    """
    if target.exists() and not is_forced:
        raise BackupExists(path=str(target))
    with linked(url, is_reading=True) as link:
        version = version_of(link)
        if version is None:
            raise NoStore(place="the database that is set")
        tables = [f"--table={name}" for name in TABLES if name in tables_of(link)]
    with fresh_beside(target) as part:
        command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", *tables, "--dbname", conninfo(url)]
        with part.open("wb") as file, start(url, command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as dumping:
            done = 0
            while chunk := cast("IO[bytes]", dumping.stdout).read(_CHUNK_BYTES):
                file.write(chunk)
                done += len(chunk)
                # Of how many is not known: a dump is compressed, and has no indexes in it.
                tell(Advance(stage="copying", done=done, total=0, unit="B"))
            complaint = cast("IO[bytes]", dumping.stderr).read()
            code = dumping.wait()
        check_ended("pg_dump", code, complaint)
        tell(Advance(stage="checking", done=0, total=0, unit=""))
        _contents(url, part)
        into_place(part, target, is_forced=is_forced)
    return Backup(path=str(target), size_bytes=target.stat().st_size, version=version)


def restore(url: str, backup: Path, *, tell: Tell) -> Restored:
    """Put a backup in the place of our tables, with a new epoch, and bring it up.

    What was there is dumped to a file beside the backup first. Raises `BackupUnusable` before anything is changed, `StoreInUse`.
    """
    version = _usable(url, backup)
    check_unused(url)
    kept = None
    revocations: list[tuple[str, int, int, str]] = []
    with linked(url) as link:
        found = version_of(link)
        if found is not None and "revocations" in tables_of(link):
            revocations = [tuple(row) for row in link.prepare("SELECT id, revoked_at, ends_at, by_id FROM revocations").all()]
    if found is not None:
        kept = kept_name(backup)
        back_up(url, kept, is_forced=False, tell=tell)
    epoch = new_id()
    _replace(url, backup, epoch, tell)
    with linked(url) as link:
        bring_up(link.connection.engine)
    with linked(url) as link:
        upsert = link.prepare("INSERT INTO revocations (id, revoked_at, ends_at, by_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
        revoked = sum(upsert.run(*row) for row in revocations)
    return Restored(version=version, epoch=epoch, kept=None if kept is None else str(kept), revocation_count=revoked)


def check_unused(url: str) -> None:
    """Raises `StoreInUse` while a process of Headway is connected to the database."""
    with linked(url, is_reading=True) as link:
        row = link.prepare(
            "SELECT count(*), min(client_addr::text) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'headway' AND pid <> pg_backend_pid()"
        ).one()
    if row[0]:
        raise StoreInUse(holder=f"{row[0]} connections of Headway from {row[1] or 'this machine'}")


def tables_of(link: Link) -> set[str]:
    return {row[0] for row in link.prepare("SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false))").all()}


def _contents(url: str, file: Path) -> list[str]:
    """What a dump holds, a line a thing. Raises `BackupUnusable`."""
    with start(url, ["pg_restore", "--list", str(file)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as listing:
        out, complaint = listing.communicate()
    if listing.returncode:
        lines = complaint.decode("utf-8", "replace").strip().splitlines()
        raise BackupUnusable(path=str(file), reason=lines[0] if lines else "pg_restore cannot read it")
    return [line for line in out.decode("utf-8", "replace").splitlines() if line and not line.startswith(";")]


def _usable(url: str, backup: Path) -> str:
    """The version of a backup that can be restored: read through from end to end, and a store of ours."""
    if not backup.is_file():
        raise BackupUnusable(path=str(backup), reason="there is no such file")
    with backup.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise BackupUnusable(path=str(backup), reason="it is no dump of PostgreSQL in the custom format")
    names = {line.split()[-2] for line in _contents(url, backup) if " TABLE DATA " in line}
    if not {"meta", "runs", "alembic_version"} <= names:
        raise BackupUnusable(path=str(backup), reason="it holds no store of Headway")
    with start(url, ["pg_restore", "--file=-", str(backup)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as reading:
        version = ""
        is_next = False
        for line in cast("IO[bytes]", reading.stdout):
            if is_next:
                version, is_next = line.decode("ascii", "replace").strip(), False
            is_next = line.startswith(b"COPY ") and b"alembic_version" in line
        complaint = cast("IO[bytes]", reading.stderr).read()
        code = reading.wait()
    if code:
        raise BackupUnusable(path=str(backup), reason=complaint.decode("utf-8", "replace").strip().splitlines()[0])
    if version not in VERSIONS:
        raise BackupUnusable(path=str(backup), reason=f"it is of a newer Headway (its tables are of version {version})")
    return version


def _replace(url: str, backup: Path, epoch: str, tell: Tell) -> None:
    """One transaction of `psql`, which ends with our COMMIT only if `pg_restore` has come to its end."""
    drop = ", ".join(f'"{name}"' for name in TABLES)
    psql = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-", "--dbname", conninfo(url)]
    restoring = start(
        url, ["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(backup)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    with restoring, start(url, psql, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as writing:
        to = cast("IO[bytes]", writing.stdin)
        try:
            to.write(
                f"BEGIN;\nSET lock_timeout = '10s';\nSET client_min_messages = warning;\nDROP TABLE IF EXISTS {drop} CASCADE;\n".encode()
            )
            done = 0
            while chunk := cast("IO[bytes]", restoring.stdout).read(_CHUNK_BYTES):
                to.write(chunk)
                done += len(chunk)
                tell(Advance(stage="restoring", done=done, total=0, unit="B"))
            complaint = cast("IO[bytes]", restoring.stderr).read()
            code = restoring.wait()
            # The dump leaves the session without a search path.
            to.write(
                f"RESET search_path;\nUPDATE meta SET value = '{epoch}' WHERE key = '{EPOCH}';\n".encode() if code == 0 else b"ROLLBACK;\n"
            )
            to.write(b"COMMIT;\n" if code == 0 else b"")
            to.close()
        except BrokenPipeError:
            restoring.kill()
            code, complaint = 0, b""
        said = cast("IO[bytes]", writing.stderr).read()
        ended = writing.wait()
    check_ended("psql", ended, said)
    if code:
        raise StoreUnavailable(reason=complaint.decode("utf-8", "replace").strip().splitlines()[0])
