"""How many values were about how large, in buckets that grow by a tenth: what is kept of many durations.

Two histograms add up to the histogram of all their values, so hours are made of quarters and days of hours. A quantile
read from one is off by less than 5 %, whatever the values (half a bucket: sqrt(1.1) - 1 = 4.9 %).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias

GROWTH = 1.1
LEAST_SECONDS = 0.001
"""What is shorter counts as that long: the clocks tell no less."""
LAST_BUCKET = 290
"""A bucket of about 30 years; what is longer counts there."""

Histogram: TypeAlias = Mapping[int, int]
"""Bucket to count; a bucket without values is absent."""

_LOG_GROWTH = math.log(GROWTH)


def bucket_of(seconds: float) -> int:
    if seconds <= LEAST_SECONDS:
        return 0
    return min(LAST_BUCKET, math.ceil(math.log(seconds / LEAST_SECONDS) / _LOG_GROWTH - 1e-9))


def middle_of(bucket: int) -> float:
    """Seconds that are no further than 5 % from all values of the bucket."""
    return LEAST_SECONDS * GROWTH ** (bucket - 0.5) if bucket else LEAST_SECONDS


def histogram_of(values: Iterable[float]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for value in values:
        bucket = bucket_of(value)
        counts[bucket] = counts.get(bucket, 0) + 1
    return counts


def add_into(total: dict[int, int], other: Histogram) -> None:
    for bucket, count in other.items():
        total[bucket] = total.get(bucket, 0) + count


def count_of(histogram: Histogram) -> int:
    return sum(histogram.values())


def quantile_of(histogram: Histogram, share: float) -> float | None:
    """The value below which that share lies, in seconds; None of no values."""
    count = count_of(histogram)
    if not count:
        return None
    rank = share * (count - 1)
    passed = 0
    for bucket in sorted(histogram):
        passed += histogram[bucket]
        if passed > rank:
            return round(middle_of(bucket), 3)
    return round(middle_of(max(histogram)), 3)
