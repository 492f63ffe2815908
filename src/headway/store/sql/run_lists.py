"""Lists of runs: filters, sorts and keyset paging, each along an index.

A filter of several states or projects is asked one by one (each walks its index and stops at the page's length) and merged:
``state IN (…) ORDER BY created_at LIMIT 50`` would make either database sort every match. Of more than a few projects, as somebody has who
was given many, only places are asked at first (`project_walk.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import product
from typing import Any, cast

import sqlalchemy as sa

from headway.model.canary import CANARY_KIND
from headway.model.run import Run
from headway.model.states import RunState
from headway.model.statistics import RunOutline
from headway.store.contract import Page, RunFilter, RunSort
from headway.store.sql import schema
from headway.store.sql.keys import key_list, keys_in
from headway.store.sql.link import Link
from headway.store.sql.project_walk import Pair, Place, walk
from headway.store.sql.values import RUN_COLUMNS, is_key, micros, moment, optional_moment, run_of, to_id

_runs = schema.runs.c
_tags = schema.run_tags.c
_COLUMNS = [schema.runs.c[name] for name in RUN_COLUMNS]
_OUTLINE = [schema.runs.c[name] for name in ("id", "name", "state", "attempt", "created_at", "queued_at", "started_at", "finished_at")]
_TIMES = frozenset({RunSort.CREATED, RunSort.STARTED, RunSort.FINISHED})
ARMS_LIMIT = 16
"""Above this many (state, project) pairs only places are asked, or, in another order than that of creation, one query filters as it walks
the index of the sort."""
PAIRS_LIMIT = 400
"""Above this many pairs the states are filtered on the walk of each project."""


def list_runs(link: Link, where: RunFilter, page: Page) -> list[Run]:
    if _is_impossible(where):
        return []
    if _is_of_many(where, page):
        return _whole(link, _walked(link, where, page))
    arms = _arms(where, page)
    rows: list[Any] = [row for states, projects in arms for row in _rows(link, where, page, states, projects)]
    if len(arms) > 1:
        rows.sort(key=lambda row: (row[-1], str(row[0])), reverse=page.is_descending)
    return [run_of(_plain(row)) for row in rows[: page.limit]]


def _rows(link: Link, where: RunFilter, page: Page, states: list[str], projects: list[str]) -> list[Any]:
    """Of one arm. Most lists are of few shapes; those are put together and compiled once a connection."""
    if where.text or len(states) > 1 or len(projects) > 1:
        return link.rows_of(_listed(where, page, states, projects))
    values = _values(where, page, states, projects)
    shape = ("list", page.sort, page.is_descending, where.is_root, *values)
    named = link.cached_named(shape)
    if named is None:
        named = link.cache_named(shape, _listed(where, page, states, projects, bind=_by_name))
    return named.all(values)


def _values(where: RunFilter, page: Page, states: list[str], projects: list[str]) -> dict[str, Any]:
    """What is given, by the names under which `_listed` asks for it."""
    values: dict[str, Any] = {
        "tag": where.tag, "task": where.task, "kind": where.kind, "created_by": where.created_by, "parent": where.parent,
        "state": states[0] if states else None, "project": projects[0] if projects else None, "size": page.limit,
    }  # fmt: skip
    for name in ("created_from", "created_to", "finished_to", "active_from"):
        at: datetime | None = getattr(where, name)
        values[name] = None if at is None else micros(at)
    if page.after is not None:
        values["after_value"], values["after_id"] = _sort_value(page.sort, page.after[0]), _page_id(page.after[1])
    return {name: value for name, value in values.items() if value is not None}


Bind = Callable[[str, Any, Any], Any]
"""How a value stands in a statement; its name and type are said with it."""


def _as_it_is(name: str, value: Any, type_: Any) -> Any:
    return sa.literal(value, type_)


def _by_name(name: str, value: Any, type_: Any) -> Any:
    return sa.bindparam(name, type_=type_)


def list_places(link: Link, where: RunFilter, page: Page) -> list[tuple[Any, str]]:
    if _is_impossible(where):
        return []
    if _is_of_many(where, page):
        return [(optional_moment(value), to_id(key)) for value, key in _walked(link, where, page)]
    arms = [_listed(where, page, states, projects, columns=[_runs.id]) for states, projects in _arms(where, page)]
    rows: list[Any] = [row for arm in arms for row in link.rows_of(arm)]
    rows.sort(key=lambda row: (row[-1], str(row[0])), reverse=page.is_descending)
    is_time = page.sort in _TIMES
    return [(optional_moment(value) if is_time else value, to_id(key)) for key, value in rows[: page.limit]]


def _is_of_many(where: RunFilter, page: Page) -> bool:
    """Whether it is of so many projects that each is better walked a little."""
    if page.sort is not RunSort.CREATED or where.tag is not None or where.parent is not None:
        return False
    return len(_projects(where)) > 1 and max(len(where.states), 1) * len(_projects(where)) > ARMS_LIMIT


def _walked(link: Link, where: RunFilter, page: Page) -> list[Place]:
    pairs, narrow = walk_of(where, page)
    return walk(link, pairs, page.limit, is_descending=page.is_descending, narrow=narrow)


def walk_of(where: RunFilter, page: Page) -> tuple[list[Pair], Callable[[sa.Select[Any]], sa.Select[Any]]]:
    """What is walked, and how each walk is narrowed; for whoever asks the database how it would run it, too."""
    states, projects = _states(where), _projects(where)
    is_by_state = 0 < len(states) * len(projects) <= PAIRS_LIMIT

    def narrow(statement: sa.Select[Any]) -> sa.Select[Any]:
        narrowed = _filtered(statement, where, [] if is_by_state else states, [])
        return _ordered(narrowed, page, _runs.created_at, _runs.id)

    pairs: list[Pair] = [(project, state) for project in projects for state in (states if is_by_state else [None])]
    return pairs, narrow


def _whole(link: Link, places: Sequence[Place]) -> list[Run]:
    """The runs at these places, in their order."""
    keys = [to_id(key) for _, key in places]
    prepared = link.cached("whole runs")
    if prepared is None:
        text = f"SELECT {', '.join(RUN_COLUMNS)} FROM runs WHERE id {keys_in(link)}"  # noqa: S608 - constants of this room
        prepared = link.cache("whole runs", link.prepare(text))
    runs = {run.id: run for run in map(run_of, prepared.all(key_list(link, keys)))} if keys else {}
    return [runs[key] for key in keys if key in runs]


def count_runs(link: Link, where: RunFilter, limit: int) -> int:
    if _is_impossible(where):
        return 0
    return link.rows_of(count_statement(where, limit))[0][0]


def count_statement(where: RunFilter, limit: int) -> sa.Select[int]:
    """The query of `count_runs`."""
    matches = _filtered(sa.select(sa.literal(1)), where, _states(where), _projects(where)).limit(limit).subquery()
    return sa.select(sa.func.count()).select_from(matches)


def outline_runs(link: Link, task: str, projects: frozenset[str] | None, since: datetime, limit: int) -> list[RunOutline]:
    if projects is not None and not projects:
        return []
    rows: list[Any] = [row for arm in outline_statements(task, projects, since, limit) for row in link.rows_of(arm)]
    rows.sort(key=lambda row: (row[4], str(row[0])), reverse=True)
    return [_outline_of(row) for row in rows[:limit]]


def outline_statements(task: str, projects: frozenset[str] | None, since: datetime, limit: int) -> list[sa.Select[Any]]:
    """The queries of `outline_runs`: one a project, each along the index of task, project and time; of very many projects the
    index of the task is walked."""
    ours = sa.select(*_OUTLINE).where(_runs.task == task, _runs.created_at >= micros(since))
    ours = ours.order_by(_runs.created_at.desc(), _runs.id.desc()).limit(limit)
    if projects is None:
        return [ours]
    if len(projects) > ARMS_LIMIT:
        return [ours.where(_runs.project.in_(sorted(projects)))]
    return [ours.where(_runs.project == project) for project in sorted(projects)]


def _outline_of(row: Sequence[Any]) -> RunOutline:
    key, name, state, attempt, created_at, queued_at, started_at, finished_at = row
    return RunOutline(
        id=to_id(key),
        name=name,
        state=RunState(state),
        attempt=attempt,
        created_at=moment(created_at),
        queued_at=optional_moment(queued_at),
        started_at=optional_moment(started_at),
        finished_at=optional_moment(finished_at),
    )


def list_statements(where: RunFilter, page: Page) -> list[sa.Select[Any]]:
    """The queries of `list_runs`, for whoever asks the database how it would run them."""
    return [_listed(where, page, states, projects) for states, projects in _arms(where, page)]


def _plain(row: Sequence[Any]) -> Sequence[Any]:
    return row[:-1]


def _is_impossible(where: RunFilter) -> bool:
    if where.projects is not None and (not where.projects or (where.project is not None and where.project not in where.projects)):
        return True
    return where.parent is not None and not is_key(where.parent)


def _states(where: RunFilter) -> list[str]:
    return sorted(state.value for state in where.states)


def _projects(where: RunFilter) -> list[str]:
    if where.project is not None:
        return [where.project]
    return sorted(where.projects or ())


def _arms(where: RunFilter, page: Page) -> list[tuple[list[str], list[str]]]:
    states, projects = _states(where), _projects(where)
    if _is_by_tag(where, page):
        return [(states, projects)]  # the tag's index has the order already: one walk, whatever the states
    if max(len(states), 1) * max(len(projects), 1) > ARMS_LIMIT:
        return [(states, projects)]
    one_state = [[state] for state in states] or [[]]
    one_project = [[project] for project in projects] or [[]]
    return list(product(one_state, one_project))


def _listed(
    where: RunFilter, page: Page, states: list[str], projects: list[str], *, columns: Sequence[Any] = _COLUMNS, bind: Bind = _as_it_is
) -> sa.Select[Any]:
    key, id_ = _order(where, page)
    selected: list[Any] = [*columns, key.label("sort_value")]
    statement = _filtered(cast("sa.Select[Any]", sa.select(*selected)), where, states, projects, bind)
    return _ordered(statement, page, key, id_, bind).limit(bind("size", page.limit, sa.Integer()))


def _ordered(
    statement: sa.Select[Any], page: Page, key: sa.ColumnElement[Any], id_: sa.ColumnElement[Any], bind: Bind = _as_it_is
) -> sa.Select[Any]:
    """What comes after the page's place, in its order."""
    if page.after is not None:
        value, run = page.after
        place = bind("after_value", _sort_value(page.sort, value), key.type), bind("after_id", _page_id(run), schema.Id)
        after = sa.tuple_(*place)
        at = sa.tuple_(key, id_)
        statement = statement.where(at < after if page.is_descending else at > after)
    order = (key.desc(), id_.desc()) if page.is_descending else (key, id_)
    return statement.order_by(*order)


