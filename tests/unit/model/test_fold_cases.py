"""Runs `conformance/fold/*.yaml` against the Python fold, and checks after every event what must hold for all of them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from headway.model.bounds import VIEW_LIMIT
from headway.model.fold import fold, fold_into
from headway.model.patches import apply_patch, fold_patches

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "conformance/fold").glob("*.yaml"))
_TIMES = re.compile(r"\{(\d+)×([^}]*)\}")


def _spelt_out(value: Any, number: int | None = None) -> Any:
    """A value of a case with `{40×text}` and `{n}` written out."""
    match value:
        case str():
            text = value if number is None else value.replace("{n}", str(number))
            return _TIMES.sub(lambda found: int(found[1]) * found[2], text)
        case list():
            return [_spelt_out(item, number) for item in value]
        case dict():
            return {_spelt_out(key, number): _spelt_out(item, number) for key, item in value.items()}
        case _:
            return value


def events_of(case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for event in case["events"]:
        event = {"at": "T", **event}
        times = event.pop("repeat", None)
        if times is None:
            yield _spelt_out(event)
        for number in range(1, (times or 0) + 1):
            yield _spelt_out(event, number)


def size_of(view: dict[str, Any]) -> int:
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())


def check_sound(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Fold the events, checking what holds for all of them; return the last view."""
    view: dict[str, Any] = {}
    applied: dict[str, Any] = {}
    whole: dict[str, Any] = {}
    gathered: dict[str, Any] = {}
    since_start: dict[str, Any] = {}
    for event in events:
        given = copy.deepcopy(event)
        patch = fold(view, event)
        assert event == given, "the fold must not change the event"
        patch = orjson.loads(orjson.dumps(patch))  # as the bus sends it: strict about keys
        apply_patch(applied, copy.deepcopy(patch))
        assert applied == view, f"the patch of {event['kind']} does not say what changed"
        fold_patches(whole, copy.deepcopy(patch))
        fold_into(since_start, event, gathered)
        assert size_of(view) <= VIEW_LIMIT, f"{size_of(view)} bytes after {event['kind']}"
    assert apply_patch({}, whole) == view, "patches folded together must say the same as one after the other"
    assert since_start == view
    assert apply_patch({}, gathered) == view
    for start in range(len(events)) if len(events) < 20 else ():
        assert _by_one_patch(events, start) == view, f"the patches of events {start + 1} and later, folded, do not lead to the view"
    return view


def _by_one_patch(events: list[dict[str, Any]], start: int) -> dict[str, Any]:
    """The view after the first `start` events, and then one patch for all the others."""
    view: dict[str, Any] = {}
    for event in events[:start]:
        fold(view, event)
    seen = copy.deepcopy(view)
    patch: dict[str, Any] = {}
    for event in events[start:]:
        fold_patches(patch, copy.deepcopy(fold(view, event)))
    return apply_patch(seen, patch)


def _look_up(view: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(view, list):
            view = view[int(part)] if int(part) < len(view) else None
        else:
            view = view.get(part) if isinstance(view, dict) else None
    return view


CASES = [(path.stem, case) for path in FILES for case in yaml.safe_load(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{stem}: {case['name']}") for stem, case in CASES])
def test_case(case: dict[str, Any]) -> None:
    view = check_sound(list(events_of(case)))

    if "view" in case:
        assert _spelt_out(case["view"]) == view
    for path, expected in case.get("has", {}).items():
        assert _spelt_out(expected) == _look_up(view, path), path
    for path, expected in case.get("count", {}).items():
        assert expected == len(_look_up(view, path)), path
    assert {"view", "has", "count"} & case.keys(), "a case says what it expects"


def test_there_is_a_case_for_every_kind_that_we_know() -> None:
    from_cases = {event["kind"] for _, case in CASES for event in case["events"]}
    folded = re.findall(r"^    e\.([A-Z_]+): _", (ROOT / "src/headway/model/fold.py").read_text(encoding="utf-8"), re.MULTILINE)

    assert len(CASES) >= 25
    assert {name.lower().replace("_", ".", 1) for name in folded} <= from_cases
