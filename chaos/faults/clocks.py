"""Wrong clocks for the processes of a node, by libfaketime (Debian: `faketime`). PostgreSQL's stays right.

The children of a worker inherit nothing of it: user code stamps its events by the clock of the machine.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from cluster.nodes import Node

HOUR_SECONDS = 3_600
_PLACES = ("/usr/lib", "/usr/lib64")
_NAME = "faketime/libfaketimeMT.so.1"


@dataclass(frozen=True, slots=True)
class Clock:
    environment: Mapping[str, str]
    """Of processes that go by it."""
    file: Path | None = None
    why_not: str = ""

    def jump(self, by: int) -> None:
        """To so many seconds beside the right time. Felt after a second."""
        assert self.file is not None
        self.file.write_text(f"{by:+d}\n")


def jumping(home: Path) -> Clock:
    """Right until it jumps."""
    file = home / "clock"
    file.write_text("+0\n")
    return _clock({"FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}, file)


def beside(by: int) -> Clock:
    """So many seconds beside the right time, from the start."""
    return _clock({"FAKETIME": f"{by:+d}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})


def fast() -> Clock:
    return _clock({"FAKETIME": "+0 x3"})


def wrong_by(node: Node) -> float:
    """Seconds by which the node's server is ahead, from what it says of the time of its answer. Raises `AssertionError` without one."""
    wire = http.client.HTTPConnection(node.host, node.port, timeout=3)
    try:
        wire.request("GET", "/api/v1/health/live")
        said = wire.getresponse().headers.get("Date")
    except (OSError, http.client.HTTPException) as error:
        raise AssertionError(repr(error)) from error
    finally:
        wire.close()
    assert said, "no Date"
    return parsedate_to_datetime(said).timestamp() - time.time()


def _clock(environment: Mapping[str, str], file: Path | None = None) -> Clock:
    found = [library for place in _PLACES for library in (Path(place) / _NAME, *Path(place).glob(f"*/{_NAME}")) if library.exists()]
    if not found:
        return Clock({}, why_not="libfaketime is not installed")
    return Clock({"LD_PRELOAD": str(found[0]), **environment}, file)
