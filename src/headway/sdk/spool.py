"""What a recorded program reports, kept on disk until the server has acknowledged it.

The spool is the queue itself, not a second copy: `append` writes an event to the page cache before it returns, so a program
that is killed the next moment has lost nothing; the delivery reads the same files from behind. One directory a run:

    lock                held (flock) by the process that records; free again when that process is gone, however it went
    run.json            what the run is to be called, and the key that makes opening it repeatable
    00000001.events …   records of events, in order; a file goes when all of it is acknowledged
    sent                records of what was told to the server: opened, which batch ends where, acknowledged

A record is its length, its CRC-32, its kind, and its bytes. A record that was torn by a crash ends its file.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import struct
import threading
import weakref
import zlib
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from headway.model.errors import HeadwayError
from headway.model.ids import is_id, new_id
from headway.sdk.connection import headway_home

SIZE_LIMIT = 64 * 1024 * 1024
"""Bytes of unacknowledged reports of one run."""
RESERVE = 1024 * 1024
"""Beyond `SIZE_LIMIT`, for what must still be said: what was dropped, and how it ended."""
TOTAL_LIMIT = 1024 * 1024 * 1024
"""Bytes of all left-over spools of a user; beyond it the oldest go."""
FILE_BYTES = 4 * 1024 * 1024
SENT_BYTES = 1024 * 1024
KEPT = ".kept"
"""Suffix of a spool that the server refused for good: not tried again, left for a person to look at."""

NEW = ".new-"

_HEAD = struct.Struct("<IIB")
EVENT, END, FILE = 1, 2, 3
"""Kinds of record: an event (JSON); how the run ended (JSON); a file to hand over (JSON)."""


class SpoolBusy(HeadwayError):
    """The process that writes this spool is alive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a run is opened with (`POST /runs`)."""

    name: str
    external_id: str | None = None
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    project: str | None = None
    lost_after_seconds: float | None = None
    idempotency_key: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Before a record: in which file, and at which byte."""

    file: int
    offset: int


@dataclass(slots=True, kw_only=True)
class Progress:
    """What was told to the server so far."""

    run: str | None = None
    fence: int = 0
    token: str | None = None
    batch_no: int = 0
    """Number of the newest batch that was composed."""
    batch_end: Place = field(default=Place(1, 0))
    """Where that batch ends. A batch is composed once: sent again, it holds the same events."""
    acknowledged_no: int = 0
    acknowledged_end: Place = field(default=Place(1, 0))
    end_was_sent: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    kind: int
    body: bytes
    end: Place
    """Where the next one begins."""


_held: weakref.WeakSet[Spool] = weakref.WeakSet()


def _after_fork() -> None:
    """The parent goes on; in the child the files are closed, so that no spool is held by a process that lives on."""
    for spool in list(_held):
        spool.forget()


os.register_at_fork(after_in_child=_after_fork)


def spool_home() -> Path:
    return headway_home() / "spool" / "outside"


