"""How many runs a second go through Headway in memory, as users' tests have it?

One process and one thread at a time: each run is started, executed through the code of a worker's child, and its journal read; no
process, no port. Ends by itself, prints one JSON line a figure. `cpu_seconds_for_1000` is what this process took of a processor:
other work on the machine makes `seconds` grow several times as much. A run of `hour_later` has two attempts, and so takes twice what
one of nothing takes, and a little for the hour that is skipped.

    python -m bench.testing.kit [--runs 1000] [--small]
"""

from __future__ import annotations

import argparse
import time

import headway
from bench.figures import tell
from headway.testing import Installation, installation


@headway.task
def nothing() -> None:
    """A run of nothing."""


@headway.task
def ten_lines(number: int) -> int:
    """A run with a bar, a step and ten lines."""
    with headway.step("reading"):
        for line in headway.track(range(10)):
            headway.log.info(f"line {line}")
    return number


@headway.task(retries=1, retry_delay=3600)
def once_more() -> None:
    """A run whose second try is an hour later."""
    if headway.current_run().attempt == 1:
        raise headway.Retry(delay=3600)


def measure(name: str, runs: int, hw: Installation, task: str, **parameters: int) -> None:
    attempts = 0
    began, cpu_began = time.perf_counter(), time.process_time()
    for _ in range(runs):
        run = hw.run(task, **parameters).run
        if run.state != "succeeded":
            raise SystemExit(f"{name}: {run!r}")
        attempts += run.attempt
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    for_1000 = {"seconds_for_1000": seconds * 1000 / runs, "cpu_seconds_for_1000": cpu_seconds * 1000 / runs}
    tell(name, runs=runs, attempts=attempts, seconds=seconds, **for_1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--small", action="store_true", help="100 runs")
    arguments = parser.parse_args()
    runs = 100 if arguments.small else arguments.runs

    began = time.perf_counter()
    with installation():
        tell("open", ms=(time.perf_counter() - began) * 1000)
    for name, task, parameters in (("no_op", "nothing", {}), ("ten_lines", "ten_lines", {"number": 7}), ("hour_later", "once_more", {})):
        with installation() as hw:
            measure(name, runs, hw, task, **parameters)


if __name__ == "__main__":
    main()
