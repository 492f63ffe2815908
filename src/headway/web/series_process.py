"""A process that sorts many points (`web/aside.py`). The first frame says which series and how many points of each; then come points as
they are stored, with their bounds; a frame with `to_seq` is answered with a `SeriesList`, and is the last."""

from __future__ import annotations

import sys
from typing import BinaryIO

from headway.web.asked import frames, say
from headway.web.sorting import Sorting


def main(given: BinaryIO, said: BinaryIO) -> None:
    parts = frames(given)
    asked, _ = next(parts)
    sorting = Sorting(frozenset(asked["names"]), asked["max_points"])
    for header, raw in parts:
        if "to_seq" in header:
            say(said, sorting.answer(header["to_seq"]))
        elif raw:
            sorting.add(raw, header["first"], header["last"])


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
