"""The server is killed under its viewers: how soon does everybody look on again, and does anybody miss or hear twice a line?

A real `headway serve` and an outside run that says two lines a second. Its viewers keep their positions; after kill -9 the launcher starts
another server, to which each comes back after a random part of half a second, doubled with each failure (to 4 s). The time goes
from the kill to the last viewer's snapshot.

    python -m bench.live.restart                # 5,000 viewers
    python -m bench.live.restart --small        # 500
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

from bench.figures import tell
from bench.live.sides.house import House, ask, house

EVERY = 0.5
LIMIT_SECONDS = 90.0
SAMPLE_SECONDS = 45.0
"""Every process samples itself each 30 s."""


def measure(viewers: int) -> None:
    with house() as served:
        crowd = served.crowd()
        with served.saying(1, 100, EVERY) as said:
            ask(crowd, f"open follower {viewers}")
            time.sleep(2.0)
            server = served.server()
            assert server is not None
            server.kill()
            began = time.monotonic()
            state = _until(crowd, lambda state: state["least_comings"] >= 2)
            seconds = time.monotonic() - began
            time.sleep(2.0)
        last = served.client.get(served.run)
        lines = int(served.client._get(f"/runs/{last.id}")["last_line"])
        state = _until(crowd, lambda state: state["lines"] == [lines, lines])
        reads = _pages_read(served)
    tell(
        "restart", viewers=viewers, all_back_seconds=seconds, come_back=state["come_back"], resumed=state["results"].get("resumed", 0),
        wrong=state["holes"] + state["doubled"] + lines - state["lines"][0], lines=lines, batches=said[0], pages_read=reads,
    )  # fmt: skip


def _pages_read(served: House) -> int:
    """How often the new server has read old lines from the store, as its own first sample says."""
    end = time.monotonic() + SAMPLE_SECONDS
    while time.monotonic() < end:
        shown: Any = served.client._get("/monitor/gateway")
        counts = [count for series in shown["gateways"] for count in series["counts"].get("pages_read", []) if count is not None]
        if counts:
            return int(sum(counts))
        time.sleep(1.0)
    raise SystemExit("no sample of the gateway came")


def _until(crowd: Any, is_there: Any) -> dict[str, Any]:
    """The state of the viewers once it is so, or after `LIMIT_SECONDS`."""
    end = time.monotonic() + LIMIT_SECONDS
    while True:
        state: dict[str, Any] = json.loads(ask(crowd, "state"))
        if is_there(state) or time.monotonic() > end:
            return state
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=5_000)
    parser.add_argument("--small", action="store_true", help="500 viewers")
    arguments = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    measure(500 if arguments.small else arguments.viewers)


if __name__ == "__main__":
    main()
