"""Work that would hold up the loop, or of which nobody can say how long it takes, is done aside: by a small process that lives as
long as one request, or, where its start is dear, until it is idle (`web/passwords.py`).

The process is a module of ours that reads frames from its standard input and answers some of them (`web/asked.py`). It ends with its
input; whoever asked ends it in any case.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson

from headway.model.errors import Unavailable

_ANSWER_LIMIT = 16_777_216
"""Bytes of one answer: 1,000 hits of 500 characters, each six bytes as JSON at worst, and their spans."""
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL")


class AsideTooSlow(Exception):
    """No answer within the time."""


class Aside:
    """The process, as the one who asks sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._given = process.stdin
        self._said = process.stdout

    async def tell(self, header: Mapping[str, Any], body: bytes = b"") -> None:
        """Send a frame that is not answered. Raises `Unavailable` if the process is gone."""
        try:
            self._given.write(orjson.dumps({**header, "size": len(body)}) + b"\n" + body)
            await self._given.drain()
        except ConnectionError:
            raise _interrupted() from None

    async def ask(self, header: Mapping[str, Any], body: bytes = b"", *, seconds: float) -> bytes:
        """Send a frame, and return the answer: JSON. Raises `AsideTooSlow`, `Unavailable`."""
        try:
            async with asyncio.timeout(seconds):
                await self.tell(header, body)
                answer = await self._said.readline()
        except TimeoutError:
            raise AsideTooSlow from None
        if not answer.endswith(b"\n"):
            raise _interrupted()
        return answer

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._process.returncode is not None

    async def end(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def _interrupted() -> Unavailable:
    return Unavailable("This was interrupted; try again.")


async def start_aside(module: str) -> Aside:
    """A process that runs this module, until somebody ends it."""
    return Aside(
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_ANSWER_LIMIT,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,
        )
    )


@asynccontextmanager
async def aside(module: str) -> AsyncGenerator[Aside]:
    """A process that runs this module; it is gone afterwards."""
    process = await start_aside(module)
    try:
        yield process
    finally:
        await process.end()
