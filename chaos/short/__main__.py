"""Eight minutes of workers, of which four are hard, in some seconds: who dies, stands still, is asked twice or hears nothing of a commit.

    python -m chaos.short --seeds 20
    python -m chaos.short --seed 7 --without tests.protections.without_fence

A line a seed; the exit code is 1 where anything is wrong. What is asked: chaos/README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import sys
import tempfile
import time
from pathlib import Path

from chaos.short.day import hold

SHOWN = 3
"""Violations of one invariant that are told in full."""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(seed: int) -> bool:
    """Whether all is well."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="headway-short-") as directory:
        day, history, violations = asyncio.run(hold(seed, Path(directory)))
    commits, count = day.commits, sum(map(len, violations.values()))
    attempts = sum(len(one.attempts) for one in history.runs.values())
    say(
        f"seed {seed}: {len(history.runs)} runs, {attempts} attempts, {len(history.felt)} workers dead or still, {len(history.killed)} "
        f"poisoned, {commits.undone} commits undone, {commits.unheard} unheard, {time.monotonic() - began:.1f} s: {count} violations"
    )
    for name, wrong in violations.items():
        say(f"    {name}: {len(wrong)}")
        for violation in wrong[:SHOWN]:
            say(f"        {violation}")
    if not (history.felt and history.killed and history.paused and commits.undone and commits.unheard):
        say("    a fault did not take effect")
        return False
    return not violations


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m chaos.short", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED", help="the first of them (0)")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--without", nargs="*", default=[], metavar="MODULE", help="that switches a protection off (tests/protections)")
    arguments = parser.parse_args()
    for module in arguments.without:
        importlib.import_module(module)
    # What fails on purpose is told by the store each time.
    logging.getLogger("headway").setLevel(logging.CRITICAL)
    seeds = range(arguments.first, arguments.first + arguments.seeds) if arguments.seed is None else [arguments.seed]
    fine = [tell(seed) for seed in seeds]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
