"""Search in a run's log, and its metrics as series for charts."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, raw_answer
from headway.web.desk import TheCall
from headway.web.inputs import LARGEST_NUMBER, Levels, Limit, Position, RunName, read_levels
from headway.web.matching import Wanted
from headway.web.past_outputs import HITS, SERIES
from headway.web.patterns import PATTERN_LIMIT
from headway.web.routes.details import Cursor, read_index
from headway.web.searching import search
from headway.web.series import read_series
from headway.web.sorting import SERIES_LIMIT

routes = make_routes("journal")

_Word = Annotated[str | None, Query(min_length=1, max_length=NAME_LIMIT)]


@routes.get("/runs/{run}/hits", **needs(Permission.RUN_READ), responses=HITS)
async def search_log(
    call: TheCall,
    run: RunName,
    q: Annotated[str, Query(max_length=PATTERN_LIMIT, description="What to look for in the text of entries.")] = "",
    regex: Annotated[bool, Query(description="`q` is a regular expression of Python.")] = False,
    case: Annotated[bool, Query(description="Upper and lower case are told apart.")] = False,
    levels: Levels = None,
    step: _Word = None,
    stream: _Word = None,
    attempt: Annotated[int | None, Query(ge=1, lt=LARGEST_NUMBER)] = None,
    from_: Annotated[int, Query(alias="from", ge=1, lt=LARGEST_NUMBER, description="First line.")] = 1,
    to: Annotated[int, Query(ge=0, lt=LARGEST_NUMBER, description="Last line.")] = LARGEST_NUMBER - 1,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> Response:
    """Entries of the log that match, in order. A page does a bounded amount of work and may be empty: go on with `next_cursor`
    until it is null. `spans` count UTF-16 code units, as JavaScript does."""
    wanted = Wanted(q=q, is_regex=regex, is_case_sensitive=case, levels=read_levels(levels), step=step, stream=stream, attempt=attempt)
    first = max(read_index(cursor), from_) if cursor else from_
    return answer(await search(call, run, wanted, first, to, limit))


@routes.get("/runs/{run}/series", **needs(Permission.RUN_READ), responses=SERIES)
async def show_series(
    call: TheCall,
    run: RunName,
    names: Annotated[list[str], Query(max_length=SERIES_LIMIT, description="Of these metrics; of all without.")] = [],
    after_seq: Position = 0,
    max_points: Annotated[int, Query(ge=3, le=5_000, description="Points of a series; more are thinned.")] = 500,
) -> Response:
    """All metric series of a run. Of a series with more points the least, the greatest and the last of each bucket are kept.
    A point is `[seq, at in milliseconds since 1970, value, attempt]`."""
    return raw_answer(await read_series(call, run, frozenset(names), after_seq, max_points))
