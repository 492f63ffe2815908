"""Where a viewer stands in a run: `(epoch, line, seq)`; and the cursor that carries many of them.

The client owns its positions. A cursor is never trusted: it is decoded, bounded, and permission is asked again.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from headway.model.errors import InvalidCursor, TooLarge

CURSOR_LIMIT = 16_384
"""Longest cursor accepted, in characters: room for about 200 channels."""


@dataclass(frozen=True, slots=True)
class Position:
    epoch: str
    line: int
    """Last line of the log facet that was seen; 0 before the first."""
    seq: int
    """Last event that the view contains; 0 before the first."""


def write_cursor(positions: Mapping[str, Position]) -> str:
    """Positions by channel name as base64url of JSON ``{channel: [epoch, line, seq]}``."""
    plain = {channel: [at.epoch, at.line, at.seq] for channel, at in positions.items()}
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(text: str) -> dict[str, Position]:
    """The inverse of `write_cursor`. Raises `InvalidCursor` or `TooLarge`."""
    if len(text) > CURSOR_LIMIT:
        raise TooLarge(what="The cursor", limit=f"{CURSOR_LIMIT} characters")
    try:
        plain = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        positions = {channel: position_from(at) for channel, at in plain.items()}
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise InvalidCursor from error
    return positions


def position_from(at: object) -> Position:
    """A position from its JSON form ``[epoch, line, seq]``. Raises ValueError for anything else."""
    match at:
        case [str(epoch), int(line), int(seq)] if (
            not isinstance(line, bool) and not isinstance(seq, bool) and 0 <= line < 2**53 and 0 <= seq < 2**53
        ):
            return Position(epoch, line, seq)
        case _:
            raise ValueError(at)
