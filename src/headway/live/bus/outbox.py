"""Messages that wait to leave the process."""

from __future__ import annotations

import threading
from collections import deque

from headway.live.bus.wire import MESSAGE_LIMIT

OUTBOX_LIMIT = 4_194_304
"""Bytes that wait for one peer."""


class Outbox:
    """Messages that wait for a peer, bounded in bytes; the oldest go first. Filled by any thread, emptied by the loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: deque[bytes] = deque()
        self._size = 0
        self.dropped_count = 0

    def put(self, message: bytes) -> bool:
        """True if it was empty before: someone has to begin to empty it."""
        with self._lock:
            if len(message) > MESSAGE_LIMIT:
                self.dropped_count += 1
                return False
            was_empty = not self._messages
            self._messages.append(message)
            self._size += len(message)
            while self._size > OUTBOX_LIMIT and len(self._messages) > 1:
                self._size -= len(self._messages.popleft())
                self.dropped_count += 1
            return was_empty

    def take(self, limit: int = 262_144) -> list[bytes]:
        taken: list[bytes] = []
        with self._lock:
            while self._messages and limit > 0:
                message = self._messages.popleft()
                taken.append(message)
                limit -= len(message)
                self._size -= len(message)
        return taken

    def clear(self) -> None:
        with self._lock:
            self.dropped_count += len(self._messages)
            self._messages.clear()
            self._size = 0

    @property
    def is_empty(self) -> bool:
        return not self._messages
