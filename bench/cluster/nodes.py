"""How old is a line when viewers at another node than the worker's see it?

    python -m bench.cluster.nodes [--viewers 100] [--rate 100] [--seconds 10] [--small]

A cluster of its own (`cluster/`): PostgreSQL with fsync, Valkey, two nodes. The worker of one node executes a run that writes lines; all
viewers look on at the other, so each line goes from the child to its worker, into PostgreSQL, over Valkey to the other node, and to them.
Age: from `headway.log` in the user's code until the viewers' process has read it from its socket.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import tell
from bench.live.fanout import ask, end, read, start
from cluster.whole import Cluster, cluster
from headway.model.states import RunState
from headway.sdk.client import Client
from tests.waiting import eventually

WARM_SECONDS = 2.0


def executing_node(running: Cluster, run: str) -> int:
    """The number of the node whose worker executes the run."""
    with Client(url=running.nodes[0].url, token=running.token) as client:
        eventually(lambda: client.get(run).state is RunState.RUNNING, 30, "the run is executed")
        worker = client.attempts(run)[-1].worker
        said: Any = client._get("/workers")
    pid = next(each["pid"] for each in said["items"] if each["id"] == worker)
    return next(number for number, node in enumerate(running.nodes) if node.process("worker").pid == pid)


def measure(viewers: int, rate: float, seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home, cluster(Path(home), tasks="bench.cluster.tasks") as running:
        with Client(url=running.nodes[0].url, token=running.token) as client:
            run = client.start("tell_time", {"rate": rate, "seconds": seconds + 3 * WARM_SECONDS}).id
        other = running.nodes[1 - executing_node(running, run)]
        clients = start(
            "viewers", f"/api/v1/live?run_id={run}", f"headway.live.v1, {running.token}", "", str(viewers), "1", str(other.port)
        )
        assert read(clients) == "open"
        time.sleep(WARM_SECONDS)
        ask(clients, "reset")
        time.sleep(seconds)
        said = json.loads(ask(clients, "ages"))
        end(clients)
        p50, p90, p99, p999 = said["ms"]
        share = said["count"] / (viewers * rate * seconds) * 100
        tell(
            "record to viewer at another node",
            viewers=viewers,
            p50_ms=p50,
            p90_ms=p90,
            p99_ms=p99,
            p999_ms=p999,
            percent_of_what_was_written=share,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="4 s")
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--rate", type=float, default=100.0, help="lines a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    measure(arguments.viewers, arguments.rate, 4.0 if arguments.small else arguments.seconds)


if __name__ == "__main__":
    main()
