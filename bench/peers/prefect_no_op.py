"""How many no-op flow runs and task runs a second does Prefect 3 execute, on its own server with SQLite?

Run by `python -m bench` in the peers' environment as ``prefect_no_op.py FLOWS TASKS``; prints one JSON line.
"""

from __future__ import annotations

import json
import sys
import time

from prefect import flow, task


@task(log_prints=False)
def no_op() -> int:
    return 1


@flow(log_prints=False)
def one() -> int:
    return 1


@flow(log_prints=False)
def many(count: int) -> int:
    return sum(future.result() for future in [no_op.submit() for _ in range(count)])


def main() -> None:
    flows, tasks = int(sys.argv[1]), int(sys.argv[2])
    one()
    started = time.perf_counter()
    for _ in range(flows):
        one()
    flows_per_second = flows / (time.perf_counter() - started)
    started = time.perf_counter()
    many(tasks)
    tasks_per_second = tasks / (time.perf_counter() - started)
    print(
        json.dumps({"figure": "no_op", "flows_per_second": round(flows_per_second, 2), "task_runs_per_second": round(tasks_per_second, 1)})
    )


if __name__ == "__main__":
    main()
