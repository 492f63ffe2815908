"""What a check of schemathesis calls a failure, and is none: each with the reason, for the operations and the answers that are named,
and for no others. Whatever is not here is a defect."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Asked = Mapping[str, Any]
"""What was sent: `query` and `headers` as mappings, `body` as it was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    check: str
    """The failure's name at schemathesis."""
    operations: str = r".*"
    """A pattern of all of ``POST /api/v1/runs``."""
    status: int | None = None
    code: str | None = None
    """Of the problem that was answered."""
    detail: str = r""
    """A pattern of a part of its sentence."""
    asked: Callable[[Asked], bool] = lambda asked: True
    why: str

    def covers(self, check: str, operation: str, status: int, problem: Mapping[str, Any], asked: Asked) -> bool:
        return (
            check == self.check
            and re.fullmatch(self.operations, operation) is not None
            and self.status in (None, status)
            and self.code in (None, problem.get("code"))
            and re.search(self.detail, str(problem.get("detail", ""))) is not None
            and self.asked(asked)
        )


def _names(*names: str) -> Callable[[Asked], bool]:
    """Whether one of these was sent, in the query, in a header or in the body."""

    def has(asked: Asked) -> bool:
        body = asked["body"] if isinstance(asked["body"], Mapping) else {}
        return any(name in each for name in names for each in (asked["query"], asked["headers"], body))

    return has


_V1 = r"/api/v1"
_BULK = rf"POST {_V1}/runs/(cancellations|deletions|pauses|resumptions|retries)"
_STARTS = (
    rf"POST {_V1}/(tasks/\{{task\}}/(runs|run-batches|presets)|runs/\{{run\}}/retries)|PATCH {_V1}/tasks/\{{task\}}/presets/\{{preset\}}"
)
_REPORTS = rf"(POST {_V1}/runs/\{{run\}}/events|PUT {_V1}/runs/\{{run\}}/outcome)"
_REMOTE = rf"(POST|PUT) {_V1}/workers/\{{worker\}}/(parcels|turns|presence|catalogue|kin)"
_READY = rf"GET {_V1}/health/ready"
_REJECTED = "RejectedPositiveData"

