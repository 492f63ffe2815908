from __future__ import annotations

from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from headway.cli import formats
from headway.cli.formats import Language
from headway.model.states import RunState

CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parents[3] / "conformance/formats.yaml").read_text("utf-8"))


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("name", CASES)
def test_values_read_as_the_cases_say(name: str, language: Language) -> None:
    read = getattr(formats, f"format_{name}")
    shown = [(case["of"], read(*case["of"], language=language)) for case in CASES[name]]
    assert shown == [(case["of"], case.get("same", case.get(language))) for case in CASES[name]]


def test_every_formatter_but_the_clock_has_cases() -> None:
    made = {name.removeprefix("format_") for name in dir(formats) if name.startswith("format_")}
    assert made - {"clock"} == set(CASES)


@pytest.mark.parametrize("language", get_args(Language))
def test_every_state_has_a_word(language: Language) -> None:
    words = {state: formats.format_state(state, language) for state in RunState}
    assert len(set(words.values())) == len(RunState)
    if language == "zh-CN":
        assert not any(word.isascii() for word in words.values())


def test_the_clock_is_in_the_zone_of_the_reader() -> None:
    assert formats.format_clock("2026-11-22T09:30:00.125Z", UTC) == "09:30:00"
    assert formats.format_clock("2026-11-22T09:30:00.125Z", timezone(timedelta(hours=8))) == "17:30:00"
    assert formats.format_clock("not a time") == "not a time"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_a_dash(value: float) -> None:
    assert {formats.format_count(value), formats.format_duration(value), formats.format_bytes(value), formats.format_rate(value)} == {"–"}
