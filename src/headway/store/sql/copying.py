"""That somebody copies an SQLite file at this moment, told from process to process by a lock on a file beside it.

Who copies reads one moment of the database for as long as that takes, and the write-ahead log cannot be begun anew until then: trying
all the same would hold the writers for nothing.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def _lock_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.copy.lock")


@contextmanager
def copying(database: Path) -> Generator[None]:
    """While in the block, `is_copied` says so; several may copy at once. The kernel lets go of it however the process ends."""
    try:
        descriptor = os.open(_lock_of(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        # A directory that cannot be written to: the copy is as good, only the writers are asked to wait a little.
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def is_copied(database: Path) -> bool:
    try:
        descriptor = os.open(_lock_of(database), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
