"""Columns as PostgreSQL's array literals (its manual, 8.15.2): written here, for the driver's own way takes ten times as long."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Write = Callable[[Iterable[Any]], str]
"""A column's values, in the database's form, as an array literal."""


def array_of(type_: str) -> Write:
    """How arrays of this type of PostgreSQL are written. Raises `ValueError` for one that no table of ours has."""
    return _WRITERS[type_]


def _plain(values: Iterable[Any]) -> str:
    """Of what needs no quotation marks: numbers, truth values, the digits of ids."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _texts(values: Iterable[Any]) -> str:
    return "{" + ",".join(["NULL" if value is None else _quoted(value) for value in values]) + "}"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _bytes(values: Iterable[Any]) -> str:
    return "{" + ",".join(["NULL" if value is None else f'"\\\\x{value.hex()}"' for value in values]) + "}"


_WRITERS: dict[str, Write] = {
    "BIGINT": _plain, "INTEGER": _plain, "SMALLINT": _plain, "BOOLEAN": _plain, "DOUBLE PRECISION": _plain, "UUID": _plain,
    "TEXT": _texts, "BYTEA": _bytes,
}  # fmt: skip
