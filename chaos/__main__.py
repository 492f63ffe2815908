"""Many viewers of live runs under faults: each must have been told the journal.

    python -m chaos --seeds 10              # seeds 0 to 9, each with 300 viewers
    python -m chaos --seeds 50 --from 150   # seeds 150 to 199
    python -m chaos --seed 17               # this one again: the same plan
    python -m chaos --seeds 3 --small
    python -m chaos --seed 1 --small --without tests.protections.without_dedupe

A line a seed, then a table; the exit code is 1 where anything is wrong. What is done and what is asked: chaos/README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from chaos.plan import LARGE, SMALL
from chaos.trial import Finding, Stage, hold

SHOWN = 10
"""Violations of one seed that are told in full."""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def line_of(found: Finding) -> str:
    return (
        f"seed {found.seed}: {found.deliveries:,} deliveries of {found.lines:,} lines, {found.reconnects:,} reconnects, "
        f"{found.polls:,} polls, {found.gaps} gaps, {found.resets} resets, server + {found.grown_mb:.0f} MB, {found.seconds:.0f} s: "
        f"{len(found.violations)} violations"
    )


def table(findings: list[Finding]) -> str:
    faults = Counter[str]()
    for found in findings:
        faults.update({fault.value: count for fault, count in found.faults.items()})
    rows = {
        "seeds": len(findings),
        "deliveries": sum(found.deliveries for found in findings),
        "reconnects": sum(found.reconnects for found in findings),
        "polls answered": sum(found.polls for found in findings),
        "kill -9 of the server": sum(found.kills for found in findings),
        "explicit gaps": sum(found.gaps for found in findings),
        "resets": sum(found.resets for found in findings),
        "server grew at most, MB": round(max(found.grown_mb for found in findings)),
        **{f"connections: {name}": count for name, count in sorted(faults.items())},
        "violations": sum(len(found.violations) for found in findings),
    }
    width = max(map(len, rows))
    return "\n".join(f"{name:{width}}  {value:>12,}" for name, value in rows.items())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED", help="the first of them (0): to go on another time")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--small", action="store_true", help=f"{SMALL.viewers} viewers instead of {LARGE.viewers}, and shorter runs")
    parser.add_argument("--kills", type=int, default=1, help="how often the server is killed in each trial")
    parser.add_argument("--end", type=float, metavar="SECONDS", help="in which every viewer must hear the end (60; small: 30)")
    parser.add_argument("--without", nargs="*", default=[], metavar="MODULE", help="that switches a protection off (tests/protections)")
    arguments = parser.parse_args()
    size = SMALL if arguments.small else LARGE
    size = replace(size, kills=arguments.kills, end_seconds=arguments.end or size.end_seconds)
    for name in arguments.without:
        importlib.import_module(name)
    seeds = [arguments.seed] if arguments.seed is not None else list(range(arguments.first, arguments.first + arguments.seeds))
    if not seeds:
        parser.error("no seed is given")
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="headway-chaos-") as home:
        stage = Stage(Path(home), tuple(arguments.without))
        stage.open()
        try:
            for seed in seeds:
                found = asyncio.run(hold(stage, seed, size))
                findings.append(found)
                say(line_of(found))
                for violation in found.violations[:SHOWN]:
                    say(f"    {violation}")
        finally:
            stage.installation.stop()
    say("\n" + table(findings))
    return 1 if any(found.violations for found in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
