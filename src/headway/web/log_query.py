"""What is asked of the logs of many runs: which runs, which lines, in what order, and from where on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import Request

from headway.access.authorise import projects_where
from headway.model.clock import parse_iso
from headway.model.errors import Invalid, InvalidCursor
from headway.model.events import LEVELS, NAME_LIMIT
from headway.model.ids import is_id
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import RunFilter
from headway.store.stretch import Span
from headway.web.cursors import pack, unpack
from headway.web.desk import TheCall
from headway.web.inputs import LARGEST_NUMBER, Levels, Moment, read_levels
from headway.web.matching import Wanted
from headway.web.paging import Word
from headway.web.patterns import PATTERN_LIMIT, check_pattern

NAMED_RUNS = 100
FIELDS_LIMIT = 10
FIELD = "field."
CLOCKS_APART = timedelta(minutes=1)
"""How far the clock of who reports may be from the store's, for a run not to be left out by its own times."""


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    where: RunFilter
    runs: Sequence[str]
    """Ids, if runs were named; else all that match `where`."""
    wanted: Wanted
    span: Span
    order: Order

    @property
    def is_backward(self) -> bool:
        """The newest line first."""
        return self.order is Order.NEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a walk over logs goes on: in a run at a line, or (None) behind the run."""

    created_at: datetime
    run: str
    line: int | None = None


def write_place(place: Place, order: Order) -> str:
    return pack([order, place.created_at.isoformat(), place.run, place.line])


def read_place(text: str, order: Order) -> Place:
    """Raises `InvalidCursor`, also for one of another order."""
    try:
        match unpack(text):
            case [str(said), str(at), str(run), None | int() as line] if said == order and is_id(run) and _is_line(line):
                return Place(created_at=parse_iso(at), run=run, line=line)
            case _:
                raise InvalidCursor
    except (ValueError, TypeError) as error:
        raise InvalidCursor from error


def _is_line(line: int | None) -> bool:
    return line is None or (not isinstance(line, bool) and 0 < line < LARGEST_NUMBER)


def fits(run: Run, where: RunFilter) -> bool:
    """Whether a run is one that the filter of a log query means, as the store would say."""
    return (
        (where.project is None or run.project == where.project)
        and (where.projects is None or run.project in where.projects)
        and (not where.states or run.state in where.states)
        and (where.task is None or run.task == where.task)
        and (where.tag is None or where.tag in run.tags)
        and (where.active_from is None or run.finished_at is None or run.finished_at >= where.active_from)
    )


async def _query(
    call: TheCall,
    request: Request,
    project: Word = None,
    task: Word = None,
    tag: Word = None,
    run: Annotated[list[str], Query(max_length=NAMED_RUNS, description="Ids of runs.")] = [],
    state: Annotated[list[RunState], Query(max_length=20)] = [],
    level: Annotated[
        str | None, Query(max_length=20, description="This level and above.", json_schema_extra={"pattern": f"^({'|'.join(LEVELS)})$"})
    ] = None,
    levels: Levels = None,
    from_: Annotated[Moment | None, Query(alias="from", description="Lines of this time or later, by the clock of who wrote.")] = None,
    to: Annotated[Moment | None, Query(description="Lines before this time.")] = None,
    q: Annotated[str, Query(max_length=PATTERN_LIMIT, description="What to look for in the text.")] = "",
    regex: Annotated[bool, Query(description="`q` is a regular expression of Python.")] = False,
    case: Annotated[bool, Query(description="Upper and lower case are told apart.")] = False,
    step: Word = None,
    stream: Word = None,
    logger: Word = None,
    source: Annotated[
        str | None, Query(min_length=1, max_length=NAME_LIMIT, description="Place in the code: `grading.py` or `grading.py:12`.")
    ] = None,
    attempt: Annotated[int | None, Query(ge=1, lt=LARGEST_NUMBER)] = None,
    events: Annotated[bool, Query(description="Steps, attempts, results, too, and not only lines of programs.")] = False,
    order: Annotated[Order, Query(description="By time across runs; of one moment, by run and line.")] = Order.NEWEST,
) -> LogQuery:
    if from_ is not None and to is not None and from_ >= to:
        raise Invalid("from: is not before `to`.", field="from")
    wanted = Wanted(
        q=q,
        is_regex=regex and q != "",
        is_case_sensitive=case,
        levels=_levels(level, levels),
        step=step,
        stream=stream,
        logger=logger,
        source=source,
        attempt=attempt,
        fields=_fields(request),
        since=from_.timestamp() if from_ else None,
        until=to.timestamp() if to else None,
        is_line=not events,
    )
    if wanted.is_regex:
        check_pattern(wanted)
    where = RunFilter(
        project=project,
        projects=projects_where(call.principal, call.permission),
        states=frozenset(state),
        task=task,
        tag=tag,
        # Not `created_to`: an outside run may tell of what was long before it was opened.
        active_from=from_ - CLOCKS_APART if from_ else None,
    )
    return LogQuery(where=where, runs=tuple(dict.fromkeys(run)), wanted=wanted, span=Span(since=from_, until=to), order=order)


def _levels(least: str | None, named: str | None) -> frozenset[str]:
    chosen = read_levels(named)
    if least is None:
        return chosen
    if least not in LEVELS:
        raise Invalid(f"level: {least} is not a level; there are {', '.join(LEVELS)}.", field="level")
    above = frozenset(LEVELS[LEVELS.index(least) :])
    both = chosen & above if chosen else above
    if not both:
        raise Invalid("levels: none of them is as high as `level`.", field="levels")
    return both if both != frozenset(LEVELS) else frozenset()


def _fields(request: Request) -> dict[str, str]:
    """``field.sheet=7`` asks for lines whose context has that."""
    found = {name.removeprefix(FIELD): value for name, value in request.query_params.items() if name.startswith(FIELD)}
    if len(found) > FIELDS_LIMIT:
        raise Invalid(f"field: at most {FIELDS_LIMIT} fields of the context can be asked for.", field="field")
    for name, value in found.items():
        if not name or max(len(name), len(value)) > NAME_LIMIT:
            raise Invalid(f"field.{name[:40]}: needs a name, and both name and value have at most {NAME_LIMIT} characters.", field="field")
    return found


TheLogQuery = Annotated[LogQuery, Depends(_query)]


def of_all_levels(query: LogQuery) -> LogQuery:
    return replace(query, wanted=replace(query.wanted, levels=frozenset()))
