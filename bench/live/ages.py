"""How old is an event when its viewers see it, with many of them, and while a worker records 40,000 events/s beside it?

    python -m bench.live.ages
    python -m bench.live.ages --small        # fewer viewers, less beside them, 4 s

Age: from `record` (the time at which the event was made, before its commit) until a viewer's process has read it from its socket. All
viewers are timed, in one process that shares the machine with the server: with 10,000 of them the reading is a part of the age.
"""

from __future__ import annotations

import argparse

from bench.figures import tell
from bench.live.fanout import measure_headway

QUIET_RATE = 2.0
"""Events a second of a run in which little happens: each is a flush of its own."""
BUSY_RATE = 100.0


def measure(name: str, viewers: int, rate: float, seconds: float, ingest: float) -> None:
    figures = measure_headway(viewers, rate, seconds, ingest=ingest, is_timing=True)
    p50, p90, p99, p999 = figures["ms"]
    tell(
        name, viewers=viewers, p50_ms=p50, p90_ms=p90, p99_ms=p99, p999_ms=p999, count=figures["count"],
        ingested_a_second=figures["ingested"],
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=1_000)
    parser.add_argument("--many-viewers", type=int, default=10_000)
    parser.add_argument("--ingest", type=float, default=40_000.0, help="events a second that another worker records meanwhile")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    if args.small:
        args.viewers, args.many_viewers, args.ingest, args.seconds = 200, 1_000, 10_000.0, 4.0
    measure("one event, beside ingest", args.viewers, QUIET_RATE, args.seconds, args.ingest)
    measure("busy run, beside ingest", args.viewers, BUSY_RATE, args.seconds, args.ingest)
    measure("one event, many viewers", args.many_viewers, QUIET_RATE, args.seconds, 0.0)


if __name__ == "__main__":
    main()
