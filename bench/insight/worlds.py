"""Runs whose end is known, of tasks that go in different ways: what the ETA is held against."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from headway.model.course import Course, Reading, course_of

Pace = Callable[[float, Random], float]
"""Seconds of an item, at a share of the work."""


def constant(at: float, chance: Random) -> float:
    return 1.0


def warm_up(at: float, chance: Random) -> float:
    return 6.0 if at < 0.15 else 1.0


def slow_tail(at: float, chance: Random) -> float:
    return 1.0 if at < 0.8 else 4.0


def phases(at: float, chance: Random) -> float:
    return (1.0, 5.0, 0.5, 2.0)[min(3, int(at * 4))]


def noisy(at: float, chance: Random) -> float:
    return chance.lognormvariate(0.0, 1.0)


def bursts(at: float, chance: Random) -> float:
    """What a pool of workers looks like: many items come at once, then none for a while."""
    return 8.0 if chance.random() < 0.125 else 0.05


WORLDS: dict[str, Pace] = {
    "constant": constant, "warm-up": warm_up, "slow tail": slow_tail, "phases": phases, "noisy": noisy, "parallel": bursts,
}  # fmt: skip


def run_of(pace: Pace, chance: Random, *, spread: float = 0.25, items: int | None = None) -> tuple[Course, list[Reading]]:
    """One run: as fast as its machine is today, with as many items as it was given. Its readings come once per cent."""
    count = items or chance.randrange(60, 240)
    speed = math.exp(chance.gauss(0.0, spread)) * 0.5
    drift = chance.gauss(0.0, spread / 2)
    at = 0.0
    readings = [Reading(bar="main", at_seconds=0.0, done=0, total=count)]
    for item in range(count):
        share = item / count
        at += pace(share, chance) * speed * math.exp(drift * share + chance.gauss(0.0, 0.1))
        readings.append(Reading(bar="main", at_seconds=at, done=item + 1, total=count))
    return course_of(at, {"items": count}, readings), readings
