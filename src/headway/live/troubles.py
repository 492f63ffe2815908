"""What viewers are told when a server works on with less than it should have: news come, and come late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class TroubleCode(StrEnum):
    """What programs go by (PROTOCOL.md section 4, *Degraded*)."""

    BUS_AWAY = "bus_away"
    """Redis does not answer."""
    NEWS_LOST = "news_lost"
    """News are recorded that this server does not hear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    code: TroubleCode
    title: str
    """For people."""
    late_seconds: float
    """How late news may be, at most."""

    def told(self) -> dict[str, Any]:
        """The fields of the `notice` that it has begun."""
        return {"kind": "degraded", "code": self.code.value, "title": self.title, "late_seconds": self.late_seconds}


def over(code: TroubleCode) -> dict[str, Any]:
    """The fields of the `notice` that it is over."""
    return {"kind": "restored", "code": code.value, "title": "Live updates come at once again."}


def changes(before: Iterable[Trouble], now: Sequence[Trouble]) -> list[dict[str, Any]]:
    """What is told to those who know of `before`."""
    then = {trouble.code for trouble in before}
    codes = {trouble.code for trouble in now}
    return [*(over(code) for code in sorted(then - codes)), *(trouble.told() for trouble in now if trouble.code not in then)]
