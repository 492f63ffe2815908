# ruff: noqa: S608 - statements are put together from constants of this room only; values are always parameters
"""Long walks through a facet: which segments are worth opening, from what is known of them unopened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from headway.model.events import Facet
from headway.store.sql.keys import key_list, keys_in
from headway.store.sql.link import Link
from headway.store.sql.segments import decode
from headway.store.sql.values import loads, micros, to_id
from headway.store.stretch import LevelCounts, Outline, Outlines, Packed, Span, Stretch

_LOOKED_AT = 256
"""Segments of which a call reads levels and times: a millisecond or two of a snapshot."""
_OUTLINED = 1_024
"""Segments of which a call tells what is known."""
_EDGES = 256
"""Segments across an end of the time, of one call: each run has one or two."""
_EVER = 2**62
_OUTLINE = "first, last, size, levels, first_at, last_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    levels: frozenset[str]
    span: Span
    max_bytes: int


class Stretches:
    def __init__(self, link: Link) -> None:
        self._link = link
        # From the segment that holds a position on: the key's index answers, forwards and backwards.
        self._forward = link.prepare(
            f"SELECT {_OUTLINE} FROM segments WHERE run_id = ? AND facet = ? AND first <= ? AND first >= COALESCE("
            "(SELECT MAX(first) FROM segments WHERE run_id = ? AND facet = ? AND first <= ?), 0) ORDER BY first LIMIT ?"
        )
        self._backward = link.prepare(
            f"SELECT {_OUTLINE} FROM segments WHERE run_id = ? AND facet = ? AND first <= ? ORDER BY first DESC LIMIT ?"
        )
        self._bodies = link.prepare(
            "SELECT first, last, format, body FROM segments WHERE run_id = ? AND facet = ? AND first BETWEEN ? AND ? ORDER BY first"
        )
        of_runs = f"FROM segments WHERE run_id {keys_in(link)} AND facet = 'log'"
        self._levels = link.prepare(f"SELECT run_id, levels, COUNT(*) {of_runs} AND first_at >= ? AND last_at < ? GROUP BY run_id, levels")
        self._edges = link.prepare(
            f"SELECT run_id, first, last, format, body {of_runs} AND last_at >= ? AND first_at < ? AND (first_at < ? OR last_at >= ?) "
            "ORDER BY run_id, first LIMIT ?"
        )

    def forward(self, key: str, facet: Facet, first: int, last: int, choice: Choice) -> Stretch:
        rows = self._forward.all(key, facet.value, last, key, facet.value, first, _LOOKED_AT)
        taken, is_full = _take([row for row in rows if row[1] >= first], choice)
        after = max([first, *[row[1] + 1 for row in taken.seen]])
        if not is_full and len(rows) < _LOOKED_AT:
            after = max(after, last + 1)
        return Stretch(packed=self._packed(key, facet, taken.ranges()), after=after, size=taken.size)

    def backward(self, key: str, facet: Facet, first: int, last: int, choice: Choice) -> Stretch:
        rows = self._backward.all(key, facet.value, last, _LOOKED_AT)
        reachable = [row for row in rows if row[1] >= first]
        taken, is_full = _take(reachable, choice)
        after = min([last, *[row[0] - 1 for row in taken.seen]])
        if not is_full and (len(rows) < _LOOKED_AT or len(reachable) < len(rows)):
            after = min(after, first - 1)
        return Stretch(packed=self._packed(key, facet, taken.ranges())[::-1], after=after, size=taken.size)

    def outlines(self, key: str, facet: Facet, first: int, choice: Choice) -> Outlines:
        rows = self._forward.all(key, facet.value, _EVER, key, facet.value, first, _OUTLINED)
        items = [
            Outline(first=row[0], last=row[1], size=row[2], since=min(row[4], row[5]), until=max(row[4], row[5]))
            for row in rows
            if row[1] >= first and _is_wanted(row, choice)
        ]
        return Outlines(items=items, after=rows[-1][1] + 1 if len(rows) == _OUTLINED else None)

    def _packed(self, key: str, facet: Facet, ranges: Sequence[tuple[int, int]]) -> list[Packed]:
        return [
            Packed(first=first, last=last, open=partial(decode, format_, bytes(body)))
            for low, high in ranges
            for first, last, format_, body in self._bodies.all(key, facet.value, low, high)
        ]

    def level_counts(self, runs: Sequence[str], span: Span) -> LevelCounts:
        keys = key_list(self._link, runs)
        since, until = _ends(span)
        counts: dict[str, dict[str, int]] = {}
        for key, levels, segments in self._levels.all(keys, since, until):
            of_run = counts.setdefault(to_id(key), {})
            for level, count in loads(levels).items():
                of_run[level] = of_run.get(level, 0) + count * segments
        edges = self._edges.all(keys, since, until, since, until, _EDGES) if (since, until) != (-_EVER, _EVER) else ()
        opened = [
            (to_id(key), Packed(first=first, last=last, open=partial(decode, format_, bytes(body))))
            for key, first, last, format_, body in edges
        ]
        return LevelCounts(counts=counts, edges=opened)


class _Taken:
    """Segments looked at, and those of them that are wanted."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.wanted: list[bool] = []
        self.size = 0

    def ranges(self) -> list[tuple[int, int]]:
        """Neighbours that are wanted, by the beginning of their first and of their last, in order: a query for each range."""
        found: list[tuple[int, int]] = []
        is_neighbour = False
        for row, is_wanted in sorted(zip(self.seen, self.wanted, strict=True)):
            if is_wanted and is_neighbour:
                found[-1] = (found[-1][0], row[0])
            elif is_wanted:
                found.append((row[0], row[0]))
            is_neighbour = is_wanted
        return found


def _take(rows: Sequence[Any], choice: Choice) -> tuple[_Taken, bool]:
    """What of the rows is taken, and whether the bytes were used up before their end."""
    taken = _Taken()
    for row in rows:
        is_wanted = _is_wanted(row, choice)
        if is_wanted:
            if taken.size and taken.size + row[2] > choice.max_bytes:
                return taken, True
            taken.size += row[2]
        taken.seen.append(row)
        taken.wanted.append(is_wanted)
    return taken, False


def _is_wanted(row: Any, choice: Choice) -> bool:
    since, until = _ends(choice.span)
    return row[5] >= since and row[4] < until and (not choice.levels or not choice.levels.isdisjoint(loads(row[3])))


def _ends(span: Span) -> tuple[int, int]:
    return -_EVER if span.since is None else micros(span.since), _EVER if span.until is None else micros(span.until)
