"""What is not well about a gateway, as its samples of the last minutes say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from headway.model.histogram import quantile
from headway.model.samples import Sample, joined

LATELY = timedelta(minutes=2)
"""How far back from the newest sample is looked."""
POOL_BOUND = 0.9
LAG_BOUND_SECONDS = 1.0
CHURN_BOUND = 2.0
CHURN_LEAST = 10
"""Fewer reconnects than this are somebody who loads a page again."""


class FlagKind(StrEnum):
    POOL = "pool"
    """The part of the connections there may be that is open."""
    LAG = "lag"
    """Seconds from record to write that 95 of 100 news took at most."""
    CHURN = "churn"
    """Reconnects of one viewer a minute."""
    LOST_NEWS = "lost_news"
    """News that only the comparison with the store has found."""
    BUS = "bus"
    """Redis did not answer when the newest sample was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFlag:
    gateway: str
    kind: FlagKind
    value: float
    bound: float
    """What it is beyond."""


def flags_of(samples: Iterable[Sample]) -> list[GatewayFlag]:
    """By gateway, of its samples as they were taken, in order of time."""
    by_name: dict[str, list[Sample]] = {}
    for sample in samples:
        by_name.setdefault(sample.name, []).append(sample)
    return [flag for name in sorted(by_name) for flag in _flags(name, by_name[name])]


def _flags(name: str, samples: Sequence[Sample]) -> list[GatewayFlag]:
    newest = samples[-1]
    lately = joined([each for each in samples if newest.at - each.at < LATELY], newest.at)
    room = newest.levels.get("room", 0.0)
    lag = quantile(lately.spreads.get("lag", {}), 0.95)
    found = [
        (FlagKind.POOL, newest.levels.get("viewers", 0.0) / room if room else 0.0, POOL_BOUND),
        (FlagKind.LAG, lag or 0.0, LAG_BOUND_SECONDS),
        (FlagKind.CHURN, _churn(lately), CHURN_BOUND),
        (FlagKind.LOST_NEWS, float(lately.counts.get("lost_news", 0)), 0.0),
        (FlagKind.BUS, newest.levels.get("bus_away", 0.0), 0.0),
    ]
    return [GatewayFlag(gateway=name, kind=kind, value=round(value, 4), bound=bound) for kind, value, bound in found if value > bound]


def _churn(lately: Sample) -> float:
    reconnects = lately.counts.get("reconnects", 0)
    if reconnects < CHURN_LEAST:
        return 0.0
    # After a restart everybody comes back once: counted over a minute at least, that is 1.
    minutes = max(1.0, lately.seconds / 60)
    return reconnects / max(1.0, lately.levels.get("viewers", 0.0)) / minutes
