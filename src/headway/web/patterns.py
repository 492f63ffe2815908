"""Regular expressions of people: checked here, tried aside (`web/pattern_process.py`)."""

from __future__ import annotations

import re
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import orjson

from headway.model.errors import InvalidPattern, PatternTooSlow
from headway.web.aside import Aside, AsideTooSlow, aside
from headway.web.matching import Hit, Matched, Wanted, finder

PATTERN_LIMIT = 500
"""Characters."""
PAGE_SECONDS = 2.0
"""Of one page of work."""
_GRACE_SECONDS = 3.0
"""Beyond that the process is not waited for: it should have said that it is stuck."""


def check_pattern(wanted: Wanted) -> None:
    """Raises `InvalidPattern` with the position."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            finder(wanted)
        except re.error as error:
            raise InvalidPattern(reason=error.msg, field="q", position=error.pos) from None
        except (OverflowError, RecursionError) as error:
            raise InvalidPattern(reason=str(error), field="q") from None


class PatternSearch:
    """One page of a search."""

    def __init__(self, process: Aside) -> None:
        self._process = process

    async def look(self, raw: bytes, first: int, last: int, *, limit: int, seconds: float, before: int) -> Matched:
        """As `matching.Match.look`. Raises `PatternTooSlow` if not even the process can say where it is stuck."""
        header = {"first": first, "last": last, "limit": limit, "seconds": seconds, "before": before}
        try:
            answer = await self._process.ask(header, raw, seconds=max(seconds, 0) + _GRACE_SECONDS)
        except AsideTooSlow:
            raise PatternTooSlow(line=first, field="q") from None
        plain: dict[str, Any] = orjson.loads(answer)
        return Matched(hits=[Hit(**hit) for hit in plain["hits"]], after=plain["after"], is_stuck=plain["is_stuck"])


@asynccontextmanager
async def pattern_search(wanted: Wanted) -> AsyncGenerator[PatternSearch]:
    async with aside("headway.web.pattern_process") as process:
        await process.tell({"wanted": {**asdict(wanted), "levels": sorted(wanted.levels)}})
        yield PatternSearch(process)
