"""A cluster under faults that must lose nothing: two nodes and two workers on a PostgreSQL and a Valkey of their own.

    python -m chaos.faults --seeds 10           # seeds 0 to 9
    python -m chaos.faults --seeds 5 --from 20  # seeds 20 to 24
    python -m chaos.faults --seed 7             # this one again: the same plan
    python -m chaos.faults --seed 7 --small
    python -m chaos.faults --seeds 3 --fault POSTGRES_KILLED
    python -m chaos.faults --seed 1 --small --without tests.protections.without_fence

A line a seed, then a table; the exit code is 1 where anything is wrong. What is done and what is asked: chaos/README.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from chaos.faults.plan import LARGE, SMALL, Fault, make_plan
from chaos.faults.table import line_of, table
from chaos.faults.trial import Finding, hold
from cluster.whole import cluster

SHOWN = 5
"""Violations of one invariant that are told in full."""
CHILDREN = 3
ROOT = Path(__file__).parents[2]


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(found: Finding) -> None:
    say(line_of(found))
    for name, violations in found.violations.items():
        say(f"    {name}: {len(violations)}")
        for violation in violations[:SHOWN]:
            say(f"        {violation}")
    if found.violations:
        say(f"    again: make chaos SEED={found.seed}")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m chaos.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED", help="the first of them (0): to go on another time")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--small", action="store_true", help=f"{SMALL.blows} faults instead of {LARGE.blows}, and fewer runs and viewers")
    parser.add_argument("--blows", type=int, metavar="N", help="so many faults a seed")
    parser.add_argument("--fault", choices=[fault.name for fault in Fault], help="this one again and again instead of all in turn")
    parser.add_argument("--without", nargs="*", default=[], metavar="MODULE", help="that switches a protection off (tests/protections)")
    arguments = parser.parse_args()
    seeds = [arguments.seed] if arguments.seed is not None else list(range(arguments.first, arguments.first + arguments.seeds))
    if not seeds:
        parser.error("no seed is given")
    size = SMALL if arguments.small else LARGE
    size = replace(size, blows=arguments.blows or size.blows)
    only = Fault[arguments.fault] if arguments.fault else None
    environment = {
        "HEADWAY_CANARY_SECONDS": "0", "HEADWAY_LOG_LEVEL": "error", "CHAOS_WITHOUT": " ".join(arguments.without),
        "CHAOS_WITHOUT_IN": "server_process worker_process",
    }  # fmt: skip
    # What is set here counts for whatever it starts.
    os.environ.update(environment)
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="headway-chaos-", ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        began = time.monotonic()
        path = (ROOT / "chaos" / "unprotected",) if arguments.without else ()
        with cluster(home, tasks="chaos.faults.tasks", children=CHILDREN, path=path) as running:
            say(f"the cluster is there after {time.monotonic() - began:.0f} s")
            secret = (home / "secret").read_text()
            for seed in seeds:
                found = hold(running, secret, make_plan(seed, size, only))
                findings.append(found)
                tell(found)
    say("\n" + table(findings))
    return 1 if any(found.violations for found in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
