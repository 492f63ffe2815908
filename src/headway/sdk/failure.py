"""An exception as the `error` of a run (PROTOCOL.md section 2)."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from headway.sdk.jsonable import clean

if TYPE_CHECKING:
    from headway.sdk.masking import Mask

MESSAGE_LIMIT = 4_000
TRACEBACK_LIMIT = 32_768
"""Characters; the middle of a longer one is left out."""


def failure_of(error: BaseException, code: str = "exception", mask: Mask | None = None) -> dict[str, Any]:
    """``{code, type, message, traceback, bases}``. Never raises, whatever the exception's own methods do. `mask`: takes secrets out of
    what is too long before it is cut; the rest is left to who reports it."""
    kind = type(error)
    try:
        message = _masked(clean(str(error)), MESSAGE_LIMIT, mask)[:MESSAGE_LIMIT]
    except Exception as problem:  # noqa: BLE001  (a `__str__` of the user's)
        message = f"<{kind.__name__} whose text could not be made: {type(problem).__name__}>"
    try:
        trace = _masked(clean("".join(traceback.format_exception(error))), TRACEBACK_LIMIT, mask)
    except Exception:  # noqa: BLE001
        trace = ""
    if len(trace) > TRACEBACK_LIMIT:
        half = TRACEBACK_LIMIT // 2
        trace = f"{trace[:half]}\n… {len(trace) - 2 * half:,} characters left out …\n{trace[-half:]}"
    return {
        "code": code,
        "type": _name(kind),
        "message": message,
        "traceback": trace,
        "bases": [_name(base) for base in kind.__mro__[1:-2] if base is not Exception],
    }


def _masked(text: str, limit: int, mask: Mask | None) -> str:
    return text if mask is None or len(text) <= limit else mask.text(text)


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
