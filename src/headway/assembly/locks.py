"""Who holds an installation: one server, any number of workers, or one command that changes the whole store.

Locks are files of their own, never the database (decision 7). On PostgreSQL there is no file: who is connected is asked of it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from headway.model.errors import AlreadyServing, StoreInUse, StoreUnavailable
from headway.settings import Settings


def database_file(settings: Settings) -> Path | None:
    """None: the database is no file."""
    parts = urlsplit(settings.database_url)
    return Path(unquote(parts.path.removeprefix("/"))).absolute() if parts.scheme.startswith("sqlite") else None


def server_locks(settings: Settings) -> list[Path]:
    """The home's, and one beside the database where that is a file: two homes may name the same one. (Never a lock on the file
    itself: closing it would let go of SQLite's own locks, POSIX being what it is.)"""
    database = database_file(settings)
    return [settings.lock_path] if database is None else [settings.lock_path, database.with_name(f"{database.name}.server.lock")]


@contextmanager
def hold_lock(path: Path) -> Generator[None]:
    """An advisory lock on a file, released by the kernel however the process ends. Raises `AlreadyServing` with the holder's pid."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            raise AlreadyServing(pid=holder or "unknown", path=str(path)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def hold_as_server(settings: Settings) -> Generator[None]:
    """Raises `AlreadyServing`."""
    with ExitStack() as stack:
        for path in server_locks(settings):
            stack.enter_context(hold_lock(path))
        yield


@contextmanager
def hold_as_worker(settings: Settings) -> Generator[None]:
    """What all workers of one file share, so that no command replaces it under them. Raises `StoreInUse` while one does."""
    database = database_file(settings)
    if database is None:
        yield
        return
    with _flock(_workers_lock(database), fcntl.LOCK_SH, "a command that replaces or moves it (`headway db`)"):
        yield


@contextmanager
def hold_alone(settings: Settings) -> Generator[None]:
    """The whole installation, for a command that replaces or moves its store. Raises `StoreInUse` while a server or worker has it."""
    with ExitStack() as stack:
        try:
            for path in server_locks(settings):
                if path.parent.is_dir():
                    stack.enter_context(hold_lock(path))
        except AlreadyServing as error:
            raise StoreInUse(holder=f"a server (process {error.fields['pid']})") from None
        database = database_file(settings)
        if database is not None:
            stack.enter_context(_flock(_workers_lock(database), fcntl.LOCK_EX, "a worker"))
        yield


def _workers_lock(database: Path) -> Path:
    return database.with_name(f"{database.name}.workers.lock")


@contextmanager
def _flock(path: Path, kind: int, holder: str) -> Generator[None]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(reason=f"{path} cannot be made: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreInUse(holder=holder) from None
        yield
    finally:
        os.close(descriptor)
