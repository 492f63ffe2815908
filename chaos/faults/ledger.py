"""What was acknowledged, written down outside of the system: a file a process, that only grows. Standard library only, for children
write one each.

A line stands in it only after the system has said that something is kept for good, and is on the disk before anything else is done.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Json = dict[str, Any]


class Page:
    """One file of the ledger. Several threads may write; use as a context manager, or `close` it."""

    def __init__(self, directory: Path | str, name: str) -> None:
        self._lock = threading.Lock()
        self._fd = os.open(Path(directory) / f"{name}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def write(self, what: str, **fields: Any) -> None:
        """Returns when it is on the disk."""
        line = json.dumps({"what": what, **fields}, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            os.write(self._fd, line)
            os.fdatasync(self._fd)

    def close(self) -> None:
        os.close(self._fd)


def read_ledger(directory: Path) -> list[Json]:
    """All pages, each in its order. What a killed process left of its last line is no line."""
    lines: list[Json] = []
    for page in sorted(directory.glob("*.jsonl")):
        whole = page.read_bytes().rpartition(b"\n")[0]
        lines += [json.loads(line) for line in whole.splitlines()]
    return lines


def size_of(directory: Path) -> int:
    """Bytes in the pages of children: it grows whenever user code is told that something of it is kept."""
    return sum(page.stat().st_size for page in directory.glob("run-*.jsonl"))
