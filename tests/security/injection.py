"""Classes 28 to 30, 33, 42, 44, 45, 47 and 48: names, patterns, times and numbers that mean something to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from tests.security.cases import REFUSED, SAFE, Case

Json = dict[str, Any]
PATHS = (
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%252e%252e%252f", "/etc/passwd", "\\..\\..\\windows", "....//....//", "..;/", "CON", "NUL.txt", "a\0b", ".hidden", "trailing.",
    "-rf", "--option", "~root", "$HOME", "`id`", "$(id)", "; id", "| id", "a\nb", "a\r\nX: y", "x" * 4_096, "file:///etc/passwd", "\\\\evil\\share", "*", "?", "%00", "\u2024\u2024/",
)  # fmt: skip
TASKS = (
    "os.system", "os:system", "builtins.eval", "builtins:eval", "__import__('os')", "subprocess:run", "maths:__class__", "maths:add.__globals__", "maths", ":add", "maths:", "../maths:add",
    "maths:ADD", "maths:add ", "maths:add\0", "maths.add", "lambda: 0", "*", "pickle:loads", "importlib:import_module", "headway.cli.main:call", "1" * 600,
)  # fmt: skip
PATTERNS = (
    "(a+)+$",
    "(a|a)*b",
    "((a*)*)*",
    "(?:a{1,500}){1,500}",
    "(",
    "[",
    "*",
    "(?P<x>",
    "(?<=a+)",
    "\\",
    "a{99999999}",
    "(?R)",
    "\\1",
    "[[:alpha:]",
    "(" * 500,
    "x" * 5_000,
    "(?i)(?x",
    "\\p{",
    "(?#",
)
TIMES = (
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22T24:01:00Z", "now", "", "1e9", "0", "-1",
    "22.11.2026", "2026-11-22T09:30:00+99:00", "2026-11-22T09:30:61Z", "999999999-01-01T00:00:00Z", "2026-11-22T09:30:00Z; DROP TABLE runs", "٢٠٢٦-11-22T09:30:00Z",
    "1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z", 0, -1, 1e308, True, [], {},
)  # fmt: skip
NUMBERS = (2**63, -(2**63), 2**53, -1, 1.5, 1e308, "1", "0x1", True, [], {}, 10**400)


def paths(run: str) -> Iterator[Case]:
    for name in PATHS:
        safe = quote(name, safe="")
        for what, path in (
            ("a run", f"/runs/{safe}"), ("a log", f"/runs/{safe}/log"), ("an artifact", f"/runs/{run}/artifacts/{safe}/content"), ("a task", f"/tasks/{safe}"),
            ("a worker", f"/workers/{safe}"), ("a page of the docs", f"/../docs/{safe}"), ("a result", f"/runs/{safe}/result"), ("a key", f"/keys/{safe}"),
        ):  # fmt: skip
            method = "DELETE" if what == "a key" else "GET"
            yield Case(number=29, name=f"{name[:30]!r} as {what}", method=method, path=path, token="admin")
        for what, path, body in (
            ("queue", "/tasks/maths:add/runs", {"parameters": {"a": 1}, "queue": name}), ("project", "/runs", {"name": "x", "project": name}),
            ("external_id", "/runs", {"name": "x", "external_id": name}), ("parameter", "/tasks/maths:add/runs", {"parameters": {"a": name}}),
        ):  # fmt: skip
            yield Case(number=30, name=f"{name[:30]!r} as {what}", method="POST", path=path, json=body, token="admin", expect=SAFE)


def tasks() -> Iterator[Case]:
    for name in TASKS:
        path = f"/tasks/{quote(name, safe='')}/runs"
        yield Case(
            number=33,
            name=f"{name[:40]!r} is no task",
            method="POST",
            path=path,
            json={"parameters": {}},
            token="admin",
            expect=frozenset({404, 422, 400}),
        )


def patterns(run: str) -> Iterator[Case]:
    for pattern in PATTERNS:
        q = quote(pattern, safe="")
        for path in (f"/runs/{run}/hits?q={q}&match=regex", f"/logs?q={q}&match=regex", f"/runs/{run}/entries?q={q}"):
            yield Case(number=44, name=f"{pattern[:24]!r} at {path.partition('?')[0][-8:]}", path=path, token="admin", expect=SAFE)
    for wild in ("%", "%a" * 100, "_" * 300, "\\%", "%\\", "[a-z]", "*" * 300):
        yield Case(number=44, name=f"{wild[:12]!r} as part of a name", path=f"/runs?q={quote(wild, safe='')}", token="admin", expect=SAFE)


def times() -> Iterator[Case]:
    for value in TIMES:
        body = {"parameters": {"a": 1}, "run_after": value}
        yield Case(
            number=45,
            name=f"run_after {value!r}",
            method="POST",
            path="/tasks/maths:add/runs",
            json=body,
            token="admin",
            expect=frozenset({422, 400}),
        )
        for name in ("created_from", "created_to", "from", "to"):
            yield Case(number=45, name=f"{name} {value!r}", path=f"/runs?{name}={quote(str(value), safe='')}", token="admin", expect=SAFE)


def numbers() -> Iterator[Case]:
    for value in NUMBERS:
        for name in ("priority", "queue_limit", "timeout_seconds"):
            body = {"parameters": {"a": 1}, name: value}
            yield Case(
                number=48, name=f"{name} {str(value)[:20]}", method="POST", path="/tasks/maths:add/runs", json=body, token="admin", expect=frozenset({400, 422, 201})
                if (name, value) == ("priority", -1) else frozenset({400, 422}),
            )  # fmt: skip
        for verb, path, name in (
            ("PATCH", "/queues/default", "running_limit"), ("PATCH", "/quotas/default", "queued_limit"), ("POST", "/notices", "expires_in"), ("POST", "/keys", "days"),
        ):  # fmt: skip
            body = (
                {"title": "x", name: value}
                if path == "/notices"
                else {"name": "x", "scopes": ["run:read"], name: value}
                if path == "/keys"
                else {name: value}
            )
            yield Case(number=48, name=f"{name} {str(value)[:20]}", method=verb, path=path, json=body, token="admin")


def forged_reports(run: str, token: str) -> Iterator[Case]:
    """Class 47: reports of an attempt by somebody who is not it, or says what no attempt may."""
    for name, batch in {
        "an old fence": {"fence": 0, "batch_no": 1, "events": []}, "a fence of the future": {"fence": 99, "batch_no": 1, "events": []},
        "a fence below zero": {"fence": -1, "batch_no": 1, "events": []}, "a fence as text": {"fence": "1", "batch_no": 1, "events": []}, "no fence": {"batch_no": 1, "events": []},
        "a hole": {"fence": 1, "batch_no": 7, "events": []}, "a batch below zero": {"fence": 1, "batch_no": -1, "events": []}, "5,001 events": {"fence": 1, "batch_no": 1, "events": [{}] * 5_001},
        "an event of Headway's own": {"fence": 1, "batch_no": 1, "events": [{"kind": "run.finished", "at": "2026-11-22T09:30:00Z"}]},
        "an event of another run": {"fence": 1, "batch_no": 1, "events": [{"kind": "log.written", "at": "2026-11-22T09:30:00Z", "run": "x", "text": 7}]},
        "an unknown kind": {"fence": 1, "batch_no": 1, "events": [{"kind": "os.system"}]}, "an event that is text": {"fence": 1, "batch_no": 1, "events": ["x"]},
        "a seq of one's own": {"fence": 1, "batch_no": 1, "events": [{"kind": "log.written", "at": "x", "seq": 1}]}, "no events": {"fence": 1, "batch_no": 1},
        "events that are an object": {"fence": 1, "batch_no": 1, "events": {}}, "a level that is none": {"fence": 1, "batch_no": 1, "events": [{"kind": "log.written", "at": "2026-11-22T09:30:00Z", "level": "evil", "text": "x"}]},
    }.items():  # fmt: skip
        yield Case(number=47, name=name, method="POST", path=f"/runs/{run}/events", json=batch, token=token, expect=REFUSED)
    for name, body in {
        "an outcome that is none": {"fence": 1, "outcome": "hacked"}, "the outcome of an old fence": {"fence": 0, "outcome": "succeeded"}, "no outcome": {"fence": 1},
        "an outcome for ever": {"fence": 2**60, "outcome": "succeeded"}, "an outcome that is a list": {"fence": 1, "outcome": ["succeeded"]},
    }.items():  # fmt: skip
        yield Case(number=47, name=name, method="PUT", path=f"/runs/{run}/outcome", json=body, token=token, expect=REFUSED)


def ranges(path: str) -> Iterator[Case]:
    for value in (
        "bytes=0-0," * 1_000 + "0-0", "bytes=-1", "bytes=0-", "bytes=9-1", "bytes=99999999999999999999-", "bytes=-0", "bytes=a-b", "items=0-1", "bytes=", "bytes=0-0,0-0", "bytes=--1",
        "bytes=0x0-0x1", "bytes=1-2-3", "bytes = 0-0", "bytes=0-18446744073709551616",
    ):  # fmt: skip
        yield Case(number=42, name=f"Range: {value[:30]}", path=path, headers=[("Range", value)], token="admin", expect=SAFE)
