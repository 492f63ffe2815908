"""The border between rows and values."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone

import pytest

from headway.model.run import Options, Run
from headway.store.sql import schema
from headway.store.sql.values import (
    RUN_COLUMNS,
    clean,
    dumps,
    is_key,
    loads,
    micros,
    micros_of_text,
    moment,
    options_of,
    options_text,
    to_id,
    to_key,
)

ID = "01a205d4-5feb-7e3d-b399-7cb7a888cba5"


def test_times_survive_to_the_microsecond() -> None:
    for at in (
        datetime(2026, 11, 22, 9, 30, 0, 123457, UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, UTC),
        datetime(9999, 1, 1, tzinfo=UTC),
    ):
        assert moment(micros(at)) == at
    assert micros(datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=1)))) == 3_600_000_000
    assert micros(datetime(1970, 1, 1)) == 0  # noqa: DTZ001 - a time without an offset is UTC


@pytest.mark.parametrize(("text", "is_time"), [("1970-01-01T00:00:01.000Z", True), ("yesterday", False), ("", False)])
def test_a_source_s_time_is_taken_as_it_comes(text: str, is_time: bool) -> None:
    assert micros_of_text(text, 7) == (1_000_000 if is_time else 7)


def test_ids() -> None:
    assert is_key(ID)
    assert not is_key(ID.upper())
    assert not is_key(ID + "0")
    assert to_id(to_key(ID)) == to_id(ID) == ID


def test_text_is_cleaned_of_what_a_database_cannot_hold() -> None:
    assert clean("plain") == "plain"
    assert clean("a\0b") == "a\ufffdb"
    assert clean("é😀") == "é😀"
    assert clean("a\ud800b") == "a?b"


@pytest.mark.parametrize("value", [{"n": 2**63}, {"n": -(10**40), "t": "1" * 30}, {"a": [1.5, None, True, "é\u0000"]}, {}])
def test_json_keeps_what_it_is_given(value: object) -> None:
    assert loads(dumps(value).decode()) == value


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError):
        dumps({"x": object()})


def test_options_of_a_newer_version_are_read_as_far_as_they_are_known() -> None:
    assert options_of('{"max_attempts":3,"retry_on":["a"],"from_the_future":1}') == Options(max_attempts=3, retry_on=("a",))
    options = Options(timeout_seconds=2.5, tags=("x",))
    assert options_of(options_text(options)) == options


def test_every_field_of_a_run_has_its_column() -> None:
    names = [column.name for column in schema.runs.c]
    assert sorted(RUN_COLUMNS, key=names.index) == list(RUN_COLUMNS)
    assert set(RUN_COLUMNS) == {each.name for each in fields(Run)}
