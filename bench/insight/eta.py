"""`python -m bench.insight.eta`: how often the 80 % range held, and how far the estimate was off."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from random import Random
from statistics import median

from bench.figures import tell
from bench.insight import recorded
from bench.insight.recorded import Recorded
from bench.insight.replay import MOMENTS, Verdict, replay
from bench.insight.worlds import WORLDS, run_of

FIRST_PAST = 8
"""Recorded runs of a kind that are only told of; the next is the first to be foretold."""


def verdicts(world: str, *, past: int, runs: int, seed: int) -> list[Verdict]:
    chance = Random(f"{world} {past} {seed}")
    found: list[Verdict] = []
    for _ in range(runs):
        history = [run_of(WORLDS[world], chance)[0] for _ in range(past)]
        course, readings = run_of(WORLDS[world], chance)
        found += replay(history, course, readings)
    return found


def recorded_verdicts(runs: Sequence[Recorded]) -> list[Verdict]:
    """Each run is foretold by all before it, as it would have been when it was recorded."""
    courses = [run.course for run in runs]
    found: list[Verdict] = []
    for at in range(FIRST_PAST, len(runs)):
        found += replay(courses[:at][::-1], courses[at], runs[at].readings)
    return found


def summary(found: list[Verdict]) -> tuple[float, float, float]:
    """(share of the ranges that held, median error after 20 %, median width), as shares."""
    late = [verdict for verdict in found if verdict.at >= 0.2] or found
    return sum(v.is_held for v in found) / len(found), median(v.error for v in late), median(v.width for v in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="fewer runs")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    of_real: list[Verdict] = []
    for kind, runs in recorded.read().items():
        found = recorded_verdicts(runs)
        of_real += found
        say(f"recorded, {kind}", found)
    say("recorded", of_real)
    for past in (0, 5, 10, 20, 40):
        everything: list[Verdict] = []
        for world in WORLDS:
            found = verdicts(world, past=past, runs=8 if given.small else 40, seed=given.seed)
            everything += found
            say(f"{past} past runs, {world}", found)
        say(f"{past} past runs", everything)
        for at in MOMENTS:
            say(f"{past} past runs, at {at:.0%}", [verdict for verdict in everything if verdict.at == at])


def say(figure: str, found: list[Verdict]) -> None:
    held, error, width = summary(found)
    tell(figure, held_percent=held * 100, error_percent=error * 100, width_percent=width * 100)


if __name__ == "__main__":
    main()
