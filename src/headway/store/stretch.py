"""Parts of a journal as they are kept, for whoever looks through much of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


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
    """A part of a facet. What holds none of the levels asked for has been passed over."""

    packed: Sequence[Packed]
    after: int
    """The first position that was not looked at."""
