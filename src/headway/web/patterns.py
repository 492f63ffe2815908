"""Regular expressions of people: checked here, tried in a process of their own (`web/pattern_process.py`)."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

import orjson

from headway.model.errors import InvalidPattern, PatternTooSlow, Unavailable
from headway.web.matching import Hit, Matched, Wanted, finder

PATTERN_LIMIT = 500
"""Characters."""
PAGE_SECONDS = 2.0
"""Of one page of work."""
_GRACE_SECONDS = 3.0
"""Beyond that the process is not waited for: it should have said that it is stuck."""
_ANSWER_LIMIT = 16_777_216
"""Bytes of one answer: 1,000 hits of 500 characters, each six bytes as JSON at worst, and their spans."""
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL")


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


class PatternProcess:
    """One that runs, for one page."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def look(self, raw: bytes, first: int, last: int, *, limit: int, seconds: float, before: int) -> Matched:
        """As `matching.Match.look`. Raises `PatternTooSlow` if not even the process can say where it is stuck."""
        header = orjson.dumps({"first": first, "last": last, "limit": limit, "seconds": seconds, "before": before, "size": len(raw)})
        try:
            async with asyncio.timeout(max(seconds, 0) + _GRACE_SECONDS):
                self._pipe.write(header + b"\n" + raw)
                await self._pipe.drain()
                line = await self._answers.readline()
        except TimeoutError:
            raise PatternTooSlow(line=first) from None
        except ConnectionError:
            line = b""
        if not line:
            raise Unavailable("The search was interrupted; try again.")
        plain: dict[str, Any] = orjson.loads(line)
        hits = [Hit(**hit | {"spans": [tuple(span) for span in hit["spans"]]}) for hit in plain["hits"]]
        return Matched(hits=hits, after=plain["after"], is_stuck=plain["is_stuck"])

    def begin(self, wanted: Wanted) -> None:
        self._pipe.write(orjson.dumps(asdict(wanted) | {"levels": sorted(wanted.levels)}) + b"\n")

    @property
    def _pipe(self) -> asyncio.StreamWriter:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _answers(self) -> asyncio.StreamReader:
        assert self._process.stdout is not None
        return self._process.stdout


@asynccontextmanager
async def pattern_process(wanted: Wanted) -> AsyncGenerator[PatternProcess]:
    """A process for one page; it is gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "headway.web.pattern_process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_ANSWER_LIMIT,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        start_new_session=True,
    )
    try:
        opened = PatternProcess(process)
        opened.begin(wanted)
        yield opened
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
