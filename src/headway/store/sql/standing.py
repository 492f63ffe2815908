# ruff: noqa: S608 - statements are put together from constants of this file only; values are always parameters
"""How many queued runs stand before others, by the index of the claim: a line that many are asked about is walked once, not for each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from headway.model.run import Run
from headway.store.sql.link import Link
from headway.store.sql.values import PRIORITY_STEP, clean, micros, to_key

FEW = 3
"""So many of a line are counted one by one, by the database: more cost less when its places are read."""
_BEFORE = "FROM runs WHERE queue = ? AND state = 'queued' AND blocked_on = ? AND (rank_at, id) < (?, ?)"
_COUNT = f"SELECT COUNT(*) FROM (SELECT 1 {_BEFORE} LIMIT ?) AS counted"
_PLACES = f"SELECT rank_at, id {_BEFORE} ORDER BY rank_at, id LIMIT ?"
_Place = tuple[int, str]


class Standing:
    def __init__(self, link: Link) -> None:
        self._count = link.prepare(_COUNT)
        self._places = link.prepare(_PLACES)

    def ahead(self, asked: Sequence[tuple[Run, str]], limit: int) -> list[int]:
        """Of each run: those that stand before it in that queue and wait for the same, counted no further than `limit`."""
        lines: dict[tuple[str, str], dict[_Place, int]] = {}
        keys = [((queue, clean(run.blocked_on or "")), _place_of(run)) for run, queue in asked]
        for line, place in keys:
            lines.setdefault(line, {})[place] = 0
        for line, places in lines.items():
            if len(places) <= FEW:
                places.update({place: self._count.one(*line, *place, limit)[0] for place in places})
            else:
                found: list[_Place] = [(rank_at, to_key(str(key))) for rank_at, key in self._places.all(*line, *max(places), limit)]
                places.update({place: bisect_left(found, place) for place in places})
        return [lines[line][place] for line, place in keys]


def _place_of(run: Run) -> _Place:
    return micros(run.queued_at or run.created_at) - run.priority * PRIORITY_STEP, to_key(run.id)
