from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from headway.cli import formats, formats_of_time
from headway.cli.formats import Language
from headway.model.states import RunState

CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parents[3] / "conformance/formats.yaml").read_text("utf-8"))


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("name", CASES)
def test_values_read_as_the_cases_say(name: str, language: Language) -> None:
    read = getattr(formats, f"format_{name}", None) or getattr(formats_of_time, f"format_{name}")
    shown = [(case["of"], read(*case["of"], language=language)) for case in CASES[name]]
    assert shown == [(case["of"], case.get("same", case.get(language))) for case in CASES[name]]


def test_every_formatter_but_the_clock_has_cases() -> None:
    made = {name.removeprefix("format_") for name in [*dir(formats), *dir(formats_of_time)] if name.startswith("format_")}
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


def test_a_date_is_in_the_zone_of_the_machine_unless_one_is_named() -> None:
    here = datetime.fromisoformat("2026-11-22T09:30:00Z").astimezone()
    assert formats_of_time.format_date("2026-11-22T09:30:00Z", "2026-11-22T09:30:00Z").endswith(f"{here:%H:%M}")
    assert formats_of_time.format_date("2026-11-22T09:30:00Z", zone="No/Where") == "2026-11-22T09:30:00Z"


@given(
    seconds=st.floats(min_value=0, max_value=1e7),
    done=st.integers(min_value=1, max_value=10_000),
    total=st.integers(min_value=1, max_value=10_000),
)
def test_the_range_of_an_eta_holds_the_eta(seconds: float, done: int, total: int) -> None:
    text = formats_of_time.format_eta_range(seconds, done, total, 60)
    amounts, unit = text.removeprefix("< ").rsplit(" ", 1)
    first, _, last = amounts.partition("–")
    size = {"s": 1, "min": 60, "h": 3600, "d": 86_400}[unit]
    assert int(last or first) * size >= seconds * 0.999
    if last:
        assert int(first) * size <= seconds
