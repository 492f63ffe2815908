"""The bytes of artifacts on this machine's disk, by content: ``<root>/ab/cdef…`` for the SHA-256 ``abcdef…``, as workers keep them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from headway.access.scanning import Scan
from headway.model.errors import ArtifactNotFound, StorageFull, TooLarge
from headway.model.ids import new_id
from headway.model.media_types import HEAD_BYTES

CHUNK = 262_144
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SHA256 = re.compile(r"[0-9a-f]{64}")


class LocalFiles:
    def __init__(self, root: Path, quota: int, scan: Scan | None = None) -> None:
        """`scan`: looks at each file before it can be had."""
        self._scan = scan
        self._root = root
        self._quota = quota
        self._used: int | None = None

    async def put(self, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
        """Keep what comes; its sha256 and size. Complete and on disk when this returns; an upload that fails leaves nothing.

        Raises `TooLarge`, `StorageFull`, `FileRefused`, `ScannerFailed`."""
        try:
            return await self._put(chunks)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise StorageFull from error

    async def _put(self, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
        if self._used is None:
            self._used = await asyncio.to_thread(_used, self._root)
        incoming = self._root / "incoming" / new_id()
        await asyncio.to_thread(incoming.parent.mkdir, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        size = 0
        try:
            file = await asyncio.to_thread(incoming.open, "xb")
            with file:
                async for chunk in chunks:
                    size += len(chunk)
                    if self._used + size > self._quota:
                        raise TooLarge(what="All artifacts together", limit=f"{self._quota} bytes")
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_settle, file)
            if self._scan is not None:
                await self._scan(incoming)
            await asyncio.to_thread(_adopt, incoming, self._path(digest.hexdigest()))
            self._used += size
            return digest.hexdigest(), size
        finally:
            with contextlib.suppress(FileNotFoundError):
                await asyncio.to_thread(incoming.unlink)

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes, in chunks. Raises `ArtifactNotFound` at the first if they are gone."""
        if not _SHA256.fullmatch(sha256):
            raise ArtifactNotFound
        try:
            file = await asyncio.to_thread(self._path(sha256).open, "rb")
        except OSError as error:
            raise ArtifactNotFound from error
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    async def head(self, sha256: str) -> bytes:
        """The first `HEAD_BYTES` bytes. Raises `ArtifactNotFound`."""
        try:
            return await asyncio.to_thread(_head, self._path(sha256))
        except OSError as error:
            raise ArtifactNotFound from error

    def _path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256[2:]


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _adopt(incoming: Path, kept: Path) -> None:
    kept.parent.mkdir(exist_ok=True)
    incoming.rename(kept)


def _used(root: Path) -> int:
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) if root.exists() else 0
