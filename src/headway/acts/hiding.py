"""A run as somebody reads it who may see it and must not learn its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

from headway.acts.parameters import DEPTH_LIMIT, resolved
from headway.acts.places import Scope, scope_of
from headway.model.audit import MASK
from headway.model.run import Run
from headway.store.contract import Snapshot

_PARTS = ("allOf", "anyOf", "oneOf")
_BRANCHES = ("if", "then", "else")
_BY_KEY = frozenset({Scope.KEY, Scope.RATE})
_Schema: TypeAlias = Mapping[str, Any]


def for_onlookers(snapshot: Snapshot, run: Run) -> Run:
    """The run without the secrets of its parameters, and without its keys: they may be made of such a parameter (``login-{password}``), and
    are for those who look after the queue."""
    keys = {name: MASK for name in ("concurrency_key", "rate_limit_key") if getattr(run.options, name) is not None}
    place = run.blocked_on
    if place is not None and scope_of(place)[0] in _BY_KEY:
        place = scope_of(place)[0].place(MASK)
    return replace(run, parameters=hidden_parameters(snapshot, run), options=replace(run.options, **keys), blocked_on=place)


def hidden_parameters(snapshot: Snapshot, run: Run) -> Mapping[str, Any]:
    """The run's parameters with ``***`` for each that the schema of its task calls a secret. Where nobody can say any more which those
    are, for the task is gone, for all of them. A run of another program has no schema, and what it reports is meant to be read."""
    if run.task is None or not run.parameters:
        return run.parameters
    task = snapshot.tasks.get(run.task)
    return dict.fromkeys(run.parameters, MASK) if task is None else hide_secrets(run.parameters, task.parameter_schema)


def hide_secrets(parameters: Mapping[str, Any], schema: _Schema) -> dict[str, Any]:
    """``***`` for what is ``writeOnly``, of format ``password``, or a secret to the form; of several variants each counts. Null and the
    empty text hide nothing."""
    return cast("dict[str, Any]", _hide(dict(parameters), [schema], schema, DEPTH_LIMIT))


def _hide(value: Any, schemas: Sequence[Any], root: _Schema, depth: int) -> Any:
    facets = list(_facets(schemas, root))
    if depth == 0 or any(_is_secret(facet) for facet in facets):
        return value if value is None or value == "" else MASK
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        return {name: _hide(each, list(_members(facets, name)), root, depth - 1) for name, each in given.items()}
    if isinstance(value, list):
        return [_hide(each, list(_items(facets, at)), root, depth - 1) for at, each in enumerate(cast("list[Any]", value))]
    return value


def _facets(schemas: Sequence[Any], root: _Schema) -> Iterator[_Schema]:
    """The schemas, and all that they are made of."""
    waiting, seen = list(schemas), set[int]()
    while waiting:
        raw: Any = waiting.pop()
        if not isinstance(raw, dict) or id(cast("object", raw)) in seen:
            continue
        seen.add(id(cast("object", raw)))
        raw = cast("dict[str, Any]", raw)
        yield raw
        if "$ref" in raw:
            waiting.append(resolved(raw, root))
        for part in _PARTS:
            waiting.extend(cast("list[Any]", raw.get(part) or []))
        waiting.extend(raw.get(branch) for branch in _BRANCHES)


def _is_secret(facet: _Schema) -> bool:
    return facet.get("format") == "password" or facet.get("writeOnly") is True or facet.get("x-control") == "secret"


def _members(facets: Sequence[_Schema], name: str) -> Iterator[Any]:
    for facet in facets:
        properties = cast("_Schema", facet.get("properties") or {})
        patterns = cast("_Schema", facet.get("patternProperties") or {})
        matching = [each for pattern, each in patterns.items() if _matches(pattern, name)]
        if name in properties:
            yield properties[name]
        yield from matching
        if name not in properties and not matching:
            yield facet.get("additionalProperties")


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True  # not known to be harmless


def _items(facets: Sequence[_Schema], at: int) -> Iterator[Any]:
    for facet in facets:
        first = cast("Sequence[Any]", facet.get("prefixItems") or [])
        yield first[at] if at < len(first) else facet.get("items")
