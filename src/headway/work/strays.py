"""Processes that left the group of their child (a daemon, `setsid`), and must not outlive it.

The worker adopts orphans (PR_SET_CHILD_SUBREAPER), so that a process whose parents are gone is found among its own children,
and knows them by ``HEADWAY_WORKER`` in their environment. Linux only; elsewhere a daemon that user code starts lives on.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Collection
from pathlib import Path

_SUBREAPER = 36


def adopt_orphans() -> bool:
    """Whether this process is now the parent of orphans among its descendants."""
    try:
        return ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False


class Strays:
    """Ends what children of this worker left behind."""

    def __init__(self, worker: str) -> None:
        self._mark = f"HEADWAY_WORKER={worker}".encode()
        self._ended: set[int] = set()

    def end(self, known: Collection[int], living: Collection[str]) -> list[int]:
        """Kill adopted processes whose child is not among the `living` (names). `known`: pids of the children themselves. Those killed."""
        found = set(_children()) - set(known)
        for pid in list(self._ended):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    continue
            self._ended.discard(pid)
        names = {f"HEADWAY_CHILD={name}".encode() for name in living}
        killed: list[int] = []
        for pid in found - self._ended:
            environment = _environment(pid)
            if self._mark in environment and not names & environment:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
                    self._ended.add(pid)
                    killed.append(pid)
        return killed


def _children() -> list[int]:
    found: list[int] = []
    for thread in Path("/proc/self/task").iterdir() if Path("/proc/self/task").is_dir() else ():
        with contextlib.suppress(OSError):
            found += [int(pid) for pid in (thread / "children").read_text().split()]
    return found


def _environment(pid: int) -> set[bytes]:
    try:
        return set(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    except OSError:
        return set()
