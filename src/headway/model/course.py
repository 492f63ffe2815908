"""How a run came along, in a few numbers: what is kept of a past run to tell the next one's end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headway.model import events as e
from headway.model.bounds import MAIN_BAR, key_of, number
from headway.model.clock import parse_iso

KNOTS = 20
"""A course tells when each twentieth of the work was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A run that succeeded at its first attempt."""

    duration_seconds: float
    parameters: Mapping[str, Any]
    bar: str | None = None
    """The bar that went from the beginning to the end with the run; None: it had none, and `shares` is empty."""
    total: float | None = None
    """Of that bar."""
    shares: Sequence[float] = ()
    """`KNOTS` - 1 numbers: which share of the duration had passed when 1/20, 2/20 … 19/20 of the work was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a bar said at a moment."""

    bar: str
    at_seconds: float
    """Since the attempt began."""
    done: float
    total: float


def reading_of(event: Mapping[str, Any], began: datetime, totals: dict[str, float]) -> Reading | None:
    """What an event of a journal says of a bar, if it does. `totals`: what each bar last said it has; a report names it only when it
    is another."""
    if event.get("kind") != e.PROGRESS_REPORTED:
        return None
    bar = key_of(str(event.get("bar", MAIN_BAR)))
    if "total" in event:
        totals[bar] = number(event["total"]) or 0.0
    done = number(event.get("done"))
    try:
        at = parse_iso(str(event["at"]))
    except ValueError:
        return None
    if done is None or not totals.get(bar):
        return None
    return Reading(bar=bar, at_seconds=max(0.0, (at - began).total_seconds()), done=done, total=totals[bar])


LEAST_SPAN = 0.5
"""A bar that covers less of a run than this says too little of its end."""


class _Path:
    """One bar's way, as far as it has come: when each twentieth was done, and nothing else. A bar counts that was gone through once,
    with one total."""

    __slots__ = ("_at_seconds", "_begun_at", "_done", "_is_one_way", "times", "total")

    def __init__(self, first: Reading) -> None:
        self.total = first.total
        self.times: list[float] = []
        """When 1/20, 2/20 … of the work was done, in seconds."""
        self._begun_at = first.at_seconds
        self._at_seconds = 0.0
        self._done = 0.0
        self._is_one_way = first.total > 0

    def take(self, at_seconds: float, done: float, total: float) -> None:
        if not self._is_one_way or total != self.total or done < self._done or at_seconds < self._at_seconds:
            self._is_one_way = False
            return
        # Between two readings by a straight line.
        while len(self.times) < KNOTS - 1 and done >= (wanted := (len(self.times) + 1) / KNOTS * total):
            part = (wanted - self._done) / (done - self._done) if done > self._done else 1.0
            self.times.append(self._at_seconds + part * (at_seconds - self._at_seconds))
        self._at_seconds, self._done = at_seconds, done

    @property
    def span_seconds(self) -> float:
        return self._at_seconds - self._begun_at

    def is_whole(self, duration_seconds: float) -> bool:
        return self._is_one_way and self._done >= self.total and self.span_seconds >= LEAST_SPAN * duration_seconds


class Drawing:
    """A course that is being drawn, reading after reading. However many they are, it holds only what a course has."""

    def __init__(self) -> None:
        self._paths: dict[str, _Path] = {}

    def take(self, reading: Reading) -> None:
        """The next reading, in the order in which they were made."""
        path = self._paths.get(reading.bar)
        if path is None:
            path = self._paths[reading.bar] = _Path(reading)
        path.take(reading.at_seconds, reading.done, reading.total)

    def course(self, duration_seconds: float, parameters: Mapping[str, Any]) -> Course:
        """Of a run that took so long. The bar that went over most of it leads."""
        whole = {name: path for name, path in self._paths.items() if duration_seconds > 0 and path.is_whole(duration_seconds)}
        if not whole:
            return Course(duration_seconds=duration_seconds, parameters=parameters)
        name, path = max(whole.items(), key=lambda each: each[1].span_seconds)
        return Course(
            duration_seconds=duration_seconds,
            parameters=parameters,
            bar=name,
            total=path.total,
            shares=[round(at / duration_seconds, 4) for at in path.times],
        )


def course_of(duration_seconds: float, parameters: Mapping[str, Any], readings: Iterable[Reading]) -> Course:
    """`readings` in the order in which they were made."""
    drawing = Drawing()
    for reading in readings:
        drawing.take(reading)
    return drawing.course(duration_seconds, parameters)
