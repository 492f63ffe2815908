"""Parts of a journal as they are kept, for whoever looks through much of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of time by the clocks of those who reported: from `since` on, before `until`. None: no end."""

    since: datetime | None = None
    until: datetime | None = None


ALL_TIMES = Span()


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Neighbouring events of one facet as they are kept. To open them costs more than to read them, so whoever looks through
    many does it outside the snapshot."""

    first: int
    last: int
    open: Callable[[], bytes]
    """The events as JSON, one a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a facet. What holds none of the levels asked for, or is of another time, has been passed over."""

    packed: Sequence[Packed]
    after: int
    """The first position that was not looked at; backwards, the last one."""
    size: int = 0
    """Bytes of what is packed, opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What is known of neighbouring events unopened."""

    first: int
    last: int
    size: int
    """Bytes, opened."""
    since: int
    until: int
    """Times of the first and the last, by the clock of who reported: microseconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    items: Sequence[Outline]
    after: int | None
    """From where on there may be more; None: these were the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCounts:
    counts: Mapping[str, Mapping[str, int]]
    """By run and level, of all that lies within the time as a whole."""
    edges: Sequence[tuple[str, Packed]]
    """What lies across an end of the time, by run: who wants to know opens it and counts."""
