"""What schemathesis is told of Headway beside its description: how one signs in, which streams have no end, what is no failure. It loads
this by itself (``SCHEMATHESIS_HOOKS``). What was sent is counted here, and written down at the end."""

from __future__ import annotations

import atexit
import json
import os
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import schemathesis

from security.caller import Caller, Credentials
from security.excuses import excuse
from security.hooks_names import COUNTS, HOME, NAME

RENEWED_SECONDS = 480
"""A token is good for ten minutes; whenever an attack has ended it (401), schemathesis asks for the next one at once."""
LONGEST_WAIT = 1
"""Seconds that a question waits which may wait for news."""

_caller = Caller(Path(os.environ[HOME]), os.environ[NAME])
_lock = threading.Lock()
_statuses: Counter[str] = Counter()
_excused: Counter[str] = Counter()


@schemathesis.auth(refresh_interval=RENEWED_SECONDS)
class SignedIn:
    """The token of a session, or its cookie where the operation takes that, and nothing where it takes nothing."""

    def get(self, case: Any, context: Any) -> Credentials:
        return _caller.credentials()

    def set(self, case: Any, data: Credentials, context: Any) -> None:
        wanted = {name for each in case.operation.definition.raw.get("security", []) for name in each}
        if "token" in wanted:
            case.headers["Authorization"] = f"Bearer {data.token}"
        if "session" in wanted:
            case.cookies[data.cookie_name] = data.cookie


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """A stream that follows a run which nobody ends has no end: it is not followed here (`tests/protocol` follows them)."""
    query = case.query
    if isinstance(query, dict) and str(query.get("follow", "")).lower() in {"true", "1", "yes", "on", "t", "y"}:
        query["follow"] = False
    for place in (query, case.body):
        if isinstance(place, dict) and isinstance(place.get("wait"), int | float) and LONGEST_WAIT < place["wait"] <= 25:
            place["wait"] = LONGEST_WAIT


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    with _lock:
        _statuses[str(response.status_code)] += 1


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether it is one."""
    asked = {"query": _mapping(case.query), "headers": _mapping(case.headers), "body": case.body}
    found = excuse(type(failure).__name__, failure.operation, response.status_code, _problem(response), asked)
    if found is not None:
        with _lock:
            _excused[found.why] += 1
    return found is None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _problem(response: Any) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(response.content))
    except ValueError:
        return {}


def _write() -> None:
    Path(os.environ[COUNTS]).write_text(json.dumps({"statuses": _statuses, "excused": _excused}), encoding="utf-8")


atexit.register(_write)
