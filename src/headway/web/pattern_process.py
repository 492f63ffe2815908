"""A process that looks through entries for a regular expression (`web/aside.py`). The first frame says what is wanted; each that
follows is a stretch of entries with its bounds, and is answered with what was found in it."""

from __future__ import annotations

import signal
import sys
import warnings
from time import monotonic
from typing import BinaryIO

from headway.web.asked import Header, frames, say
from headway.web.matching import Match, Matched, Wanted

LINE_SECONDS = 0.5
"""How long one line may take beyond the page's time."""


class _Stuck(BaseException):
    """Raised out of the matching of a line: the engine looks for signals while it tries."""


def _on_alarm(_signal: int, _frame: object) -> None:
    raise _Stuck


def main(given: BinaryIO, said: BinaryIO) -> None:
    warnings.simplefilter("ignore")  # of patterns that a later Python may read differently
    signal.signal(signal.SIGALRM, _on_alarm)
    stretches = frames(given)
    asked, _ = next(stretches)
    asked["wanted"]["levels"] = frozenset(asked["wanted"]["levels"])
    wanted = Wanted(**asked["wanted"])
    for header, raw in stretches:
        say(said, look(raw, wanted, header))


def look(raw: bytes, wanted: Wanted, stretch: Header) -> Matched:
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
