"""How many durations were about how long, in log-spaced buckets: small, exact to count and to add up, and off by a known part in between.

Two histograms add up to the histogram of all their values, so hours are made of quarters and days of hours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

RELATIVE_ERROR = 0.05
"""A quantile is at most this part away from a duration that was really measured."""
LEAST_SECONDS = 1e-5
"""What is quicker counts as this."""
MOST_SECONDS = 1e9
"""About 30 years; what is longer counts as this."""
_GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_LOG_GAMMA = math.log(_GAMMA)

Buckets = Mapping[int, int]
"""How many durations fell into each bucket; one without any is absent. Bucket `n` holds those above ``GAMMA ** (n - 1)`` seconds, up to
``GAMMA ** n``."""


def bucket_of(seconds: float) -> int:
    return math.ceil(math.log(min(max(seconds, LEAST_SECONDS), MOST_SECONDS)) / _LOG_GAMMA - 1e-9)


def bucket_top(bucket: int) -> float:
    """Seconds up to which a bucket reaches."""
    return _GAMMA**bucket


def bucket_middle(bucket: int) -> float:
    """The duration for which a bucket stands: no member is further away than `RELATIVE_ERROR` of itself."""
    return 2 * _GAMMA**bucket / (_GAMMA + 1)


def quantile(buckets: Buckets, share: float) -> float | None:
    """The duration that `share` (0 to 1) of all do not exceed, in seconds; None of nothing. By linear interpolation between the two
    nearest, as `model/statistics.py` has it: one page shows both, of the same runs."""
    count = count_of(buckets)
    if not count:
        return None
    place = (count - 1) * share
    low = math.floor(place)
    below, above = _middle_at(buckets, low), _middle_at(buckets, min(low + 1, count - 1))
    return below + (above - below) * (place - low)


def _middle_at(buckets: Buckets, rank: int) -> float:
    for bucket in sorted(buckets):
        rank -= buckets[bucket]
        if rank < 0:
            return bucket_middle(bucket)
    raise AssertionError("the rank lies within the count")


def count_of(buckets: Buckets) -> int:
    return sum(buckets.values())


def add_into(total: dict[int, int], other: Buckets) -> None:
    for bucket, count in other.items():
        total[bucket] = total.get(bucket, 0) + count


def merged(many: Iterable[Buckets]) -> dict[int, int]:
    total: dict[int, int] = {}
    for buckets in many:
        add_into(total, buckets)
    return total


class Histogram:
    """Durations as they come. One thread notes and takes, or notes may be lost in between."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}

    def note(self, seconds: float, count: int = 1) -> None:
        bucket = bucket_of(seconds)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + count

    def take(self) -> dict[int, int]:
        """What was noted since the last call."""
        taken, self._buckets = self._buckets, {}
        return taken
