"""`python -m bench.insight.eta`: how often the 80 % range held, and how far the estimate was off."""

from __future__ import annotations

import argparse
from random import Random
from statistics import median

from bench.insight.replay import MOMENTS, Verdict, replay
from bench.insight.worlds import WORLDS, run_of


def verdicts(world: str, *, past: int, runs: int, seed: int) -> list[Verdict]:
    chance = Random(f"{world} {past} {seed}")
    found: list[Verdict] = []
    for _ in range(runs):
        history = [run_of(WORLDS[world], chance)[0] for _ in range(past)]
        course, readings = run_of(WORLDS[world], chance)
        found += replay(history, course, readings)
    return found


def summary(found: list[Verdict]) -> tuple[float, float, float]:
    """(share of the ranges that held, median error after 20 %, median width), as shares."""
    late = [verdict for verdict in found if verdict.at >= 0.2]
    return sum(v.is_held for v in found) / len(found), median(v.error for v in late), median(v.width for v in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for past in (0, 5, 10, 20, 40):
        everything: list[Verdict] = []
        print(f"{past} past runs        held   error   width")
        for world in WORLDS:
            found = verdicts(world, past=past, runs=given.runs, seed=given.seed)
            everything += found
            held, error, width = summary(found)
            print(f"  {world:<18} {held:6.1%} {error:7.1%} {width:7.1%}")
        held, error, width = summary(everything)
        print(f"  {'all':<18} {held:6.1%} {error:7.1%} {width:7.1%}")
        each = [
            f"{at:.0%} {sum(v.is_held for v in everything if v.at == at) / max(1, sum(v.at == at for v in everything)):.0%}"
            for at in MOMENTS
        ]
        print("  held when this much of the time had passed:", ", ".join(each))


if __name__ == "__main__":
    main()
