"""A cluster under faults that must lose nothing: two nodes and two workers on a PostgreSQL and a Valkey of their own.

    python -m chaos.faults --seeds 10           # seeds 0 to 9
    python -m chaos.faults --seeds 5 --from 20  # seeds 20 to 24
    python -m chaos.faults --seed 7             # this one again: the same plan
    python -m chaos.faults --seed 7 --small
    python -m chaos.faults --celery             # messages of Celery are lost and doubled, its broker killed
    python -m chaos.faults --seeds 3 --fault POSTGRES_KILLED
    python -m chaos.faults --seed 1 --small --without tests.protections.without_fence
    python -m chaos.faults --crashes 500        # one every few seconds, and 200,000 acknowledged numbers; half an hour
    python -m chaos.faults --outages 160        # of PostgreSQL and Valkey, while every node is asked all the time; a quarter of an hour

A line a seed, then a table; the exit code is 1 where anything is wrong. What is done and what is asked: chaos/README.md.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

from chaos.faults.plan import AWAY, CRASHES, CRASHING, LARGE, NODES, OUTAGES, SMALL, WITH_CELERY, Fault, Size, make_plan
from chaos.faults.table import line_of, table
from chaos.faults.trial import Finding, hold
from cluster.ground import ground
from cluster.whole import cluster

SHOWN = 5
"""Violations of one invariant that are told in full."""
CHILDREN = 3
ROOT = Path(__file__).parents[2]


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(found: Finding, again: str) -> None:
    """`again`: the arguments that make a plan of a seed another one."""
    say(line_of(found))
    for name, violations in found.violations.items():
        say(f"    {name}: {len(violations)}")
        for violation in violations[:SHOWN]:
            say(f"        {violation}")
    if found.violations:
        say(f"    again: python -m chaos.faults --seed {found.seed} {again}".rstrip())


def seeds_of(arguments: argparse.Namespace, findings: list[Finding]) -> Iterator[int]:
    """`findings`: of those that there were."""
    if arguments.seed is not None:
        yield arguments.seed
    elif arguments.crashes is None and arguments.outages is None:
        yield from range(arguments.first, arguments.first + arguments.seeds)
    else:
        wanted = {CRASHES: arguments.crashes or 0, OUTAGES: arguments.outages or 0}
        for seed in count(arguments.first):
            there = {kinds: sum(felt.fault in kinds for found in findings for felt in found.felt) for kinds in wanted}
            numbers = sum(found.acknowledged for found in findings)
            if all(there[kinds] >= wanted[kinds] for kinds in wanted) and (arguments.crashes is None or numbers >= arguments.numbers):
                return
            say(f"{there[CRASHES]} crashes, {there[OUTAGES]} outages, {numbers:,} acknowledged numbers")
            yield seed


def size_of(arguments: argparse.Namespace) -> Size:
    if arguments.crashes is not None:
        size = CRASHING
    elif arguments.outages is not None:
        size = AWAY
    else:
        size = SMALL if arguments.small else LARGE
    if arguments.celery:
        size = replace(size, faults=WITH_CELERY, blows=min(size.blows, len(WITH_CELERY)))
    faults = tuple(Fault[name] for name in arguments.fault) if arguments.fault else size.faults
    return replace(size, blows=arguments.blows or size.blows, faults=faults)


def again_of(arguments: argparse.Namespace) -> str:
    given = {name: getattr(arguments, name) for name in ("crashes", "outages", "blows", "fault")}
    said = [f"--{name} {' '.join(value) if isinstance(value, list) else value}" for name, value in given.items() if value is not None]
    return " ".join(["--small"] * arguments.small + ["--celery"] * arguments.celery + said)


def arguments_of() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m chaos.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED", help="the first of them (0): to go on another time")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--small", action="store_true", help=f"{SMALL.blows} faults instead of {LARGE.blows}, and fewer runs and viewers")
    parser.add_argument(
        "--celery", action="store_true", help="workers are Celery's, with a broker of their own, and the faults are those of its messages"
    )
    parser.add_argument("--blows", type=int, metavar="N", help="so many faults a seed")
    parser.add_argument(
        "--fault", nargs="+", choices=[fault.name for fault in Fault], metavar="FAULT",
        help=f"these in turn instead of all: {', '.join(fault.name for fault in Fault)}",
    )  # fmt: skip
    parser.add_argument("--crashes", type=int, metavar="N", help="seeds of crashes alone, until there were so many of them, and so many …")
    parser.add_argument("--numbers", type=int, default=200_000, metavar="N", help="… acknowledged numbers (200000)")
    parser.add_argument(
        "--outages", type=int, metavar="N", help="seeds of outages of PostgreSQL and Valkey alone, until there were so many"
    )
    parser.add_argument("--without", nargs="*", default=[], metavar="MODULE", help="that switches a protection off (tests/protections)")
    arguments = parser.parse_args()
    if arguments.seed is None and arguments.seeds < 1:
        parser.error("no seed is given")
    return arguments


def try_all(arguments: argparse.Namespace, findings: list[Finding]) -> None:
    """`findings`: where each is put when it is there."""
    size = size_of(arguments)
    with tempfile.TemporaryDirectory(prefix="headway-chaos-", ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        began = time.monotonic()
        path = (ROOT / "chaos" / "unprotected",) if arguments.without else ()
        with (
            ground(home, NODES) as found,
            cluster(home, tasks="chaos.faults.tasks", children=CHILDREN, path=path, ground=found, is_celery=arguments.celery) as running,
        ):
            say(f"the cluster is there after {time.monotonic() - began:.0f} s, {found}")
            secret = (home / "secret").read_text()
            for seed in seeds_of(arguments, findings):
                finding = hold(running, secret, make_plan(seed, size))
                findings.append(finding)
                tell(finding, again_of(arguments))


def main() -> int:
    arguments = arguments_of()
    environment = {
        "HEADWAY_CANARY_SECONDS": "0", "HEADWAY_LOG_LEVEL": "error", "CHAOS_WITHOUT": " ".join(arguments.without),
        "CHAOS_WITHOUT_IN": "server_process worker_process",
    }  # fmt: skip
    # What is set here counts for whatever it starts.
    os.environ.update(environment)
    findings: list[Finding] = []
    # Whoever ends it early sees what there was until then.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        try_all(arguments, findings)
    say("\n" + table(findings))
    return 1 if any(found.violations for found in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
