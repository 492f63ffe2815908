"""The limits of one server, and of each node while the others cannot be asked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from headway.live.buckets import TokenBucket
from headway.live.limits.contract import Rate

REMEMBERED = 10_000
"""Buckets; the one that was used longest ago goes first, and is full again when its owner comes back."""


class LocalLimits:
    def __init__(self) -> None:
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    @property
    def circuit_level(self) -> float | None:
        return None

    async def take(self, rates: Sequence[Rate], now: float) -> float:
        return self.take_here(rates, now)

    def take_here(self, rates: Sequence[Rate], now: float) -> float:
        buckets = [self._bucket(rate) for rate in rates]
        waits = [bucket.retry_in() for bucket in buckets if not bucket.has_one(now)]
        if waits:
            return max(waits)
        for bucket in buckets:
            bucket.take(now)
        return 0.0

    def _bucket(self, rate: Rate) -> TokenBucket:
        bucket = self._buckets.get(rate.name)
        if bucket is None:
            bucket = self._buckets[rate.name] = TokenBucket(rate.rate, rate.burst)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(rate.name)
        return bucket

    async def count(self, name: str, here: int) -> int:
        return here

    def left(self, name: str, here: int) -> None:
        pass

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass
