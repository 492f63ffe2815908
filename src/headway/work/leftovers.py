"""What a run leaves behind in its process, and what of it can be put back."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_OURS = ("headway-", "asyncio_")
_TOLERATED = frozenset({"TMonitor", "_MonitorThread"})
"""Threads that harmless libraries keep for good (tqdm's monitor)."""
_WATCHED_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGCHLD", "SIGPIPE") if hasattr(signal, name)
)
_GRACE_SECONDS = 0.05
"""For threads that a task left behind and that are just ending, all together."""
_NAMED = 5


class Surroundings:
    """How the process was before a run; `leftovers` compares, and restores what can be restored."""

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._children = set(child_processes())
        self._cwd = _cwd()
        self._signals = {number: signal.getsignal(number) for number in _WATCHED_SIGNALS}
        root = logging.getLogger()
        self._root = (list(root.handlers), root.level)
        self._streams = (sys.stdout, sys.stderr)

    def leftovers(self) -> list[str]:
        """In words; empty: the process is as it was."""
        return [reason for look in _LOOKS if (reason := look(self))]

    def left_threads(self) -> str | None:
        left = [thread for thread in threading.enumerate() if thread not in self._threads and not _is_tolerated(thread)]
        for thread in left:
            thread.join(_GRACE_SECONDS / len(left))  # one that is just ending is no leftover
        left = [thread for thread in left if thread.is_alive()]
        return f"{_count(left, 'thread')} ({_list(thread.name for thread in left)})" if left else None

    def left_children(self) -> str | None:
        left = [pid for pid in child_processes() if pid not in self._children and pid != _resource_tracker()]
        return f"{_count(left, 'process', 'processes')} ({_list(map(_command, left))})" if left else None

    def changed_cwd(self) -> str | None:
        now = _cwd()
        if now == self._cwd:
            return None
        with contextlib.suppress(OSError):
            os.chdir(self._cwd)
        return f"another working directory ({now})"

    def changed_signals(self) -> str | None:
        changed = [number for number, before in self._signals.items() if signal.getsignal(number) != before]
        for number in changed:
            with contextlib.suppress(OSError, TypeError, ValueError):
                signal.signal(number, self._signals[number])
        return f"signal handlers ({_list(signal.Signals(number).name for number in changed)})" if changed else None

    def changed_logging(self) -> str | None:
        """`logging.basicConfig` in a task is common and harmless; it is undone, and nothing is said."""
        root = logging.getLogger()
        root.handlers[:], level = self._root[0], self._root[1]
        if root.level != level:
            root.setLevel(level)
        sys.stdout, sys.stderr = self._streams
        return None


_LOOKS: tuple[Callable[[Surroundings], str | None], ...] = (
    Surroundings.left_threads,
    Surroundings.left_children,
    Surroundings.changed_cwd,
    Surroundings.changed_signals,
    Surroundings.changed_logging,
)


def child_processes() -> list[int]:
    """Pids of living processes that this one started or adopted. Empty where there is no /proc."""
    found: list[int] = []
    try:
        threads = os.listdir("/proc/self/task")  # noqa: PTH208  (three times quicker, and called after every run)
    except OSError:
        return found
    for thread in threads:
        with contextlib.suppress(OSError), open(f"/proc/self/task/{thread}/children", "rb") as file:  # noqa: PTH123
            found += map(int, file.read().split())
    return [pid for pid in found if not _is_zombie(pid)] if found else found


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"
    except (OSError, IndexError):
        return True


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()[:80] or str(pid)
    except OSError:
        return str(pid)


def _resource_tracker() -> int | None:
    """`multiprocessing` keeps one process for good; it ends with its parent."""
    module: Any = sys.modules.get("multiprocessing.resource_tracker")
    return getattr(getattr(module, "_resource_tracker", None), "_pid", None)


def _is_tolerated(thread: threading.Thread) -> bool:
    return thread.name.startswith(_OURS) or type(thread).__name__ in _TOLERATED


def _cwd() -> str:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return "(removed)"


def _count(things: list[Any], one: str, many: str = "") -> str:
    return f"1 {one}" if len(things) == 1 else f"{len(things)} {many or one + 's'}"


def _list(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:_NAMED]) + (" …" if len(shown) > _NAMED else "")
