"""A process that looks through entries for a regular expression, and for nothing else: one page of work, then it ends.

Standard input: a line of JSON that says what is wanted; then, for each stretch, a line of JSON with its bounds and `size`, and as
many bytes of entries. Standard output: a line of JSON for each stretch. Its end is the end of its input.
"""

from __future__ import annotations

import resource
import signal
import sys
import warnings
from time import monotonic
from typing import Any, BinaryIO

import orjson

from headway.web.matching import Match, Matched, Wanted

LINE_SECONDS = 0.5
"""How long one line may take beyond the page's time."""
_CPU_SECONDS = 10
"""The kernel's word, should nothing else end it."""


class _Stuck(BaseException):
    """Raised out of the matching of a line: the engine looks for signals while it tries."""


def _on_alarm(_signal: int, _frame: object) -> None:
    raise _Stuck


def main(given: BinaryIO, said: BinaryIO) -> None:
    warnings.simplefilter("ignore")  # of patterns that a later Python may read differently
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    signal.signal(signal.SIGALRM, _on_alarm)
    wanted = _wanted(given.readline())
    while header := given.readline():
        stretch: dict[str, Any] = orjson.loads(header)
        said.write(orjson.dumps(look(given.read(stretch["size"]), wanted, stretch)) + b"\n")
        said.flush()


def _wanted(line: bytes) -> Wanted:
    plain: dict[str, Any] = orjson.loads(line)
    plain["levels"] = frozenset(plain["levels"])
    return Wanted(**plain)


def look(raw: bytes, wanted: Wanted, stretch: dict[str, Any]) -> Matched:
    """The hits in a stretch, or in as much of it as the time lets be looked through."""
    match = Match(wanted)
    seconds = max(stretch["seconds"], 0.001)
    signal.setitimer(signal.ITIMER_REAL, seconds + LINE_SECONDS)
    try:
        after = match.look(
            raw, stretch["first"], stretch["last"], limit=stretch["limit"], deadline=monotonic() + seconds, before=stretch["before"]
        )
    except _Stuck:
        return Matched(hits=match.hits, after=match.line, is_stuck=True)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return Matched(hits=match.hits, after=after)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
