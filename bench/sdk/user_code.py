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
from headway.sdk.report_pipe import ReportPipe
from headway.sdk.reporter import PipeReporter

PIPE_SIZE = 1_048_576
"""As the worker sets it."""
ITERATIONS = 1_000_000
CALLS = 500


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


def per_call(acts: dict[str, Callable[[int], object]], rounds: int) -> dict[str, dict[str, float]]:
    """Microseconds a call of each act takes by the clock, best and median of rounds of `CALLS` calls.

    The best is the answer, for us and for the peers, as in `timeit`: what else goes on at the machine only adds (where cores are
    shared with strangers, a loop that does nothing but format a number takes 0.35 us in one second and 0.7 in the next). The acts
    take turns, so that all of them see the same seconds.
    """
    found: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            started = time.perf_counter_ns()
            for number in range(CALLS):
                act(number)
            found[name].append((time.perf_counter_ns() - started) / CALLS / 1e3)
    return {name: {"best_us": round(min(took), 2), "median_us": round(statistics.median(took), 2)} for name, took in found.items()}


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


def logger_of(name: str, handler: logging.Handler) -> logging.Logger:
    logger = logging.getLogger(name)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    return logger


def lines(rounds: int) -> None:
    with tempfile.NamedTemporaryFile("w") as file, a_run() as run, Capture():
        handler = logging.FileHandler(file.name)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        to_file = logger_of("bench.file", handler)
        captured = logger_of("bench.captured", LogCapture([]))
        acts: dict[str, Callable[[int], object]] = {
            "peer: logging to a file": lambda n: to_file.info("sheet %d read", n),
            "peer: print to a file": lambda n: print(f"sheet {n} read", file=file, flush=True),
            "headway.log": lambda n: headway.log("sheet read"),
            "headway.log with context": lambda n: headway.log("sheet read", sheet=n),
            "logging": lambda n: captured.info("sheet %d read", n),
            "print": lambda n: print(f"sheet {n} read"),
            "print of three values": lambda n: print("sheet", n, "read"),
            "headway.metric": lambda n: headway.metric("accuracy", 0.5),
            "headway.progress": lambda n: headway.progress(n, CALLS),
        }
        found = per_call(acts, rounds)
        assert run.reporter.watched
        for one in (to_file, captured):
            one.handlers.clear()
        handler.close()
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
    lines(40 if is_small else 160)
    held_up(30_000 if is_small else 100_000)


if __name__ == "__main__":
    main()
