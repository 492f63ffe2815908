"""How the installation is doing, as the viewers of `system` see it: the newest sample of each host, process, queue and route. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from headway.live import frames
from headway.live.frames import Frame
from headway.live.messages import SYSTEM_CHANNEL

if TYPE_CHECKING:
    from headway.live.system_subscription import SystemSubscription

NEWEST_KEPT = 1_000
"""Of so many the newest sample is held: those that were sampled last."""

Json = dict[str, Any]


class Bulletin:
    """A source of `Pulse`. Changed only by the hub, in the loop's thread."""

    def __init__(self, *, epoch: str) -> None:
        self.epoch = epoch
        self.flushed_at = 0.0
        self.waiting_since = 0.0
        self.subscriptions: dict[SystemSubscription, None] = {}
        self.cut_no = 0
        self.frame = Frame(())
        """What the last cut brought."""
        self._newest: dict[tuple[str, str], Json] = {}
        self._fresh: list[Json] = []

    @property
    def is_behind(self) -> bool:
        return bool(self._fresh)

    def apply(self, samples: Sequence[Json]) -> None:
        for sample in samples:
            key = (sample["kind"], sample["name"])
            self._newest.pop(key, None)
            self._newest[key] = sample
        while len(self._newest) > NEWEST_KEPT:
            del self._newest[next(iter(self._newest))]
        if self.subscriptions:
            self._fresh += samples

    def cut(self) -> None:
        self.cut_no += 1
        self.frame = Frame([_message(self._fresh)])
        self._fresh = []

    def stirred(self) -> Collection[SystemSubscription]:
        return self.subscriptions

    def whole(self) -> bytes:
        """The newest of all that was sampled."""
        return _message(list(self._newest.values()))


def _message(samples: Sequence[Json]) -> bytes:
    return frames.message("samples", channel=str(SYSTEM_CHANNEL), samples=samples)
