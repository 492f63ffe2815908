"""What queues, quotas and waiting runs look like, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from headway.acts.family import Child, Family
from headway.acts.queues import QueueState
from headway.model.queue import Queue, Quota
from headway.model.waiting import Waiting
from headway.web.outputs import RUN_ID, many, one

_QUEUE: dict[str, Any] = {
    "name": "ocr",
    "is_paused": True,
    "paused_by": "li",
    "paused_at": "2026-11-22T09:30:00.000Z",
    "running_limit": 4,
    "queued_limit": None,
}
_STATE: dict[str, Any] = {**_QUEUE, "states": {"queued": 120, "running": 4}, "worker_count": 2}
_QUOTA: dict[str, Any] = {"project": "exams", "running_limit": 20, "queued_limit": None}
_WAITING: dict[str, Any] = {
    "run": RUN_ID,
    "state": "queued",
    "cause": "queue_paused",
    "detail": "The queue ocr is paused, by li.",
    "until": None,
    "queue": "ocr",
    "project": None,
    "task": None,
    "key": None,
    "by": "li",
    "limit": None,
    "given": None,
    "ahead": None,
    "holders": [],
    "expected_start_at": None,
    "expected_start_from": None,
    "expected_start_to": None,
}

_FAMILY: dict[str, Any] = {
    "total": 40,
    "done": 17.5,
    "states": {"failed": 2, "queued": 19, "running": 4, "succeeded": 15},
    "cells": "sssssssssssssssffrrrrqqqqqqqqqqqqqqqqqqq",
    "letters": {"s": "succeeded", "f": "failed", "r": "running", "q": "queued"},
    "errors": [{"code": "exception", "type": "ValueError", "message": "sheet 7 is torn", "count": 2, "runs": [RUN_ID]}],
    "is_every_error": True,
    "before": [{"run": RUN_ID, "name": "grade the school", "succeeded": 38}],
}

_CHILD: dict[str, Any] = {"place": 0, "id": RUN_ID, "name": "grade 7a", "state": "succeeded"}

CHILDREN = many("Child", Child, _CHILD, "Children.")
FAMILY = one(200, Family, _FAMILY, "The children at one glance.")
QUEUE = one(200, Queue, _QUEUE, "The queue as it is now.")
QUEUES = many("Queue", QueueState, _STATE, "Queues.")
QUOTA = one(200, Quota, _QUOTA, "The quota.")
QUOTAS = many("Quota", Quota, _QUOTA, "Quotas.")
WAITING = one(200, Waiting, _WAITING, "Why it waits.")
WAITINGS = many("Waiting", Waiting, _WAITING, "Why they wait, in the order asked for.")