EXCUSES = (
    Excuse(
        check=_REJECTED, status=400, code="invalid_cursor", asked=_names("cursor", "after", "Last-Event-ID", "last-event-id"),
        why="a cursor is opaque: only one that Headway gave out is good, whatever its letters; each other has this code of its own",
    ),
    Excuse(
        check=_REJECTED, code="invalid", detail="must not hold the character NUL|holds the character NUL",
        why="U+0000 is refused in every text alike, because PostgreSQL keeps none; to say so of each string would bury the description",
    ),
    Excuse(
        check=_REJECTED, code="invalid", detail="Input should be a valid integer",
        asked=lambda asked: _holds_float(asked["body"]),
        why="to JSON schema 1.0 is an integer; to us it is a number that somebody computed, and strictness says so",
    ),
    Excuse(
        check=_REJECTED, code="invalid", detail="is not a year between 2000 and 2199|is not a time such as",
        why="a date-time of the year 0800 is one, and a leap second, too; neither is a moment of a run",
    ),
    Excuse(
        check=_REJECTED, code="invalid", detail="must be one line of text",
        why="what is printable is said by Unicode's tables, and no pattern of JSON schema knows them",
    ),
    Excuse(
        check=_REJECTED, code="invalid",
        operations=rf"GET {_V1}/(monitor/\w+|runs/\{{run\}}/samples|statistics|logs|logs/counts)",
        detail="must be before to|is not before `to`|must come after|would make more than|levels: none of them|days at most: ask for",
        why="two parameters belong together (from and to, level and levels), or one and the clock: OpenAPI has no words for that",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"POST {_V1}/live/poll", detail="^user:.* has no from",
        why="what a channel may be asked with depends on its kind, which is the beginning of its name",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"GET {_V1}/logs", detail="are for those who follow|lines are followed as",
        why="two parameters that go together (format and follow): OpenAPI has no words for that",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"GET {_V1}/logs(/counts)?", detail=r"^field: at most|^field\.",
        why="parameters of a query whose names are free (`field.NAME`): OpenAPI has no words for how long those may be",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"GET {_V1}/audit/verify", detail="number, hash: go together",
        why="two parameters of a query that go together: OpenAPI has no words for that",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"GET {_V1}/live/sse", detail="give one of them|rows: are those of a list|rows",
        why="parameters of a query that exclude each other, or need a channel of a kind: OpenAPI has no words for that",
    ),
    Excuse(
        check=_REJECTED, code="invalid_channel", operations=rf"(GET {_V1}/live/sse|POST {_V1}/live/poll)",
        why="the subject of a channel must be printable, which no pattern of JSON schema says",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"GET {_V1}/audit/verify", detail="must be a public key as a verdict shows it",
        why="whether so many letters are a point of the curve, or as long as keys of that algorithm are, no pattern says",
    ),
    Excuse(
        check=_REJECTED, operations=rf"POST {_V1}/live/poll", detail=r"^from is \{line\}|has no facets",
        why="where a channel begins, and which of them have facets, is said in PROTOCOL.md",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"PUT {_V1}/secrets/\{{secret\}}", detail="spaces around it not counted",
        why="a value that is long enough only by the spaces around it: a pattern for it would be one for each Unicode space",
    ),
    Excuse(
        check=_REJECTED, operations=rf"POST {_V1}/live/poll", detail="is already subscribed to",
        why="no channel twice: `uniqueItems` compares whole items, which may differ in their facets",
    ),
    Excuse(
        check=_REJECTED, code="invalid_pattern", operations=rf"GET {_V1}/(logs|logs/counts|runs/\{{run\}}/hits)",
        why="whether a text is a regular expression of Python, no schema says",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"GET {_V1}/runs(/\{{run\}})?", detail="fields: a run has no",
        why="the names are those of a run's fields, which the description has once: in the answer",
    ),
    Excuse(
        check="JsonSchemaError", operations=rf"GET {_V1}/runs(/\{{run\}})?", status=200, asked=_names("fields"),
        why="who asks for some fields gets those; the description is of the whole",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"GET {_V1}/tasks/\{{task\}}/expectation", detail="parameters must be a JSON object",
        why="a text that must be JSON: OpenAPI describes parameters of a query as text",
    ),
    Excuse(
        check=_REJECTED, code="weak_password", operations=rf"POST {_V1}/(accounts|account/password|sessions)",
        why="what makes a password weak beside its length is more than a pattern can say",
    ),
    Excuse(
        check=_REJECTED, code="password_wanted", operations=rf"POST {_V1}/sessions",
        why="whether the code of a link wants a password is the link's",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"(POST {_V1}/accounts|PATCH {_V1}/accounts/\{{account\}})",
        detail="is not an address such as|a project without a role",
        why="an address must be printable, which no pattern says; and a role goes with its project",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"PATCH {_V1}/account", detail="is not a time zone",
        why="which time zones there are, the server's own tables say",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"POST {_V1}/grants", detail="say either an account or a group",
        why="one of two: `oneOf` would make each client's type a union for a rule that the sentence says better",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"POST {_V1}/revocations", detail="give one of them|is no token of this installation",
        why="one of two; and whether a text is a token of ours, its signature says",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"POST {_V1}/keys", detail="names no permission",
        why="a scope is a permission, a project's, or one with a star: a word of 300 letters to a schema",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=_BULK, detail="Say which runs are meant|belong together|cursor|goes with",
        why="which runs are meant is said in one way of three, across the query and the body",
    ),
    Excuse(
        check=_REJECTED, code="invalid", operations=rf"PATCH {_V1}/runs/\{{run\}}/progress", detail="go with it|Say at least one",
        why="fields that go together",
    ),
    Excuse(
        check=_REJECTED, operations=_REPORTS, detail=r"^Event \d+|batch_no: events need|^events\.\d+",
        why="what events hold is said in PROTOCOL.md, by kind; the description has them as objects",
    ),
    Excuse(
        check=_REJECTED, operations=_REMOTE, detail=r"[Ee]vents?\b|is not JSON|JSON object|result",
        why="texts that must be JSON, as runs wrote them: workers send them unread",
    ),
    Excuse(
        check=_REJECTED, operations=_STARTS, code="invalid_parameters",
        why="what the parameters of a task may be, each task says itself (GET /tasks/{task})",
    ),
    Excuse(
        check="AllowHeaderMismatch",
        operations=rf"\w+ {_V1}/(live/connections/sweeps|runs/(cancellations|deletions|pauses|resumptions|retries)|secrets/rotations)",
        why="the address is also that of a run by its external id, of a secret, of a connection of that name: so is what is allowed",
    ),
    Excuse(
        check="ServerError", operations=_READY, status=503,
        why="an attack has drained the worker, and the server says so: that is what the address is for",
    ),
    Excuse(check=_REJECTED, operations=_READY, status=503, why="the same: not ready is an answer, and no refusal"),
    Excuse(
        check="EnsureResourceAvailability", operations=rf"POST {_V1}/(runs|tasks/\{{task\}}/runs)", code="result_not_found",
        why="a run has a result when it has ended, and when its program gave it one",
    ),
    Excuse(
        check="EnsureResourceAvailability", operations=rf"\w+ {_V1}/workers.*", code="worker_not_found",
        why="who registers as a worker is one when they have told of their presence, and not before",
    ),
    Excuse(
        check="EnsureResourceAvailability", operations=rf"POST {_V1}/keys|\w+ {_V1}/keys/\{{key\}}(/\w+)?", code="api_key_not_found",
        why="the part of the address is the key's id, and what was taken for it is the field `key` of the answer: the secret itself",
    ),
)  # fmt: skip


def _holds_float(value: Any) -> bool:
    if isinstance(value, float):
        return True
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(_holds_float(each) for each in inner)


def excuse(check: str, operation: str, status: int, problem: Mapping[str, Any], asked: Asked) -> Excuse | None:
    """The first that covers this failure; None: it is one."""
    return next((each for each in EXCUSES if each.covers(check, operation, status, problem, asked)), None)
