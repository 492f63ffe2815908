"""What do viewers cost that never read? How much does the server grow, and how late do those hear that do read?

A real `headway serve` and an outside run that says 1 MB/s. First 20 viewers who read, alone; then, on a fresh server, the same beside
WebSockets and streams whose owners do not take a single byte from their socket. The gateway ends such a viewer after 60 s, so it is
looked at for less.

    python -m bench.live.stalled                # 1,000 of each, 10 s while their buffers fill, then 45 s
    python -m bench.live.stalled --small        # 100 of each, 2 s and 8 s
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

from bench.figures import tell
from bench.live.sides.house import House, ask, house

READERS = 20
LINES, LINE_BYTES, EVERY = 100, 1_000, 0.1
"""100 lines of 1,000 characters ten times a second: 1 MB/s."""
SETTLING_SECONDS = 2.0
FILLING_SECONDS = 10.0
"""So long the buffers of those that never read take in what comes, in the kernel and then here; their p99 is told apart."""


def measure(stalled: int, seconds: float) -> None:
    _, alone, _, _ = _heard(0, min(seconds, 15.0))
    filling, beside, grown, rate = _heard(stalled, seconds)
    tell(
        "stalled", never_read=2 * stalled, seconds=seconds, published_mb_a_second=rate, grown_mb=grown / 1_048_576,
        alone_p99_ms=alone["ms"][1], filling_p99_ms=filling["ms"][1], beside_p99_ms=beside["ms"][1],
        p99_ratio=beside["ms"][1] / alone["ms"][1], heard_alone=alone["count"], heard_beside=beside["count"], readers_lost=beside["lost"],
    )  # fmt: skip


def _heard(stalled: int, seconds: float) -> tuple[dict[str, Any], dict[str, Any], int, float]:
    """Ages at those who read: while the buffers of the others fill, and for `seconds` afterwards; by how much the server grew, in bytes;
    what was published, in MB/s."""
    with house() as served:
        readers, others = served.crowd(), served.crowd()
        ask(readers, f"open timer {READERS}")
        if stalled:
            ask(others, f"open stalled {stalled}")
            ask(others, f"open stalled-sse {stalled}")
        time.sleep(SETTLING_SECONDS)
        peaks = [served.resident()]
        with served.saying(LINES, LINE_BYTES, EVERY) as said:
            _watch(served, min(FILLING_SECONDS, seconds / 4), peaks)
            filling = json.loads(ask(readers, "ages"))
            first, began = said[0], time.monotonic()
            _watch(served, seconds, peaks)
            rate = (said[0] - first) * LINES * LINE_BYTES / 1e6 / (time.monotonic() - began)
            ages = json.loads(ask(readers, "ages"))
        return filling, ages, max(peaks) - peaks[0], rate


def _watch(served: House, seconds: float, peaks: list[int]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.25)
        peaks.append(served.resident())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stalled", type=int, default=1_000, help="of WebSockets, and of streams")
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--small", action="store_true", help="100 of each for 8 s")
    arguments = parser.parse_args()
    if arguments.small:
        arguments.stalled, arguments.seconds = 100, 8.0
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    measure(arguments.stalled, arguments.seconds)


if __name__ == "__main__":
    main()
