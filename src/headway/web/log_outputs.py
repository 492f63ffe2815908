"""What answers look like that are made of the logs of many runs. As `outputs.py`, for OpenAPI."""

from __future__ import annotations

from typing import Any

import orjson

from headway.web.log_counts import LogCounts
from headway.web.log_hits import LogPage
from headway.web.outputs import EVENT, RUN_ID, one

Json = dict[str, Any]

_LINE: Json = EVENT | {
    "run": RUN_ID,
    "run_name": "Class 7b",
    "task": "grading:grade",
    "project": "default",
    "spans": [[0, 5]],
    "url": f"https://headway.example/runs/{RUN_ID}#L5",
}
_PAGE: Json = {"items": [_LINE], "next_cursor": None, "total": None, "is_complete": True, "stopped_at": None, "runs_ended": 1}
_COUNTS: Json = {
    "count": 1203,
    "levels": {"info": 1200, "warning": 2, "error": 1},
    "groups": [{"task": "grading:grade", "run": None, "name": None, "levels": {"info": 1200, "warning": 2, "error": 1}}],
    "runs": 40,
    "is_complete": True,
    "next_cursor": None,
}

LOG_PAGE = one(200, LogPage, _PAGE, "A page of lines; or, as NDJSON, text or server-sent events, a stream of them.")
LOG_PAGE[200]["content"] |= {
    "application/x-ndjson": {"example": _LINE},
    "text/plain": {"example": f"{RUN_ID[-8:]} Class 7b | 2026-11-22T09:30:00.125Z warning  sheet 7 is doubtful\n"},
    "text/event-stream": {"example": f"event: lines\ndata: {orjson.dumps({'items': [_LINE]}).decode()}\n\n"},
    "application/gzip": {},
}
LOG_COUNTS = one(200, LogCounts, _COUNTS, "How many lines there are.")
