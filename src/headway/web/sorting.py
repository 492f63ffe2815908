"""Metric points put to their series, and thinned while they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from headway.model.clock import parse_iso
from headway.model.thinning import Point, ThinnedSeries

SERIES_LIMIT = 64
LEFT_OUT_LIMIT = 200

Row = tuple[int, int | None, float, int | None]
"""seq, at in milliseconds since 1970, value, attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric with its labels."""

    name: str
    labels: Mapping[str, Any]
    unit: str | None
    points: Sequence[Row]
    """In order of seq. `at` is null where the source's clock said nothing that is a time."""
    thinned: bool
    """Whether points were left out: then the least, the greatest and the last of each bucket are here."""
    count: int
    """Points that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesName:
    name: str
    labels: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesList:
    items: Sequence[Series]
    next_cursor: None
    total: None
    left_out: Sequence[SeriesName]
    """Beyond the first 64 there are these (200 at most are named): ask for them by name."""
    to_seq: int
    """Up to where this is the whole story; what comes later is asked for with `after_seq`, or seen live."""


class _OneSeries:
    __slots__ = ("labels", "name", "thinned", "unit", "waiting")

    def __init__(self, event: Mapping[str, Any], limit: int) -> None:
        self.name: str = event["name"]
        self.labels: Mapping[str, Any] = event.get("labels") or {}
        self.unit: str | None = event.get("unit")
        self.thinned = ThinnedSeries(limit)
        self.waiting: list[Point] = []
        """Of the stretch that is being sorted."""


class Sorting:
    """Puts points to their series."""

    def __init__(self, names: frozenset[str], limit: int) -> None:
        self._names = names
        self._limit = limit
        self._series: dict[tuple[str, str], _OneSeries] = {}
        self._left_out: dict[tuple[str, str], SeriesName] = {}

    def add(self, raw: bytes, first: int, last: int) -> None:
        """Points as they are stored, one a line, of which those at first … last count."""
        series_of = self._series
        # One by one: as one array the objects would all live at once, and the collector of garbage look at each (measured: 7 us a
        # point instead of 1).
        for stored in raw.split(b"\n"):
            event: dict[str, Any] = orjson.loads(stored)
            seq: int = event["seq"]
            if not first <= seq <= last:
                continue
            labels = event.get("labels")
            key = (event["name"], "" if not labels else orjson.dumps(labels, option=orjson.OPT_SORT_KEYS).decode())
            series = series_of.get(key) or self._opened(key, event)
            if series is not None:
                series.waiting.append((seq, event["at"], event["value"], event.get("attempt", 0)))
        for series in series_of.values():
            if series.waiting:
                series.thinned.add(series.waiting)
                series.waiting = []

    def _opened(self, key: tuple[str, str], event: Mapping[str, Any]) -> _OneSeries | None:
        if self._names and key[0] not in self._names:
            return None
        if len(self._series) < SERIES_LIMIT:
            series = self._series[key] = _OneSeries(event, self._limit)
            return series
        if len(self._left_out) < LEFT_OUT_LIMIT and key not in self._left_out:
            self._left_out[key] = SeriesName(name=key[0], labels=event.get("labels") or {})
        return None

    def answer(self, to_seq: int) -> SeriesList:
        items = [_shown(self._series[key]) for key in sorted(self._series)]
        return SeriesList(items=items, next_cursor=None, total=None, left_out=list(self._left_out.values()), to_seq=to_seq)


def _shown(series: _OneSeries) -> Series:
    points = [(seq, _milliseconds(at), value, attempt or None) for seq, at, value, attempt in series.thinned.points()]
    return Series(
        name=series.name,
        labels=series.labels,
        unit=series.unit,
        points=points,
        thinned=series.thinned.is_thinned,
        count=series.thinned.count,
    )


def _milliseconds(at: str) -> int | None:
    try:
        return round(parse_iso(at).timestamp() * 1000)
    except ValueError:
        return None
