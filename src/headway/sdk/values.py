"""The model's values from the JSON that a server answers with. Unknown fields are left out, so a newer server is understood."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

from headway.model.clock import parse_iso
from headway.model.errors import ServerUnreachable
from headway.model.run import Artifact, Attempt, Options, Run, Step, Task
from headway.model.states import Outcome, RunState

T = TypeVar("T", Run, Attempt, Step, Artifact, Task, Options)
Json = Mapping[str, Any]


def run_from_json(said: Json) -> Run:
    return _made(Run, {**said, "state": RunState(said["state"]), "options": _made(Options, said.get("options") or {})})


def task_from_json(said: Json) -> Task:
    return _made(Task, {**said, "options": _made(Options, said.get("options") or {})})


def attempt_from_json(said: Json) -> Attempt:
    outcome = said.get("outcome")
    return _made(Attempt, {"fence": 0, **said, "outcome": Outcome(outcome) if outcome else None})


def step_from_json(said: Json) -> Step:
    return _made(Step, said)


def artifact_from_json(said: Json) -> Artifact:
    return _made(Artifact, said)


def understood(read: Any, said: object, url: str) -> Any:
    """`read(said)`, or `ServerUnreachable` when what was said is not what Headway says."""
    try:
        return read(said)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServerUnreachable(f"What answers at {url} does not speak as Headway does ({error}).", url=url) from error


@cache
def _fields(kind: type) -> dict[str, str]:
    return {field.name: str(field.type) for field in dataclasses.fields(cast("Any", kind))}


def _made(kind: type[T], said: Json) -> T:
    given: dict[str, Any] = {}
    for name, annotation in _fields(kind).items():
        if name not in said:
            continue
        value = said[name]
        if value is None and "None" not in annotation:
            continue
        if isinstance(value, str) and annotation.startswith("datetime"):
            value = parse_iso(value)
        elif isinstance(value, list) and annotation.startswith("tuple"):
            value = tuple(cast("list[Any]", value))
        given[name] = value
    return kind(**given)
