"""Errors as HTTP: one shape, `application/problem+json` (RFC 9457). The only file that knows status codes.

`{type, title, status, detail, code, request_id, field?, …}`; what else an error carries stands beside these.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from headway.model import errors as e

MEDIA_TYPE = "application/problem+json"
RESERVED = frozenset({"type", "title", "status", "detail", "code", "request_id"})


class MalformedBody(e.Invalid):
    """The body is not JSON as we read it: {reason}."""


class UnsupportedMediaType(e.Invalid):
    """This needs a body of {wanted}, neither compressed nor in another character set than UTF-8."""


class MethodNotAllowed(e.Refused):
    """This can be asked only by {allowed}."""


class BodyTooSlow(e.Invalid):
    """The body did not come within {limit_seconds} s."""


class InternalError(e.HeadwayError):
    """Something went wrong on our side; the log has the details under this request id."""


STATUS: Mapping[type[e.HeadwayError], int] = {
    e.HeadwayError: 500,
    e.Invalid: 422,
    e.InvalidCursor: 400,
    MalformedBody: 400,
    UnsupportedMediaType: 415,
    BodyTooSlow: 408,
    e.TooLarge: 413,
    e.NotFound: 404,
    e.Conflict: 409,
    e.Refused: 403,
    e.Unauthorised: 401,
    e.RateLimited: 429,
    MethodNotAllowed: 405,
    e.Unavailable: 503,
    e.QueueFull: 429,
    e.QuotaReached: 429,
    e.StorageFull: 507,
    e.WeakSecret: 500,
    e.BadSetting: 500,
    e.SecretUnreadable: 500,
}
"""By class; a subclass has the status of its nearest ancestor here."""

RETRY_SECONDS = 1
"""The least `Retry-After` that 429 and 503 say."""


def status_of(error: type[e.HeadwayError]) -> int:
    return next(STATUS[cls] for cls in error.__mro__ if cls in STATUS)


def problem(error: e.HeadwayError, request_id: str) -> Response:
    """The answer to an error."""
    status = status_of(type(error))
    body = {key: value for key, value in error.fields.items() if key not in RESERVED and value is not None}
    body |= {
        "type": f"urn:headway:problem:{error.code}",
        "title": _title(type(error)),
        "status": status,
        "detail": error.message,
        "code": error.code,
        "request_id": request_id,
    }
    return Response(
        orjson.dumps(body, default=str, option=orjson.OPT_NON_STR_KEYS), status, headers=_headers(error, status), media_type=MEDIA_TYPE
    )


def _headers(error: e.HeadwayError, status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": 'Bearer realm="headway"'}
    if status in {429, 503, 507}:
        return {"Retry-After": str(max(RETRY_SECONDS, math.ceil(float(error.fields.get("retry_in_seconds", RETRY_SECONDS)))))}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": str(error.fields.get("allowed", ""))}
    return {}


def _title(error: type[e.HeadwayError]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", error.__name__).capitalize()


def from_validation(error: RequestValidationError) -> e.HeadwayError:
    """The first thing that does not fit, by its name and place, and all of them (20 at most) in `errors`."""
    found = [_misfit(each) for each in list(error.errors())[:20]]
    first = found[0]
    return e.Invalid(f"{first['field']}: {first['message']}", field=first["field"], errors=found)


def _misfit(each: Mapping[str, Any]) -> dict[str, str]:
    place: Iterable[Any] = each["loc"]
    source, *names = [str(part) for part in place]
    return {"field": ".".join(names) or source, "in": source, "message": str(each["msg"])[:300]}


def from_http(error: HTTPException) -> e.HeadwayError:
    """What the router itself refuses."""
    match error.status_code:
        case 404:
            return e.NotFound()
        case 405:
            return MethodNotAllowed(allowed=(error.headers or {}).get("Allow", "other methods"))
        case 413:
            return e.TooLarge(what="The body", limit="its size")
        case 415:
            return UnsupportedMediaType(wanted="application/json")
        case _:
            return MalformedBody(reason="it could not be read")
