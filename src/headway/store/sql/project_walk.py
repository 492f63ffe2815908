"""The newest runs of many projects: each project's index is walked a few steps, and further only where more of it is wanted.

``project IN (…) ORDER BY created_at LIMIT 50`` has no good plan on either database: sort all that match, or walk the index of the time past
all that do not. Here a page of 100 of 50 projects looks at some 400 entries of an index, however many runs there are of others (measured:
docs/explanation/indexes.md). Only where a run stands is found; whole rows are read of those alone that are on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from headway.store.sql import schema
from headway.store.sql.link import Link

Place = tuple[Any, Any]
"""Value of the order, and key, as the database gives them."""
Pair = tuple[str, str | None]
"""A project, and perhaps a state: each has an index in the order of creation."""
FEWEST = 8
"""Entries that are asked of each at first."""
GROWTH = 4
"""So many times more are asked of those that had too few."""

_runs = schema.runs.c


def walk(
    link: Link, pairs: Sequence[Pair], limit: int, *, is_descending: bool, narrow: Callable[[sa.Select[Any]], sa.Select[Any]]
) -> list[Place]:
    """The first `limit` of all pairs together. `narrow`: the other conditions, the place to begin after and the order."""
    probe = _Lateral(link, pairs, narrow) if link.is_postgres else _OneByOne(link, pairs, narrow)
    found: dict[Pair, list[Place]] = {}
    waiting, size = list(pairs), min(limit, max(FEWEST, 2 * limit // len(pairs)))
    while True:
        found |= probe.ask(waiting, size)
        page = sorted((place for places in found.values() for place in places), key=_order, reverse=is_descending)[:limit]
        edge = page[-1] if len(page) == limit else None
        waiting = [pair for pair, places in found.items() if len(places) == size and _may_have_more(places[-1], edge, is_descending)]
        if not waiting or size >= limit:
            return page
        size = min(limit, GROWTH * size)


def _order(place: Place) -> tuple[Any, str]:
    return place[0], str(place[1])


def _may_have_more(last: Place, edge: Place | None, is_descending: bool) -> bool:
    """Whether what comes after `last` of a pair could stand before the end of the page."""
    if edge is None:
        return True
    return _order(last) > _order(edge) if is_descending else _order(last) < _order(edge)


def arm(
    project: sa.ColumnElement[Any], state: sa.ColumnElement[Any] | None, narrow: Callable[[sa.Select[Any]], sa.Select[Any]],
    limit: sa.ColumnElement[Any],
) -> sa.Select[Any]:  # fmt: skip
    """The walk of one pair."""
    places: list[Any] = [_runs.created_at.label("value"), _runs.id.label("id")]
    statement = cast("sa.Select[Any]", sa.select(*places)).where(_runs.project == project)
    if state is not None:
        statement = statement.where(_runs.state == state)
    return narrow(statement).limit(limit)


class _OneByOne:
    """SQLite is in this process: a statement for each costs next to nothing."""

    def __init__(self, link: Link, pairs: Sequence[Pair], narrow: Callable[[sa.Select[Any]], sa.Select[Any]]) -> None:
        self._has_state = pairs[0][1] is not None
        self._named = link.named(one_by_one(narrow, has_state=self._has_state))

    def ask(self, pairs: Sequence[Pair], size: int) -> dict[Pair, list[Place]]:
        return {
            (project, state): [(value, key) for value, key in self._named.all(self._values(project, state, size))]
            for project, state in pairs
        }

    def _values(self, project: str, state: str | None, size: int) -> dict[str, Any]:
        return {"asked_project": project, "asked_size": size, **({"asked_state": state} if self._has_state else {})}


class _Lateral:
    """PostgreSQL is asked once for all."""

    def __init__(self, link: Link, pairs: Sequence[Pair], narrow: Callable[[sa.Select[Any]], sa.Select[Any]]) -> None:
        self._has_state = pairs[0][1] is not None
        self._named = link.named(lateral(narrow, has_state=self._has_state))

    def ask(self, pairs: Sequence[Pair], size: int) -> dict[Pair, list[Place]]:
        found: dict[Pair, list[Place]] = {pair: [] for pair in pairs}
        values: dict[str, Any] = {"asked_projects": [project for project, _ in pairs], "asked_size": size}
        if self._has_state:
            values["asked_states"] = [state for _, state in pairs]
        for number, value, key in self._named.all(values):
            found[pairs[number - 1]].append((value, key))
        return found


def one_by_one(narrow: Callable[[sa.Select[Any]], sa.Select[Any]], *, has_state: bool) -> sa.Select[Any]:
    """The statement for SQLite, with parameters."""
    state = sa.bindparam("asked_state", type_=sa.Text) if has_state else None
    return arm(sa.bindparam("asked_project", type_=sa.Text), state, narrow, sa.bindparam("asked_size", type_=sa.Integer))


def lateral(narrow: Callable[[sa.Select[Any]], sa.Select[Any]], *, has_state: bool) -> sa.Select[Any]:
    """The statement for PostgreSQL, with parameters."""
    arrays = [sa.bindparam(name, type_=ARRAY(sa.Text)) for name in ("asked_projects", *(["asked_states"] if has_state else []))]
    words = [sa.column(name, sa.Text) for name in ("project", *(["state"] if has_state else []))]
    asked = sa.func.unnest(*arrays).table_valued(*words, with_ordinality="number", name="asked").render_derived()
    state = asked.c.state if has_state else None
    found = arm(asked.c.project, state, narrow, sa.bindparam("asked_size", type_=sa.Integer)).lateral("found")
    columns = [asked.c.number, found.c.value, found.c.id]
    return cast("sa.Select[Any]", sa.select(*columns)).select_from(asked.join(found, sa.true()))