class Spool:
    """One run's reports on their way. `append` from any thread; all else from the one thread that delivers."""

    def __init__(self, path: Path, opening: Opening, *, limit: int = SIZE_LIMIT) -> None:
        self.path = path
        self.opening = opening
        self.progress = Progress()
        self.limit = limit
        self.damaged_bytes = 0
        self._lock = threading.Lock()
        self._lock_fd = -1
        self._writer: IO[bytes] | None = None
        self._sent: IO[bytes] | None = None
        self._file_no = 1
        self._written = 0
        self._first_file = 1
        self._sizes: dict[int, int] = {}
        self._total = 0
        self._reader: tuple[int, IO[bytes]] | None = None
        self._unsynced = False
        self._pid = os.getpid()

    @classmethod
    def create(cls, opening: Opening, *, home: Path | None = None, limit: int = SIZE_LIMIT) -> Spool:
        """A new spool in `home` (default: the user's). Raises `OSError` when it cannot be written there."""
        home = home or spool_home()
        # Made under a name that nobody looks at: a process that delivers left-overs must not find it half made.
        path = home / (NEW + opening.idempotency_key)
        path.mkdir(parents=True, mode=0o700)
        spool = cls(path, opening, limit=limit)
        spool._take_lock()
        (path / "run.json").write_bytes(json.dumps(asdict(opening)).encode())
        spool._open_writer(1)
        spool._sent = (path / "sent").open("ab", buffering=0)
        spool.path = path.rename(home / opening.idempotency_key)
        return spool

    @classmethod
    def recover(cls, path: Path) -> Spool:
        """The spool that another process left. Raises `SpoolBusy` while that process lives, `ValueError` for what is none."""
        spool = cls(path, Opening(name="", idempotency_key=path.name))
        spool._take_lock()
        try:
            said: dict[str, Any] = json.loads((path / "run.json").read_bytes())
            said["tags"] = tuple(said.get("tags", ()))
            spool.opening = Opening(**said)
            spool._read_sent()
            spool._check_files()
        except (OSError, ValueError, TypeError, KeyError) as error:
            spool.close()
            raise ValueError(f"{path} is not a spool") from error
        return spool

    # --- writing ----------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Bytes that wait for an acknowledgement."""
        return self._total - self.progress.acknowledged_end.offset

    def has_room(self, size: int, *, reserve: int = 0) -> bool:
        return self.size + size + _HEAD.size <= self.limit + reserve

    def append(self, body: bytes, kind: int = EVENT) -> None:
        """Keep a record. Raises `OSError` when the disk does not take it; then nothing of it is kept."""
        record = _HEAD.pack(len(body), zlib.crc32(body), kind) + body
        with self._lock:
            writer = self._writer
            if writer is None:
                raise OSError("the spool is closed")
            if self._written >= FILE_BYTES:
                writer.close()
                self._open_writer(self._file_no + 1)
                writer = self._writer
                assert writer is not None
            written = 0
            try:
                while written < len(record):
                    written += writer.write(record[written:] if written else record) or 0
            except OSError:
                if written:
                    writer.truncate(self._written)
                raise
            # Asked of the file, not added up: an exception from a signal may have come right after an earlier write.
            end = writer.tell()
            self._total += end - self._written
            self._written = self._sizes[self._file_no] = end
            self._unsynced = True

    def _open_writer(self, number: int) -> None:
        self._file_no, self._written = number, 0
        self._sizes[number] = 0
        self._writer = self._file(number).open("ab", buffering=0)

    def sync(self) -> None:
        """Make what was appended outlast a loss of power. Done once a second while the server is away."""
        with self._lock:
            fd = os.dup(self._writer.fileno()) if self._unsynced and self._writer is not None else -1
            self._unsynced = False
        if fd >= 0:
            try:
                os.fdatasync(fd)
            finally:
                os.close(fd)

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(self, start: Place) -> Generator[Record]:
        """Records from a place on, as far as they were written by now."""
        number, offset = start.file, start.offset
        while True:
            with self._lock:
                size, newest = self._sizes.get(number, 0), self._file_no
            if offset >= size:
                if number >= newest:
                    return
                number, offset = number + 1, 0
                continue
            file = self._open_reader(number)
            while offset < size:
                file.seek(offset)
                head = file.read(_HEAD.size)
                if len(head) < _HEAD.size:
                    return
                length, _, kind = _HEAD.unpack(head)
                body = file.read(length)
                if len(body) < length:
                    return
                offset += _HEAD.size + length
                yield Record(kind, body, Place(number, offset))

    def _open_reader(self, number: int) -> IO[bytes]:
        if self._reader is None or self._reader[0] != number:
            if self._reader is not None:
                self._reader[1].close()
            self._reader = (number, self._file(number).open("rb"))
        return self._reader[1]

    @property
    def is_drained(self) -> bool:
        """Everything was acknowledged."""
        with self._lock:
            newest = Place(self._file_no, self._sizes[self._file_no])
        return self.progress.acknowledged_end >= newest or self.size <= 0

    # --- what was told to the server --------------------------------------------------------------------------------

    def opened(self, run: str, fence: int, token: str | None) -> None:
        self.progress.run, self.progress.fence, self.progress.token = run, fence, token
        self._note({"opened": [run, fence, token]})

    def composed(self, batch_no: int, end: Place) -> None:
        """Batch `batch_no` ends there. Written before it is sent, so that who repeats it sends the same."""
        self.progress.batch_no, self.progress.batch_end = batch_no, end
        self._note({"batch": [batch_no, end.file, end.offset]})

    def acknowledged(self) -> None:
        """The newest batch is committed: what it held is no longer needed."""
        progress = self.progress
        progress.acknowledged_no = progress.batch_no
        self._note({"acknowledged": progress.batch_no})
        self._release(progress.batch_end)

    def passed(self, end: Place) -> None:
        """A record that is no event was dealt with."""
        self.progress.batch_end = end
        self._note({"passed": [end.file, end.offset]})
        self._release(end)

    def ending(self) -> None:
        """The end is about to be sent: if it turns out to be known, that is fine."""
        self.progress.end_was_sent = True
        self._note({"ending": True})

    def _release(self, end: Place) -> None:
        with self._lock:
            self.progress.acknowledged_end = end
            gone = [number for number in self._sizes if number < end.file]
            for number in gone:
                self._total -= self._sizes.pop(number)
        for number in gone:
            self._file(number).unlink(missing_ok=True)

    def _note(self, said: dict[str, Any]) -> None:
        if self._sent is None:
            return
        if self._sent.tell() > SENT_BYTES:
            self._rewrite_sent()
        body = json.dumps(said).encode()
        self._sent.write(_HEAD.pack(len(body), zlib.crc32(body), 0) + body)

    def _rewrite_sent(self) -> None:
        """The notes in short, in a new file that takes the place of the old one at once."""
        at = self.progress
        notes: list[dict[str, Any]] = [
            {"opened": [at.run, at.fence, at.token]},
            {"batch": [at.acknowledged_no, at.acknowledged_end.file, at.acknowledged_end.offset]},
            {"acknowledged": at.acknowledged_no},
        ]
        if at.batch_no != at.acknowledged_no:
            notes.append({"batch": [at.batch_no, at.batch_end.file, at.batch_end.offset]})
        if at.end_was_sent:
            notes.append({"ending": True})
        fresh = (self.path / "sent.new").open("wb", buffering=0)
        for said in notes:
            body = json.dumps(said).encode()
            fresh.write(_HEAD.pack(len(body), zlib.crc32(body), 0) + body)
        os.fdatasync(fresh.fileno())
        (self.path / "sent.new").rename(self.path / "sent")
        if self._sent is not None:
            self._sent.close()
        self._sent = fresh

    # --- recovery ---------------------------------------------------------------------------------------------------

    def _read_sent(self) -> None:
        path = self.path / "sent"
        at = self.progress
        end = 0
        for record in _sound_records(path, 0):
            end = record.end.offset
            match json.loads(record.body):
                case {"opened": [run, fence, token]}:
                    at.run, at.fence, at.token = run, fence, token
                case {"batch": [number, file, offset]}:
                    at.batch_no, at.batch_end = number, Place(file, offset)
                case {"acknowledged": number}:
                    at.acknowledged_no, at.acknowledged_end = number, at.batch_end
                case {"passed": [file, offset]}:
                    at.batch_end = at.acknowledged_end = Place(file, offset)
                case {"ending": _}:
                    at.end_was_sent = True
                case _:
                    pass
        self._sent = path.open("ab", buffering=0)
        self._sent.truncate(end)

    def _check_files(self) -> None:
        """Keep of each file what is sound; count the rest as damaged."""
        numbers = sorted(int(path.stem) for path in self.path.glob("*.events") if path.stem.isdigit())
        first = self.progress.acknowledged_end.file
        for number in numbers:
            path = self._file(number)
            if number < first:
                path.unlink(missing_ok=True)
                continue
            sound = 0
            for record in _sound_records(path, number):
                sound = record.end.offset
            self.damaged_bytes += path.stat().st_size - sound
            os.truncate(path, sound)
            self._sizes[number] = sound
        self._file_no = max([*self._sizes, first])
        self._sizes.setdefault(self._file_no, 0)
        self._total = sum(self._sizes.values())
        self._written = self._sizes[self._file_no]
        self._writer = self._file(self._file_no).open("ab", buffering=0)

    # --- the end ----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the files; another process may deliver what is left."""
        with self._lock:
            for file in (self._writer, self._sent, self._reader[1] if self._reader else None):
                if file is not None:
                    file.close()
            self._writer = self._sent = self._reader = None
            if self._lock_fd >= 0:
                os.close(self._lock_fd)
                self._lock_fd = -1

    def remove(self) -> None:
        """All is delivered."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.close()

    def keep(self) -> Path:
        """Set aside what the server refuses for good; where it lies now."""
        kept = self.path.with_name(self.path.name + KEPT)
        self.path.rename(kept)
        self.path = kept
        self.close()
        return kept

    def forget(self) -> None:
        """In a forked child: close the files without a word. The parent goes on with them."""
        self._lock = threading.Lock()
        self.close()

    def _file(self, number: int) -> Path:
        return self.path / f"{number:08d}.events"

    def _take_lock(self) -> None:
        self._lock_fd = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock_fd)
            self._lock_fd = -1
            raise SpoolBusy from error
        _held.add(self)


def _sound_records(path: Path, number: int) -> Generator[Record]:
    """The records of a file up to the first that is torn."""
    if not path.exists():
        return
    offset = 0
    with path.open("rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, checksum, kind = _HEAD.unpack(head)
            if length > SIZE_LIMIT:
                return
            body = file.read(length)
            if len(body) < length or zlib.crc32(body) != checksum:
                return
            offset += _HEAD.size + length
            yield Record(kind, body, Place(number, offset))


def left_over(home: Path | None = None) -> list[Path]:
    """Spools that wait for a delivery, oldest first. Whether their process is gone shows only when one is recovered."""
    home = home or spool_home()
    try:
        found = [path for path in home.iterdir() if is_id(path.name) and path.is_dir()]
    except OSError:
        return []
    return sorted(found)


def bound_left_over(home: Path | None = None, *, limit: int = TOTAL_LIMIT) -> list[Path]:
    """Remove the oldest spools of dead processes (those set aside included) until all fit into `limit`; those removed."""
    home = home or spool_home()
    try:
        paths = sorted(path for path in home.iterdir() if is_id(path.name.removesuffix(KEPT)) and path.is_dir())
    except OSError:
        return []
    sizes = {path: sum(file.stat().st_size for file in path.iterdir() if file.is_file()) for path in paths}
    total, removed = sum(sizes.values()), list[Path]()
    for path in paths:
        if total <= limit:
            break
        try:
            Spool.recover(path).remove()
        except (SpoolBusy, ValueError, OSError):
            continue
        total -= sizes[path]
        removed.append(path)
    return removed
