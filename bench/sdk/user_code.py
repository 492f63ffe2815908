"""What does Headway cost the code that it watches, per iteration and per line?

Beside it, in the same run: tqdm, `logging` to a file, `print` to a file. Reports go through a real pipe to another process
that reads and drops them, as a supervisor does. ``python bench/sdk/user_code.py [--json]``; about 15 s.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import gc
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import headway
from headway.sdk.capture import Capture, LogCapture
from headway.sdk.context import RunContext, enter
from headway.sdk.reporter import PipeReporter, ReportPipe

PIPE_SIZE = 1_048_576
"""As the worker sets it."""
ITERATIONS = 1_000_000
CALLS = 2_000
ROUNDS = 15
LATENCY_CALLS = 100_000


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


def per_call(act: Callable[[int], object]) -> dict[str, float]:
    """Microseconds a call takes by the clock, median and best of rounds, and of this thread's own time (system calls included).

    The last is what to look at on a machine that others use too.
    """
    clock: list[float] = []
    own: list[float] = []
    for _ in range(ROUNDS):
        started, own_started = time.perf_counter_ns(), time.thread_time_ns()
        for number in range(CALLS):
            act(number)
        own.append((time.thread_time_ns() - own_started) / CALLS / 1e3)
        clock.append((time.perf_counter_ns() - started) / CALLS / 1e3)
    return {"median_us": round(statistics.median(clock), 2), "best_us": round(min(clock), 2), "own_us": round(statistics.median(own), 2)}


def latency(act: Callable[[int], object]) -> dict[str, float]:
    """How long single calls hold user code up, in milliseconds."""
    took: list[int] = []
    for number in range(LATENCY_CALLS):
        started = time.perf_counter_ns()
        act(number)
        took.append(time.perf_counter_ns() - started)
    took.sort()
    shares = {"p50_ms": 0.5, "p99_ms": 0.99, "p999_ms": 0.999, "max_ms": 1.0}
    return {name: round(took[min(int(len(took) * share), len(took) - 1)] / 1e6, 4) for name, share in shares.items()}


def loops() -> dict[str, Any]:
    from tqdm import tqdm

    items = range(ITERATIONS)
    with Path(os.devnull).open("w") as nowhere, a_run():
        bare = per_iteration(lambda: items)
        ours = per_iteration(lambda: headway.track(items))
        theirs = per_iteration(lambda: tqdm(items, file=nowhere))
    return {
        "bare_ns": round(bare, 1), "track_ns": round(ours - bare, 1), "tqdm_ns": round(theirs - bare, 1),
        "track_to_tqdm": round((ours - bare) / (theirs - bare), 3),
    }  # fmt: skip


def lines() -> dict[str, Any]:
    found: dict[str, Any] = {}
    logger = logging.getLogger("bench")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    with tempfile.NamedTemporaryFile("w") as file:
        to_file = logging.FileHandler(file.name)
        to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        logger.addHandler(to_file)
        found["peer: logging to a file"] = per_call(lambda n: logger.info("sheet %d read", n))
        logger.removeHandler(to_file)
        to_file.close()
        found["peer: print to a file"] = per_call(lambda n: print(f"sheet {n} read", file=file, flush=True))
    with a_run() as run, Capture():
        logger.addHandler(LogCapture([]))
        found["headway.log"] = per_call(lambda n: headway.log("sheet read"))
        found["headway.log with context"] = per_call(lambda n: headway.log("sheet read", sheet=n))
        found["logging"] = per_call(lambda n: logger.info("sheet %d read", n))
        found["print"] = per_call(lambda n: print(f"sheet {n} read"))
        found["print of three values"] = per_call(lambda n: print("sheet", n, "read"))
        found["headway.metric"] = per_call(lambda n: headway.metric("accuracy", 0.5))
        found["headway.progress"] = per_call(lambda n: headway.progress(n, CALLS))
        assert run.reporter.watched
        logger.handlers.clear()
    return found


def held_up() -> dict[str, Any]:
    with a_run():
        return {
            "headway.log": latency(lambda n: headway.log("sheet read", sheet=n)),
            "headway.metric": latency(lambda n: headway.metric("accuracy", 0.5)),
            "headway.progress": latency(lambda n: headway.progress(n, LATENCY_CALLS)),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    wants_json = parser.parse_args().json
    gc.freeze()
    found = {"loops": loops(), "lines": lines(), "held_up": held_up(), "python": sys.version.split()[0], "cpus": os.cpu_count()}
    if wants_json:
        print(json.dumps(found, indent=2))
        return
    for part, figures in found.items():
        print(part, figures if not isinstance(figures, dict) else "")
        for name, value in figures.items() if isinstance(figures, dict) else ():
            print(f"  {name:28} {value}")


if __name__ == "__main__":
    main()
