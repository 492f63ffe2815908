"""What answers look like that are made of the logs of many runs. As `outputs.py`, for OpenAPI."""

from __future__ import annotations

from typing import Any

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
LOG_PAGE[200]["content"] |= {"application/x-ndjson": {}, "text/plain": {}, "text/event-stream": {}, "application/gzip": {}}
LOG_COUNTS = one(200, LogCounts, _COUNTS, "How many lines there are.")
