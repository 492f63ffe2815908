"""What is said to the viewers, and where: events of 200 bytes, each with the time at which it was made."""

from __future__ import annotations

import json
import re
import time
from typing import Any

EVENT_BYTES = 200
PORT = 18_765
MARK = re.compile(rb'"mark":"([0-9.]+)"')


def event(number: int) -> dict[str, Any]:
    made = {"kind": "log.written", "at": "2026-01-01T00:00:00.000Z", "level": "info", "text": "", "context": {"mark": f"{time.time():.6f}"}}
    made["text"] = f"event {number} ".ljust(EVENT_BYTES - len(json.dumps(made, separators=(",", ":"))), "x")
    return made


def as_line(number: int) -> str:
    return json.dumps(event(number), separators=(",", ":"))


def wait_until(at: float) -> None:
    """`at`: of `time.perf_counter`."""
    time.sleep(max(0.0, at - time.perf_counter()))
