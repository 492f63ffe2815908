"""What does the canary cost an installation that has nothing else to do?

A real `headway serve` with one task module, once without the canary and once with one every 15 s: processor time of the launcher,
the server, the worker and its warm children over some minutes. The difference is the canary's.

    python -m bench.assembly.canary [--seconds 180 | --small]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from bench.assembly.serving import serving
from bench.figures import tell

EVERY_SECONDS = 15.0
QUIET_SECONDS = 20.0


def measure(home: Path, every: float, seconds: float) -> Mapping[str, float]:
    """Processor seconds of each part over the time."""
    with serving(home, HEADWAY_CANARY_SECONDS=f"{every:g}") as launcher:
        time.sleep(QUIET_SECONDS)
        before = _used(launcher)
        time.sleep(seconds)
        after = _used(launcher)
    return {part: after[part] - before[part] for part in before}


def _used(launcher: psutil.Process) -> dict[str, float]:
    found = {"launcher": _seconds(launcher), "server": 0.0, "worker": 0.0, "children": 0.0}
    parts = launcher.children()
    if len(parts) != 2:
        raise SystemExit(f"a server and a worker were expected, {len(parts)} processes are there")
    for part in parts:
        found["server" if "server_process" in " ".join(part.cmdline()) else "worker"] += _seconds(part)
        # With those that have ended meanwhile.
        times = part.cpu_times()
        found["children"] += times.children_user + times.children_system
        found["children"] += sum(_seconds(child) for child in part.children(recursive=True))
    return found


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=180, help="how long each of both is looked at")
    parser.add_argument("--small", action="store_true", help="30 s")
    arguments = parser.parse_args()
    seconds = 30.0 if arguments.small else arguments.seconds
    used: dict[bool, Mapping[str, float]] = {}
    for has_canary in (False, True):
        with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
            used[has_canary] = measure(Path(home), EVERY_SECONDS if has_canary else 0.0, seconds)
        tell("idle_with_canary" if has_canary else "idle_without_canary", seconds=seconds, cpu_seconds=sum(used[has_canary].values()))
    cost = {part: used[True][part] - used[False][part] for part in used[True]}
    tell("canary_parts", **{f"{part}_cpu_seconds_per_hour": spent * 3600 / seconds for part, spent in cost.items()})
    total = sum(cost.values())
    tell("canary", cpu_ms_per_run=1000 * total * EVERY_SECONDS / seconds, cpu_seconds_per_hour=total * 3600 / seconds)


if __name__ == "__main__":
    main()
