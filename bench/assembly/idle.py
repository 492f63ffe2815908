"""How much memory does an installation hold that has nothing to do?

A real `headway serve` with one task module; after it has become quiet, the resident memory of the server and of the worker is
added up: floor 200 MB. Beside it the launcher and the worker's warm children, and the proportional share (PSS), which counts
pages that processes share only once.

    python -m bench.assembly.idle [--seconds 20 | --small]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import psutil

from bench.assembly.serving import serving
from bench.figures import tell


def measure(home: Path, seconds: float) -> None:
    with serving(home) as launcher:
        time.sleep(seconds)
        _tell(launcher)


def _tell(launcher: psutil.Process) -> None:
    parts = launcher.children()
    children = [child for part in parts for child in part.children(recursive=True)]
    if len(parts) != 2:
        raise SystemExit(f"a server and a worker were expected, {len(parts)} processes are there")
    family = [launcher, *parts, *children]
    tell(
        "idle",
        server_and_worker_mb=_resident(parts),
        launcher_mb=_resident([launcher]),
        children_mb=_resident(children),
        children=len(children),
        all_mb=_resident(family),
        all_proportional_mb=sum(process.memory_full_info().pss for process in family) / 1e6,
    )
    for number, part in enumerate(parts, 1):
        tell(f"part {number}", command=" ".join(part.cmdline()[1:4]), resident_mb=_resident([part]))


def _resident(processes: list[psutil.Process]) -> float:
    return sum(process.memory_info().rss for process in processes) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="how long it has nothing to do before it is looked at")
    parser.add_argument("--small", action="store_true", help="5 s")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
        measure(Path(home), 5 if arguments.small else arguments.seconds)


if __name__ == "__main__":
    main()
