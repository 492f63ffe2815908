"""Lists of runs: the filter, the order, and the page that a cursor continues."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query

from headway.access.authorise import projects_where
from headway.model.clock import parse_iso
from headway.model.errors import Invalid, InvalidCursor
from headway.model.eta import Estimate
from headway.model.events import NAME_LIMIT
from headway.model.ids import is_id
from headway.model.run import Run
from headway.model.states import RunState
from headway.store.contract import Head, Page, RunFilter, RunSort
from headway.web.cursors import pack, unpack
from headway.web.desk import TheCall
from headway.web.inputs import Moment

PAGE_LIMIT = 200
CURSOR_LIMIT = 1_024
VIEW = "view"
ESTIMATE = "estimate"
BESIDE = frozenset({VIEW, ESTIMATE})
"""What a list gives beside the run's own fields, where it is named."""
FIELDS = frozenset(Run.__dataclass_fields__)
_TIMES = {RunSort.CREATED, RunSort.STARTED, RunSort.FINISHED}

Word = Annotated[str | None, Query(max_length=NAME_LIMIT)]


class Sort(StrEnum):
    CREATED_DOWN = "-created_at"
    CREATED = "created_at"
    FINISHED_DOWN = "-finished_at"
    FINISHED = "finished_at"
    STARTED_DOWN = "-started_at"
    STARTED = "started_at"
    NAME = "name"
    NAME_DOWN = "-name"


async def _filter(
    call: TheCall,
    project: Word = None,
    state: Annotated[list[RunState], Query(max_length=20)] = [],
    task: Word = None,
    kind: Annotated[str | None, Query(pattern="^(task|outside)$")] = None,
    tag: Word = None,
    created_by: Word = None,
    parent: Word = None,
    is_root: Annotated[bool, Query(description="Only runs that no other run has started.")] = False,
    q: Annotated[str | None, Query(max_length=NAME_LIMIT, description="Part of the name.")] = None,
    created_from: Moment | None = None,
    created_to: Moment | None = None,
) -> RunFilter:
    return RunFilter(
        project=project,
        projects=projects_where(call.principal, call.permission),
        states=frozenset(state),
        task=task,
        kind=kind,
        tag=tag,
        created_by=created_by,
        parent=parent,
        is_root=is_root,
        text=q,
        created_from=created_from,
        created_to=created_to,
    )


async def _page(
    sort: Annotated[Sort, Query(description="A minus puts the newest, or last, first.")] = Sort.CREATED_DOWN,
    limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=CURSOR_LIMIT)] = None,
) -> Page:
    by = RunSort(sort.removeprefix("-"))
    is_descending = sort.startswith("-")
    after = None if cursor is None else read_cursor(cursor, by, is_descending)
    return Page(sort=by, is_descending=is_descending, limit=limit, after=after)


async def _fields(
    fields: Annotated[
        str | None,
        Query(
            max_length=1_000,
            description="Names of fields, with commas; `view` and `estimate` only come when they are named.",
            examples=["id,state"],
        ),
    ] = None,
) -> frozenset[str] | None:
    if fields is None:
        return None
    wanted = frozenset(fields.split(","))
    if not wanted <= FIELDS | BESIDE:
        raise Invalid(f"fields: a run has no {', '.join(sorted(wanted - FIELDS - BESIDE))}.", field="fields")
    return wanted


TheFilter = Annotated[RunFilter, Depends(_filter)]
ThePage = Annotated[Page, Depends(_page)]
TheFields = Annotated[frozenset[str] | None, Depends(_fields)]


def write_cursor(run: Run, page: Page) -> str:
    """Where the page that begins after this run continues: base64url of JSON ``[sort, value, id]``."""
    value = getattr(run, page.sort.value)
    if isinstance(value, datetime):
        value = value.isoformat()
    return pack([("-" if page.is_descending else "") + page.sort.value, value, run.id])


def read_cursor(text: str, sort: RunSort, is_descending: bool) -> tuple[Any, str]:
    """(value, id) of the run after which to go on. Raises `InvalidCursor`, also for one of another order."""
    try:
        match unpack(text):
            case [str(order), value, str(run)] if order == ("-" if is_descending else "") + sort.value and is_id(run):
                return _value(value, sort), run
            case _:
                raise InvalidCursor
    except (ValueError, TypeError) as error:
        raise InvalidCursor from error


def _value(value: object, sort: RunSort) -> Any:
    if value is None and sort in {RunSort.STARTED, RunSort.FINISHED}:
        return None
    if not isinstance(value, str):
        raise InvalidCursor
    return parse_iso(value) if sort in _TIMES else value


def select(run: Run, fields: frozenset[str] | None, head: Head | None = None, estimate: Estimate | None = None) -> object:
    """The run, or those of its fields that were asked for; `head`: where its view is, and `estimate`: when it ends, if they were."""
    if fields is None:
        return run
    chosen: dict[str, Any] = {name: getattr(run, name) for name in Run.__dataclass_fields__ if name in fields}
    if VIEW in fields:
        chosen[VIEW] = head.view if head else {}
    if ESTIMATE in fields:
        chosen[ESTIMATE] = estimate
    return chosen
