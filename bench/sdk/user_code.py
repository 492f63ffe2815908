"""What does Headway cost the code that it watches, per iteration and per line?

Beside it, in the same run: tqdm, `logging` to a file, `print` to a file. Reports go through a real pipe to another process
that reads and drops them, as a supervisor does. Prints one JSON line a figure; about 15 s.

    python -m bench.sdk.user_code [--small]
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import gc
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.figures import tell

import headway
from headway.sdk.capture import Capture, LogCapture
from headway.sdk.context import RunContext, enter
from headway.sdk.reporter import PipeReporter, ReportPipe

PIPE_SIZE = 1_048_576
"""As the worker sets it."""
ITERATIONS = 1_000_000
CALLS = 2_000


def drain(fd: int, others: list[int]) -> None:
    """The reading process: 64 KB at a time until the end."""
    for other in others:
        os.close(other)
    while os.read(fd, 65_536):
        pass
    os._exit(0)


@contextlib.contextmanager
def a_run() -> Iterator[RunContext]:
    """A run whose reports go to a process that reads them."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
    pid = os.fork()
    if not pid:
        drain(reading, [writing])
    os.close(reading)
    with enter(RunContext(PipeReporter(ReportPipe(writing), 1, watched=1), id="bench", task="bench")) as run:
        yield run
    os.close(writing)
    os.waitpid(pid, 0)


def per_iteration(make: Callable[[], Any]) -> float:
    """Nanoseconds an iteration of an empty loop over `make()` costs, best of some rounds."""
    best = float("inf")
    for _ in range(7):
        items = make()
        started = time.perf_counter_ns()
        for _item in items:
            pass
        best = min(best, time.perf_counter_ns() - started)
    return best / ITERATIONS


def per_call(act: Callable[[int], object], rounds: int) -> dict[str, float]:
    """Microseconds a call takes by the clock, median and best of rounds, and of this thread's own time (system calls included).

    The last is what to look at on a machine that others use too.
    """
    clock: list[float] = []
    own: list[float] = []
    for _ in range(rounds):
        started, own_started = time.perf_counter_ns(), time.thread_time_ns()
        for number in range(CALLS):
            act(number)
        own.append((time.thread_time_ns() - own_started) / CALLS / 1e3)
        clock.append((time.perf_counter_ns() - started) / CALLS / 1e3)
    return {"median_us": round(statistics.median(clock), 2), "best_us": round(min(clock), 2), "own_us": round(statistics.median(own), 2)}


def latency(act: Callable[[int], object], calls: int) -> list[int]:
    """How long single calls hold user code up, in nanoseconds."""
    took: list[int] = []
    for number in range(calls):
        started = time.perf_counter_ns()
        act(number)
        took.append(time.perf_counter_ns() - started)
    return sorted(took)


def shares(took: list[int]) -> dict[str, float]:
    """Of sorted nanoseconds, in milliseconds."""
    asked = {"p50_ms": 0.5, "p99_ms": 0.99, "p999_ms": 0.999, "max_ms": 1.0}
    return {name: round(took[min(int(len(took) * share), len(took) - 1)] / 1e6, 4) for name, share in asked.items()}


def loops() -> None:
    from tqdm import tqdm

    items = range(ITERATIONS)
    with Path(os.devnull).open("w") as nowhere, a_run():
        bare = per_iteration(lambda: items)
        ours = per_iteration(lambda: headway.track(items))
        theirs = per_iteration(lambda: tqdm(items, file=nowhere))
    tell("loops", bare_ns=bare, track_ns=ours - bare, tqdm_ns=theirs - bare, track_to_tqdm=(ours - bare) / (theirs - bare))


def lines(rounds: int) -> None:
    found: dict[str, dict[str, float]] = {}
    logger = logging.getLogger("bench")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    with tempfile.NamedTemporaryFile("w") as file:
        to_file = logging.FileHandler(file.name)
        to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        logger.addHandler(to_file)
        found["peer: logging to a file"] = per_call(lambda n: logger.info("sheet %d read", n), rounds)
        logger.removeHandler(to_file)
        to_file.close()
        found["peer: print to a file"] = per_call(lambda n: print(f"sheet {n} read", file=file, flush=True), rounds)
    with a_run() as run, Capture():
        logger.addHandler(LogCapture([]))
        found["headway.log"] = per_call(lambda n: headway.log("sheet read"), rounds)
        found["headway.log with context"] = per_call(lambda n: headway.log("sheet read", sheet=n), rounds)
        found["logging"] = per_call(lambda n: logger.info("sheet %d read", n), rounds)
        found["print"] = per_call(lambda n: print(f"sheet {n} read"), rounds)
        found["print of three values"] = per_call(lambda n: print("sheet", n, "read"), rounds)
        found["headway.metric"] = per_call(lambda n: headway.metric("accuracy", 0.5), rounds)
        found["headway.progress"] = per_call(lambda n: headway.progress(n, CALLS), rounds)
        assert run.reporter.watched
        logger.handlers.clear()
    for name, figures in found.items():
        tell(name, **figures)


def held_up(calls: int) -> None:
    with a_run():
        found = {
            "headway.log": latency(lambda n: headway.log("sheet read", sheet=n), calls),
            "headway.metric": latency(lambda n: headway.metric("accuracy", 0.5), calls),
            "headway.progress": latency(lambda n: headway.progress(n, calls), calls),
        }
    for name, took in found.items():
        tell(f"held_up by {name}", **shares(took))
    each = [shares(took) for took in found.values()]
    tell("held_up", **{name: max(share[name] for share in each) for name in each[0]})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a third of the rounds")
    is_small = parser.parse_args().small
    gc.freeze()
    loops()
    lines(5 if is_small else 15)
    held_up(30_000 if is_small else 100_000)


if __name__ == "__main__":
    main()
