"""Many points of a metric become few: the least, the greatest and the last of each bucket stay, as in `live/points.py`.

How many points there will be is not known before they have come, so buckets begin with one point each, and are merged in pairs
whenever there are too many of them: a series of any length costs the memory of twice what is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[int, str, float, int]
"""seq, at, value, attempt."""

POINTS_OF_A_BUCKET = 3


class ThinnedSeries:
    """The points of one series, in order, thinned to at most `limit` of them."""

    __slots__ = ("_buckets", "_filled", "_limit", "_size", "count")

    def __init__(self, limit: int) -> None:
        self.count = 0
        """Points that came."""
        self._limit = max(limit, POINTS_OF_A_BUCKET)
        self._size = 1
        """Points of a full bucket."""
        self._filled = 0
        """Points of the last bucket."""
        self._buckets: list[tuple[Point, Point, Point]] = []
        """Least, greatest and last of each."""

    @property
    def is_thinned(self) -> bool:
        return self.count > self._limit

    def add(self, points: Sequence[Point]) -> None:
        """The next points."""
        self.count += len(points)
        values = [point[2] for point in points]
        begin = 0
        while begin < len(points):
            if self._filled in {0, self._size}:
                self._make_room()
            is_new = self._filled in {0, self._size}
            end = begin + (self._size if is_new else self._size - self._filled)
            chunk = values[begin:end]
            bucket = (points[begin + chunk.index(min(chunk))], points[begin + chunk.index(max(chunk))], points[begin + len(chunk) - 1])
            if is_new:
                self._buckets.append(bucket)
                self._filled = len(chunk)
            else:
                self._buckets[-1] = _merged(self._buckets[-1], bucket)
                self._filled += len(chunk)
            begin = end

    def _make_room(self) -> None:
        if len(self._buckets) >= self._limit:
            self._halve()

    def _halve(self) -> None:
        """Merge neighbours. The last bucket may be left half full."""
        buckets = self._buckets
        is_odd = len(buckets) % 2 == 1
        self._buckets = [_merged(buckets[index], buckets[index + 1]) for index in range(0, len(buckets) - 1, 2)]
        if is_odd:
            self._buckets.append(buckets[-1])
        else:
            self._filled += self._size
        self._size *= 2

    def points(self) -> list[Point]:
        """What is left of them, in order; nothing may be added afterwards."""
        while self._size > 1 and len(self._buckets) * POINTS_OF_A_BUCKET > self._limit and len(self._buckets) > 1:
            self._halve()
        return [point for bucket in self._buckets for point in sorted(set(bucket))]


def _merged(first: tuple[Point, Point, Point], second: tuple[Point, Point, Point]) -> tuple[Point, Point, Point]:
    least = second[0] if second[0][2] < first[0][2] else first[0]
    greatest = second[1] if second[1][2] > first[1][2] else first[1]
    return least, greatest, second[2]
