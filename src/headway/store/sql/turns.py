"""Who writes next, where several processes share one SQLite file.

SQLite lets one write and turns the others away. Those that come again every half millisecond waste a quarter of it in the middle,
and whoever has just committed is the quickest to begin again. So the first that was turned away becomes *next*: it holds a name
(a socket in Linux's abstract namespace: no file, and the kernel lets go of it with the process), which the others need before they try,
and wakes when somebody commits and sends to that name. All of this is about waiting well only: who may write is decided by
SQLite alone, and whoever is not heard (another network namespace, another system) is waited for as before.
"""

from __future__ import annotations

import hashlib
import select
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

STEP_SECONDS = 0.0005
"""Between two tries of one that nobody wakes."""
_UNHEARD_SECONDS = 0.001
"""Next tries again after this long, should whoever commits not know of turns."""
_PATIENCE_SECONDS = 0.02
"""A process that is next and does not move (stopped, or starved) is passed by."""


class Turns:
    """One thread's place among those that write to the file at `path`.

    Use: `wait` each time SQLite says that it is busy, `begun` once it is not, `ended` after each transaction.
    """

    def __init__(self, path: str) -> None:
        self._name = _name_of(path)
        self._next: socket.socket | None = None
        self._since = 0.0
        self._bell = _datagrams() if self._name else None

    def may_try(self) -> bool:
        """Whether nobody else is next, as far as one can know: to be asked before a try."""
        if self._name is None or self._next is not None:
            return True
        waiting = _datagrams()
        try:
            waiting.bind(self._name)
        except OSError:
            waiting.close()
            now = time.monotonic()
            self._since = self._since or now
            return now - self._since > _PATIENCE_SECONDS
        self._next = waiting
        return True

    def wait(self) -> None:
        """Until another try is worth it."""
        if self._next is None:
            time.sleep(STEP_SECONDS)
            return
        poll = select.poll()
        poll.register(self._next, select.POLLIN)
        poll.poll(_UNHEARD_SECONDS * 1000)
        with suppress(OSError):
            self._next.recv(16)

    def begun(self) -> None:
        """The transaction goes on, or will not: somebody else may be next."""
        self._since = 0.0
        if self._next is not None:
            self._next.close()
            self._next = None

    def ended(self) -> None:
        """Wake whoever is next."""
        if self._bell is not None and self._name is not None:
            with suppress(OSError):  # nobody waits
                self._bell.sendto(b"!", self._name)

    def close(self) -> None:
        self.begun()
        if self._bell is not None:
            self._bell.close()
            self._bell = None


def _datagrams() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


def _name_of(path: str) -> str | None:
    """The same for all processes that mean the same file, and for no other file of the machine."""
    if sys.platform != "linux":
        return None
    try:
        file = Path(path).stat()
    except OSError:
        return None
    said = f"{file.st_dev}:{file.st_ino}:{file.st_uid}"
    return f"\0headway-turn-{hashlib.sha256(said.encode()).hexdigest()[:24]}"
