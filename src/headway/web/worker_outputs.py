"""What workers look like, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from headway.acts.workers import WorkerDetail, WorkerSeen
from headway.web.outputs import RUN_ID, many, one

_WORKER: dict[str, Any] = {
    "id": "019336e1-7b1c-7d3a-9b1e-4f2a6c8d0e13",
    "host": "lab-3",
    "pid": 4711,
    "version": "0.1.0",
    "state": "draining",
    "started_at": "2026-11-22T09:00:00.000Z",
    "heartbeat_at": "2026-11-22T09:30:01.000Z",
    "ended_at": None,
    "slots": 4,
    "run_count": 1,
    "queues": ["default"],
    "tasks": ["grading:grade"],
    "wish": "drain",
    "is_now": False,
    "wished_by": "li",
    "wished_at": "2026-11-22T09:29:58.000Z",
    "cpu": 180.5,
    "memory_bytes": 412_000_000,
    "is_remote": False,
    "echoes": {"heard_at": {"default": "2026-11-22T09:29:48.000Z"}, "deaf": []},
}
_RUN: dict[str, Any] = {
    "id": RUN_ID,
    "name": "grade 7b",
    "task": "grading:grade",
    "project": "default",
    "state": "running",
    "started_at": "2026-11-22T09:28:00.000Z",
}

WORKER = one(200, WorkerDetail, {**_WORKER, "runs": [_RUN]}, "The worker with its runs.")
WORKER_ASKED = one(202, WorkerSeen, _WORKER, "It is asked; the worker hears it within seconds.")
WORKERS = many("Worker", WorkerSeen, _WORKER, "Workers.")
