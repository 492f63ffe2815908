"""What a run's checkpoint holds: the value of user code, and how far each of its outer `track()` loops has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

_MARK = "$headway"


class Positions:
    """The checkpoint of the last attempt, and the one that this attempt builds.

    As long as no loop keeps its place, the value of `checkpoint()` is recorded as it is; else as
    ``{"$headway": {"loop 1": 120}, "value": …}``.
    """

    def __init__(self, checkpoint: Mapping[str, Any] | None = None) -> None:
        self.number: int = checkpoint["number"] if checkpoint else 0
        value: Any = checkpoint["value"] if checkpoint else None
        self.loops: dict[str, int] = {}
        if isinstance(value, dict) and _MARK in value:
            held = cast("dict[str, Any]", value)
            self.loops = dict(held[_MARK])
            value = held.get("value")
        self.value: Any = value
        self._loop_count = 0

    @property
    def has_any(self) -> bool:
        """Whether a checkpoint was recorded, in this attempt or one before."""
        return self.number > 0

    def new_loop(self, name: str | None) -> str:
        """A key for an outermost loop. Loops are told apart by their order, so that the next attempt finds them again."""
        self._loop_count += 1
        return f"{self._loop_count} {name}" if name else str(self._loop_count)

    def next(self) -> tuple[int, Any]:
        """Number and value of the next checkpoint."""
        self.number += 1
        return self.number, {_MARK: dict(self.loops), "value": self.value} if self.loops else self.value
