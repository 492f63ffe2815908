"""The home: who can read it, the secret, the database and its write-ahead log."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

from headway.cli.checks.finding import Finding, Grade, Place
from headway.cli.formats import format_bytes

LARGEST_WAL = 256_000_000
PRIVATE = ("secret", "connection.json", "headway.db")


def check_home(place: Place) -> Finding:
    home = place.settings.home
    if not home.exists():
        return place.finding("home", Grade.OK, "home_absent", home=str(home))
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return place.finding("home", Grade.FAIL, "home_closed", advice="home_closed_advice", home=str(home))
    open_files = [path for path in (home / name for name in PRIVATE) if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    if any(path.name == "secret" for path in open_files):
        names = " ".join(str(path) for path in open_files)
        return place.finding("home", Grade.FAIL, "home_readable", advice="home_readable_advice", names=names)
    if open_files and stat.S_IMODE(home.stat().st_mode) & 0o077:
        names = " ".join(str(path) for path in open_files)
        return place.finding("home", Grade.WARN, "home_readable", advice="home_readable_advice", names=names)
    return place.finding("home", Grade.OK, "home", home=str(home))


def _database_file(place: Place) -> Path | None:
    scheme, _, path = place.settings.database_url.partition("///")
    return Path(path.split("?")[0]) if scheme.startswith("sqlite") and path else None


def check_database(place: Place) -> Finding:
    path = _database_file(place)
    if path is None:
        # Only the server holds the connection to PostgreSQL; whether it is ready is asked of it.
        return place.finding("database", Grade.OK, "database_remote")
    if not path.exists():
        return place.finding("database", Grade.OK, "database_absent", path=str(path))
    try:
        with _opened(path) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
            # Taken and given back at once: a writer that holds it for long is what this looks for.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        size = path.stat().st_size
    except sqlite3.OperationalError as error:
        return place.finding(
            "database", Grade.FAIL, "database_refused", advice="database_refused_advice", path=str(path), reason=str(error)
        )
    except sqlite3.DatabaseError as error:
        return place.finding("database", Grade.FAIL, "database_broken", advice="database_broken_advice", path=str(path), reason=str(error))
    return place.finding("database", Grade.OK, "database", path=str(path), size=format_bytes(size))


class _opened:  # noqa: N801 - used as a with statement, where sqlite3's own leaves the connection open
    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=3.0, isolation_level=None)

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, *_error: object) -> None:
        self._connection.close()


def check_wal(place: Place) -> Finding:
    path = _database_file(place)
    wal = path.with_name(path.name + "-wal") if path else None
    size = wal.stat().st_size if wal and wal.exists() else 0
    if size > LARGEST_WAL:
        return place.finding("wal", Grade.WARN, "wal", advice="wal_large", size=format_bytes(size), size_bytes=size)
    return place.finding("wal", Grade.OK, "wal", size=format_bytes(size), size_bytes=size)
