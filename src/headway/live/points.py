"""Metric events for viewers: kept for a while, thinned when there are too many at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import orjson

POINTS_KEPT = 2_000
POINTS_AT_ONCE = 500
"""Points in one message. Beyond that each metric is thinned to the least, the greatest and the last of each bucket."""


def seq_of(event: bytes) -> int:
    """The seq of a recorded event. It is spliced in front, so that it can be read without parsing the rest."""
    if event.startswith(b'{"seq":'):
        end = event.find(b",", 7)
        if end > 0:
            return int(event[7:end])
    return int(orjson.loads(event)["seq"])


class Points:
    """The newest metric events of a run: all those after `complete_from`."""

    __slots__ = ("_events", "_seqs", "complete_from")

    def __init__(self, complete_from: int) -> None:
        self.complete_from = complete_from
        """Every point with a greater seq is here."""
        self._seqs: list[int] = []
        self._events: list[bytes] = []

    def add(self, events: Sequence[bytes]) -> None:
        self._seqs.extend(seq_of(event) for event in events)
        self._events.extend(events)
        if len(self._seqs) > POINTS_KEPT * 3 // 2:
            gone = len(self._seqs) - POINTS_KEPT
            self.complete_from = self._seqs[gone - 1]
            del self._seqs[:gone], self._events[:gone]

    def forget(self, complete_from: int) -> None:
        """Points were missed; only those after `complete_from` can be known from now on."""
        self.complete_from = complete_from
        self._seqs.clear()
        self._events.clear()

    def recall(self, events: Sequence[bytes], *, after_seq: int) -> None:
        """Put what was read from the journal in front: every point after `after_seq`, up to `complete_from`."""
        self._seqs[:0] = [seq_of(event) for event in events]
        self._events[:0] = events
        self.complete_from = after_seq

    def between(self, after_seq: int, to_seq: int) -> list[bytes]:
        return self._events[bisect_right(self._seqs, after_seq) : bisect_right(self._seqs, to_seq)]


def thin(events: list[bytes], limit: int = POINTS_AT_ONCE) -> tuple[list[bytes], bool]:
    """At most about `limit` of the events, and whether any were left out. Extremes and the last value stay."""
    if len(events) <= limit:
        return events, False
    series: dict[str, list[tuple[float, int]]] = {}
    for index, event in enumerate(events):
        parsed = orjson.loads(event)
        series.setdefault(f"{parsed['name']}{parsed.get('labels', '')}", []).append((parsed["value"], index))
    kept: set[int] = set()
    buckets = max(1, limit // (3 * len(series)))
    for values in series.values():
        size = max(1, -(-len(values) // buckets))
        for start in range(0, len(values), size):
            bucket = values[start : start + size]
            kept |= {min(bucket)[1], max(bucket)[1], bucket[-1][1]}
    return [events[index] for index in sorted(kept)], True
