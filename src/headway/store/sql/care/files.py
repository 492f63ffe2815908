"""Files that a copy is written to: of our own until they are whole, and under their name then; and what is said of them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from headway.model.errors import BackupExists, StoreUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    path: str
    size_bytes: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    version: str
    """Of the backup; the tables are of this code's version now."""
    epoch: str
    kept: str | None
    """Where the store that was there before is now; None: there was none."""
    revocation_count: int
    """Tokens that were revoked after the backup, and stay so."""


@contextmanager
def fresh_beside(target: Path) -> Generator[Path]:
    """An empty file of our own in the directory of `target`, gone at the end, whatever becomes of it."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreUnavailable(reason=f"{part.parent} cannot be written to: {error.strerror}") from None
    try:
        yield part
    finally:
        for name in (part.name, f"{part.name}-journal", f"{part.name}-wal", f"{part.name}-shm"):
            part.with_name(name).unlink(missing_ok=True)


def into_place(part: Path, target: Path, *, is_forced: bool) -> None:
    """On the disk first, then under its name. Not forced, it never takes the place of another."""
    _sync(part)
    if is_forced:
        part.replace(target)
    else:
        try:
            os.link(part, target)
        except FileExistsError:
            raise BackupExists(path=str(target)) from None
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept_name(path: Path) -> Path:
    """Where what `path` stood for is kept, which a restore takes the place of: a name that nothing has."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = path.with_name(f"{path.name}.before-{stamp}")
    return path.with_name(f"{kept.name}-{secrets.token_hex(2)}") if kept.exists() else kept
