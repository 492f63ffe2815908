"""Run a cluster on this machine, and grade a school of 40 classes on it; or check that it loses nothing.

python -m cluster                 until Ctrl-C, with the address of the console   (make cluster)
python -m cluster --check         without a person: kills a worker and a server in the middle, and exits 0 only if
                                  nothing was lost                                (make cluster-check)
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from cluster.check import check, start_school
from cluster.whole import Cluster, cluster
from headway.sdk.client import Client


def show(running: Cluster, classes: int) -> int:
    """Until Ctrl-C."""
    with Client(url=running.balancer.url, token=running.token) as client:
        run = start_school(client, classes)
    for node in running.nodes:
        print(f"{node.name}: {node.url}")
    print(f"balancer: {running.balancer.url}\nsign in:  {running.nodes[0].sign_in_url()}")
    print(f"{classes} classes are being graded as run {run}. Ctrl-C ends everything.", flush=True)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    try:
        while not stopped.wait(0.5):
            pass
    except KeyboardInterrupt:
        print("ending …")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cluster", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="kill parts of it, and say whether anything was lost")
    parser.add_argument("--classes", type=int, default=40, metavar="N", help="child runs (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, metavar="PORT", help="of the balancer (default: any free one)")
    parser.add_argument("--home", type=Path, metavar="DIR", help="where it keeps everything (default: a directory that goes with it)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headway-cluster-", ignore_cleanup_errors=True) as temporary:
        directory = arguments.home or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        print("starting PostgreSQL, Valkey, two nodes and a balancer …", flush=True)
        began = time.monotonic()
        try:
            with cluster(directory, port=arguments.port) as running:
                print(f"there after {time.monotonic() - began:.0f} s", flush=True)
                return check(running, arguments.classes) if arguments.check else show(running, arguments.classes)
        except (AssertionError, RuntimeError, ImportError, OSError) as error:
            sys.stderr.write(f"The cluster cannot be started: {error}\n")
            return 1


if __name__ == "__main__":
    sys.exit(main())