def _is_by_tag(where: RunFilter, page: Page) -> bool:
    return page.sort is RunSort.CREATED and where.tag is not None


def _order(where: RunFilter, page: Page) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """The columns to sort by. With a tag it is the tag's index that is walked, so its columns are named."""
    if _is_by_tag(where, page):
        return _tags.created_at, _tags.run_id
    return _runs[page.sort.value], _runs.id


def _sort_value(sort: RunSort, value: Any) -> Any:
    if sort not in _TIMES:
        return str(value)
    if isinstance(value, datetime):
        return micros(value)
    return value or 0


def _page_id(run: str) -> str:
    return run if is_key(run) else to_id("0" * 32)


def _filtered(
    statement: sa.Select[Any], where: RunFilter, states: list[str], projects: list[str], bind: Bind = _as_it_is
) -> sa.Select[Any]:
    statement = statement.select_from(schema.runs)
    if where.tag is not None:
        statement = statement.join(schema.run_tags, _tags.run_id == _runs.id).where(_tags.tag == bind("tag", where.tag, _tags.tag.type))
    for column, values in ((_runs.state, states), (_runs.project, projects)):
        if values:
            is_one = len(values) == 1
            statement = statement.where(column == bind(column.name, values[0], column.type) if is_one else column.in_(values))
    for column, value in (
        (_runs.task, where.task),
        (_runs.kind, where.kind),
        (_runs.created_by, where.created_by),
        (_runs.parent, where.parent),
    ):
        if value is not None:
            statement = statement.where(column == bind(column.name, value, column.type))
    if where.is_root:
        statement = statement.where(_runs.parent.is_(None))
    if where.kind is None:
        # Headway's own runs are nobody's: who wants them names their kind.
        statement = statement.where(_runs.kind != CANARY_KIND)
    if where.text:
        statement = statement.where(_runs.folded_name.contains(where.text.casefold(), autoescape=True))
    if where.created_from is not None:
        statement = statement.where(_runs.created_at >= bind("created_from", micros(where.created_from), schema.Time()))
    if where.created_to is not None:
        statement = statement.where(_runs.created_at < bind("created_to", micros(where.created_to), schema.Time()))
    if where.finished_to is not None:
        statement = statement.where(
            _runs.finished_at > 0, _runs.finished_at < bind("finished_to", micros(where.finished_to), schema.Time())
        )
    if where.active_from is not None:
        since = bind("active_from", micros(where.active_from), schema.Time())
        statement = statement.where(sa.or_(_runs.finished_at == 0, _runs.finished_at >= since))
    return statement
