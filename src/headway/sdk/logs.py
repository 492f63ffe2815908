"""The logs of many runs, from a program: what matches, how many there are, and what comes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypedDict

from headway.model.errors import HeadwayError
from headway.model.states import RunState
from headway.sdk.http import Http, Retry

LINES_AT_ONCE = 1_000
SILENCE_SECONDS = 30.0
"""The server says something every ten seconds."""


class LogWhere(TypedDict, total=False):
    """Which lines are meant; what is not given does not matter."""

    project: str | None
    task: str | None
    tag: str | None
    run: str | Iterable[str] | None
    """Ids."""
    state: RunState | str | Iterable[str] | None
    level: str | None
    """This level and above."""
    levels: Iterable[str] | None
    since: datetime | None
    until: datetime | None
    """By the clock of who wrote; `until` itself is left out."""
    text: str | None
    is_regex: bool
    is_case_sensitive: bool
    fields: Mapping[str, object] | None
    """Of the context: ``{"sheet": 7}``."""
    step: str | None
    stream: str | None
    logger: str | None
    source: str | None
    attempt: int | None
    has_events: bool
    """Steps, attempts, results, too."""


_RENAMED = {"text": "q", "is_regex": "regex", "is_case_sensitive": "case", "since": "from", "until": "to", "has_events": "events"}


def query_of_logs(where: LogWhere) -> dict[str, Any]:
    """The filter as the query of a request."""
    given: dict[str, Any] = {name: value for name, value in where.items() if value is not None}
    fields: Mapping[str, object] = given.pop("fields", {})
    query: dict[str, Any] = {_RENAMED.get(name, name): value for name, value in given.items()}
    for name in ("from", "to"):
        if name in query:
            query[name] = query[name].isoformat()
    for name in ("run", "state"):
        if name in query:
            query[name] = [query[name]] if isinstance(query[name], str) else [str(each) for each in query[name]]
    if "levels" in query:
        query["levels"] = ",".join(query["levels"])
    return query | {f"field.{name}": value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}


def read_logs(get: Callable[[str, Mapping[str, object]], Any], query: Mapping[str, Any], limit: int | None) -> Iterator[dict[str, Any]]:
    """All lines, page by page. A page may be empty, because its work is bounded: its cursor leads on."""
    cursor: str | None = None
    left = limit
    while left is None or left > 0:
        page = get("/logs", {**query, "limit": LINES_AT_ONCE if left is None else min(left, LINES_AT_ONCE), "cursor": cursor})
        yield from page["items"]
        left = None if left is None else left - len(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return


def count_logs(get: Callable[[str, Mapping[str, object]], Any], query: Mapping[str, Any]) -> dict[str, int]:
    """Lines of each level, counted to the end."""
    levels: dict[str, int] = {}
    cursor: str | None = None
    while True:
        said = get("/logs/counts", {**query, "cursor": cursor})
        for level, count in said["levels"].items():
            levels[level] = levels.get(level, 0) + count
        cursor = said["next_cursor"]
        if cursor is None:
            return levels


def follow_logs(http: Http, query: Mapping[str, Any], *, sleep: Callable[[float], None] = time.sleep) -> Generator[dict[str, Any]]:
    """Lines as they come, each once, through restarts of the server; and ``{"kind": "gap", …}`` where some were passed over.

    Raises the `HeadwayError` of what trying again does not cure.
    """
    position: str | None = None
    pause, failures = Retry(), 0
    while True:
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": position} if position else {})}
        try:
            with http.stream("GET", "/logs", query={**query, "follow": True}, headers=headers, timeout=SILENCE_SECONDS) as pieces:
                for name, data, id_ in read_events(pieces):
                    failures = 0
                    if name == "gap":
                        yield {"kind": "gap", **data}
                    yield from data.get("items", ())
                    position = id_ or position
        except HeadwayError as error:
            if not error.is_temporary:
                raise
        failures += 1
        http.forget_connection()
        sleep(pause.delay(failures))


def read_events(pieces: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """Server-sent events as (name, data, id), as far as the server writes them: one line of JSON each."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n\n")
        for event in whole:
            said = dict(line.split(b": ", 1) for line in event.split(b"\n") if b": " in line and not line.startswith(b":"))
            if b"data" in said:
                id_ = said.get(b"id")
                yield said.get(b"event", b"message").decode(), json.loads(said[b"data"]), id_.decode() if id_ else None
