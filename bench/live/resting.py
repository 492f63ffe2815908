"""What memory does a viewer hold that looks at a run in which nothing happens?

A real `headway serve`; its server's resident memory before and after so many viewers have come, divided by them. Beside the
WebSockets, streams of events. 200 viewers come first, and are not counted: what the first ones bring into memory is paid once.

    python -m bench.live.resting                        # 15,000 WebSockets in one process; then 1,500 streams
    python -m bench.live.resting --viewers 5000
    python -m bench.live.resting --small                # 1,000 and 200
"""

from __future__ import annotations

import argparse
import resource
import time

from bench.figures import tell
from bench.live.sides.house import ask, house

FIRST = 200
SPARE = 500
"""File descriptors that are for other things."""
SETTLING_SECONDS = 3.0


def measure(kind: str, viewers: int) -> None:
    with house() as served:
        crowd = served.crowd()
        served.say(10, 100)
        ask(crowd, f"open {kind} {FIRST}")
        time.sleep(SETTLING_SECONDS)
        before = served.resident()
        began = time.monotonic()
        ask(crowd, f"open {kind} {viewers}")
        seconds = time.monotonic() - began
        time.sleep(SETTLING_SECONDS)
        grown = served.resident() - before
        tell(f"resting, {kind}", viewers=viewers, kb_a_viewer=grown / 1024 / viewers, opening_seconds=seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=15_000)
    parser.add_argument("--streams", type=int, default=1_500)
    parser.add_argument("--small", action="store_true", help="1,000 WebSockets, 200 streams")
    arguments = parser.parse_args()
    if arguments.small:
        arguments.viewers, arguments.streams = 1_000, 200
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if arguments.viewers + FIRST + SPARE > most:
        raise SystemExit(f"{arguments.viewers} viewers need more files at once than the {most} that are allowed here (ulimit -n)")
    measure("websocket", arguments.viewers)
    measure("sse", arguments.streams)


if __name__ == "__main__":
    main()
