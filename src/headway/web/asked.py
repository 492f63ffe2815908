"""What a process of `web/aside.py` reads and says. A frame is a line of JSON with `size`, and as many bytes; an answer a line of JSON.

Such a process lives as long as one request, as a rule, so it imports next to nothing: asyncio alone would double the time of its start.
"""

from __future__ import annotations

import resource
import select
from collections.abc import Generator
from typing import Any, BinaryIO

import orjson

Header = dict[str, Any]

_CPU_SECONDS = 20
"""The kernel's word, should nothing else end the process."""


def frames(given: BinaryIO, *, idle_seconds: float | None = None) -> Generator[tuple[Header, bytes]]:
    """In the process: what is asked, until the input ends. `idle_seconds`: it serves many requests, and ends when nothing is asked for
    so long; whoever asks it waits for each answer, so that no frame is read ahead, where `select` does not see it."""
    if idle_seconds is None:
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    while (idle_seconds is None or select.select([given], [], [], idle_seconds)[0]) and (line := given.readline()):
        header: Header = orjson.loads(line)
        yield header, given.read(header["size"])


def say(said: BinaryIO, answer: object) -> None:
    """In the process: answer a frame."""
    said.write(orjson.dumps(answer) + b"\n")
    said.flush()
