"""What a run has reported and the store has not yet acknowledged: in order, numbered, bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from headway.acts.parcel import Keep
from headway.work.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Something to keep, after everything that was reported before; the child may be waiting for it."""

    what: Keep
    done: Callable[[Exception | None, Sequence[str]], None]
    """Called with why it was refused, and the ids of children that were started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What becomes the run's next parcel."""

    batch_no: int
    """0: there are no events."""
    events: list[bytes] = field(default_factory=list[bytes])
    keep: Keeping | None = None


@dataclass(slots=True)
class Spool:
    """What all outboxes of a worker hold together."""

    size_bytes: int = 0


class Outbox:
    """FIFO of events and things to keep. One load is under way at a time, and stays the same until it is acknowledged."""

    __slots__ = ("_batch_no", "_items", "_keep_count", "_limits", "_spool", "_under_way", "_under_way_bytes", "size_bytes")

    def __init__(self, limits: Limits, spool: Spool) -> None:
        self._limits = limits
        self._spool = spool
        self._items: deque[bytes | Keeping] = deque()
        self._keep_count = 0
        self._batch_no = 0
        self._under_way: Load | None = None
        self._under_way_bytes = 0
        self.size_bytes = 0
        """Bytes of events not yet acknowledged."""

    def add(self, event: bytes) -> None:
        self._items.append(event)
        self.size_bytes += len(event)
        self._spool.size_bytes += len(event)

    def keep(self, keep: Keeping) -> None:
        self._items.append(keep)
        self._keep_count += 1

    @property
    def is_full(self) -> bool:
        return self.size_bytes > self._limits.spool_bytes or self._spool.size_bytes > self._limits.all_spools_bytes

    @property
    def has_room(self) -> bool:
        """Half empty again: reading goes on."""
        return self.size_bytes <= self._limits.spool_bytes // 2 and self._spool.size_bytes <= self._limits.all_spools_bytes // 2

    @property
    def is_empty(self) -> bool:
        """Nothing waits and nothing is under way."""
        return not self._items and self._under_way is None

    @property
    def is_under_way(self) -> bool:
        return self._under_way is not None

    @property
    def is_short(self) -> bool:
        """Whether all that waits fits into the transaction that ends the run."""
        return self._under_way is None and self.size_bytes <= self._limits.batch_bytes and not self._keep_count

    def take(self) -> Load | None:
        """The load under way again, else the next; None when there is nothing."""
        if self._under_way is not None:
            return self._under_way
        if not self._items:
            return None
        events: list[bytes] = []
        keep: Keeping | None = None
        size = 0
        while self._items and size < self._limits.batch_bytes:
            item = self._items.popleft()
            if not isinstance(item, bytes):
                keep = item
                self._keep_count -= 1
                break
            events.append(item)
            size += len(item)
        if events:
            self._batch_no += 1
        self._under_way = Load(batch_no=self._batch_no if events else 0, events=events, keep=keep)
        self._under_way_bytes = size
        return self._under_way

    def acknowledge(self) -> None:
        """The load under way is recorded (or refused for good)."""
        self._under_way = None
        self.size_bytes -= self._under_way_bytes
        self._spool.size_bytes -= self._under_way_bytes
        self._under_way_bytes = 0

    def clear(self) -> None:
        """Nobody will record this any more."""
        self._items.clear()
        self._keep_count = 0
        self._under_way = None
        self._spool.size_bytes -= self.size_bytes
        self.size_bytes = self._under_way_bytes = 0

    def take_last(self) -> Load:
        """All that waits, as the batch that goes with the end of the run. Only when `is_short`."""
        events = [item for item in self._items if isinstance(item, bytes)]
        self._items.clear()
        if events:
            self._batch_no += 1
        self._under_way = Load(batch_no=self._batch_no if events else 0, events=events)
        self._under_way_bytes = self.size_bytes
        return self._under_way
