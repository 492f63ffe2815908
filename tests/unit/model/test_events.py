"""What may be reported, and what is refused with which reason."""

from __future__ import annotations

from typing import Any

import pytest

from headway.model.errors import InvalidEvent
from headway.model.events import KINDS, LENGTHS, LEVELS, TEXT_LIMIT, Facet, check_reported, facet_of, state_change
from headway.model.states import RunState

AT = "2026-11-22T09:30:00.125Z"
SAMPLES: dict[type, Any] = {str: "x", int: 1, float: 1.5, dict: {}, bool: True, list: [], type(None): None}


def minimal(kind: str) -> dict[str, Any]:
    event = {"kind": kind, "at": AT, **{field: SAMPLES[types[0]] for field, types in KINDS[kind].required.items()}}
    return {**event, "level": "info"} if kind == "log.written" else event


@pytest.mark.parametrize("kind", [kind for kind, known in KINDS.items() if known.reported])
def test_what_may_be_reported_passes_unchanged(kind: str) -> None:
    event = minimal(kind) | {"own_field": [1]}

    assert check_reported(event) is event


@pytest.mark.parametrize("kind", [kind for kind, known in KINDS.items() if not known.reported])
def test_what_only_headway_says_is_refused(kind: str) -> None:
    with pytest.raises(InvalidEvent, match="not a kind that can be reported"):
        check_reported(minimal(kind), 3)


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, known in KINDS.items() if known.reported for field in [*known.required, *known.optional]]
)
def test_a_field_of_the_wrong_type_is_named(kind: str, field: str) -> None:
    types = (KINDS[kind].required | dict(KINDS[kind].optional))[field]
    wrong = next(value for kind_of, value in SAMPLES.items() if kind_of not in types)

    with pytest.raises(InvalidEvent, match=field) as caught:
        check_reported({**minimal(kind), field: wrong}, 7)
    assert caught.value.fields["index"] == 7


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, known in KINDS.items() if known.reported for field in known.required])
def test_a_missing_field_is_named(kind: str, field: str) -> None:
    event = minimal(kind)
    del event[field]

    with pytest.raises(InvalidEvent, match=field):
        check_reported(event)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (None, "not an object"),
        ([], "not an object"),
        ("log.written", "not an object"),
        ({}, "kind is missing"),
        ({"kind": 1, "at": AT}, "kind is missing"),
        ({"kind": "", "at": AT}, "kind is missing"),
        ({"kind": "x" * 65, "at": AT}, "64 characters"),
        ({"kind": "weather.changed"}, "time, at, is missing"),
        ({"kind": "weather.changed", "at": 5}, "time, at, is missing"),
        ({"kind": "run.exploded", "at": AT}, "cannot be reported|can be reported"),
        ({"kind": "attempt.doubled", "at": AT}, "can be reported"),
        ({"kind": "command.invented", "at": AT}, "can be reported"),
        ({"kind": "log.written", "at": AT, "level": "loud", "text": "x"}, "level must be one of debug"),
        ({"kind": "log.written", "at": AT, "level": "info", "text": "x" * (TEXT_LIMIT + 1)}, "longer than 16384"),
        ({"kind": "progress.reported", "at": AT, "done": True}, "done"),
    ],
)
def test_what_is_refused_and_why(given: object, reason: str) -> None:
    with pytest.raises(InvalidEvent, match=reason):
        check_reported(given)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (kind, field)
        for kind, known in KINDS.items()
        if known.reported
        for field, types in {**known.required, **known.optional, "at": (str,)}.items()
        if field in LENGTHS and str in types
    ],
)
def test_a_text_that_stands_in_tables_and_views_has_a_length(kind: str, field: str) -> None:
    length = LENGTHS[field]
    fits = minimal(kind) | {field: "x" * length}

    assert check_reported(fits) is fits
    with pytest.raises(InvalidEvent, match=rf"{field}.* longer than {length}"):
        check_reported(minimal(kind) | {field: "x" * (length + 1)})


def test_names_of_steps_bars_and_metrics_are_bounded() -> None:
    assert {"at", "step", "parent", "name", "unit", "bar", "outcome"} <= LENGTHS.keys()


def test_unknown_kinds_are_kept_as_entries() -> None:
    event = {"kind": "weather.changed", "at": AT, "to": "rain"}

    assert check_reported(event) is event
    assert facet_of("weather.changed") is Facet.LOG


def test_every_state_has_its_event() -> None:
    assert {state_change(f"run.{state}") for state in RunState} == set(RunState)
    assert state_change("log.written") is None
    assert all(facet_of(f"run.{state}") is Facet.VIEW for state in RunState)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_may_be_logged(level: str) -> None:
    assert check_reported({"kind": "log.written", "at": AT, "level": level, "text": "x" * TEXT_LIMIT})
