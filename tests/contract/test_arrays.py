"""What is written as an array literal is what PostgreSQL reads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as some

from headway.store.sql.arrays import array_of

_KEPT = some.characters(exclude_categories=["Cs"], exclude_characters="\0")
_COLUMNS = some.one_of(
    some.tuples(
        some.just("TEXT"), some.lists(some.none() | some.text(_KEPT) | some.sampled_from(["", "NULL", '"', "\\", '\\"', "{a,b}", " "]))
    ),
    some.tuples(some.just("BYTEA"), some.lists(some.none() | some.binary())),
    some.tuples(some.just("BIGINT"), some.lists(some.none() | some.integers(-(2**63), 2**63 - 1))),
    some.tuples(some.just("SMALLINT"), some.lists(some.integers(-(2**15), 2**15 - 1))),
    some.tuples(some.just("BOOLEAN"), some.lists(some.none() | some.booleans())),
    some.tuples(some.just("DOUBLE PRECISION"), some.lists(some.none() | some.floats(allow_nan=False))),
    some.tuples(some.just("UUID"), some.lists(some.none() | some.uuids().map(lambda each: each.hex))),
)


def test_all_values_come_back(postgres_database: str) -> None:
    with psycopg.connect(postgres_database, autocommit=True) as connection:

        @settings(max_examples=200)
        @given(_COLUMNS)
        def compare(column: tuple[str, list[Any]]) -> None:
            type_, values = column
            row = connection.execute(f"SELECT %s::{type_}[]", (array_of(type_)(values),)).fetchone()
            assert row is not None
            assert [each.hex if isinstance(each, UUID) else each for each in row[0]] == values

        compare()
