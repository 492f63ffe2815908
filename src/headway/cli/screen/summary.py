"""What stands at the end: how it went, how long it took, the result, the artifacts, and the proof that nothing is missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from headway.cli.formats import format_bytes, format_duration, format_lines, format_value
from headway.cli.messages import Words
from headway.cli.screen.entries import error_text
from headway.cli.screen.state import state_line
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, cells, clean, join, line, pad

RESULT_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A run that has ended, as far as it is shown."""

    run: str
    view: dict[str, Any]
    state: str
    line_count: int
    is_complete: bool
    duration_seconds: float | None = None
    has_result: bool = False
    result: Any = None
    error: dict[str, Any] | None = None
    artifacts: Sequence[dict[str, Any]] = field(default_factory=tuple)


def summary_lines(ending: Ending, width: int, words: Words) -> list[Line]:
    lines = [_outcome(ending, words)]
    if ending.error and ending.state != "succeeded":
        lines.extend(_error(ending, words))
    if ending.has_result:
        lines.append(line(words("summary.result"), "dim"))
        lines.extend(_indented(value_lines(ending.result, width - 2, words)))
    if ending.artifacts:
        lines.append(line(words("summary.artifacts"), "dim"))
        lines.extend(_indented(_artifacts(ending.artifacts, width - 2, words)))
    lines.append(_proof(ending, words))
    return lines


def _outcome(ending: Ending, words: Words) -> Line:
    parts: list[Line] = [state_line(ending.state, words.language, is_bold=True), line(clean(ending.view.get("name", "")), "bold")]
    if ending.duration_seconds is not None:
        parts.append(line(words("summary.took", duration=format_duration(ending.duration_seconds, words.language))))
    if ending.view.get("attempt", 0) > 1:
        parts.append(line(words("frame.attempt", attempt=ending.view["attempt"]), "yellow"))
    return join(parts, ("  ", ""))


def _error(ending: Ending, words: Words) -> list[Line]:
    error = ending.error or {}
    lines = [line("  " + error_text(error), "red")]
    hint = words.find(f"hint.{error.get('code')}")
    return [*lines, line("  " + hint, "")] if hint else lines


def _indented(lines: Sequence[Line]) -> list[Line]:
    return [(("  ", ""), *content) for content in lines]


def _proof(ending: Ending, words: Words) -> Line:
    count = format_lines(ending.line_count, words.language)
    if ending.is_complete:
        return ((count + words("summary.complete") + " ", "dim"), ("✓", "green"))
    return ((count + words("summary.incomplete", run=ending.run), "yellow"),)


def type_text(artifact: dict[str, Any], words: Words) -> str:
    """Its media type, and what it is not although it is called so."""
    text = clean(artifact.get("media_type") or "")
    stated = artifact.get("stated_type")
    return words("summary.stated", type=text, stated=clean(stated)) if stated else text


def _artifacts(artifacts: Sequence[dict[str, Any]], width: int, words: Words) -> list[Line]:
    rows = [
        (
            line(clean(artifact.get("name", ""))),
            line(format_bytes(artifact.get("size_bytes"))),
            line(type_text(artifact, words), "dim"),
        )
        for artifact in artifacts
    ]
    columns = (Column(title="", gives_way=True), Column(title="", is_right=True), Column(title="", gives_way=True))
    return draw_table(columns, rows, width)[1:]


def value_lines(value: Any, width: int, words: Words) -> list[Line]:
    """A JSON value for people: a flat object as names and values, a list of flat objects as a table, all else as JSON."""
    if isinstance(value, dict) and value and all(_is_flat(item) for item in cast("dict[str, Any]", value).values()):
        return _cut_long(_facts(cast("dict[str, Any]", value), words), words)
    if _is_table(value):
        return _cut_long(_rows(cast("list[dict[str, Any]]", value), width, words), words)
    if isinstance(value, dict) and value:
        return _cut_long(_nested(cast("dict[str, Any]", value), width, words), words)
    if isinstance(value, str):
        return _cut_long([line(clean(text)) for text in value.split("\n")], words)
    return _cut_long([line(clean(text)) for text in json.dumps(value, ensure_ascii=False, indent=2).split("\n")], words)


def _is_flat(value: Any) -> bool:
    """Whether it fits into one cell: a scalar, or a short list of them."""
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return len(items) <= 10 and not any(isinstance(item, list) for item in items) and all(map(_is_flat, items))
    return value is None or (isinstance(value, str | int | float | bool) and len(str(value)) <= 200 and "\n" not in str(value))


def _is_table(value: Any) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in cast("list[Any]", value)):
        return False
    rows = cast("list[dict[str, Any]]", value)
    return 0 < len(rows[0]) <= 8 and all(row.keys() == rows[0].keys() and all(map(_is_flat, row.values())) for row in rows)


def _facts(facts: dict[str, Any], words: Words) -> list[Line]:
    wide = min(30, max(cells(clean(key)) for key in facts))
    return [((pad(clean(key), wide) + "  ", "dim"), (clean(format_value(value, words.language)), "")) for key, value in facts.items()]


def _rows(rows: list[dict[str, Any]], width: int, words: Words) -> list[Line]:
    columns = [Column(title=clean(key), gives_way=True, is_right=all(isinstance(row[key], int | float) for row in rows)) for key in rows[0]]
    drawn = [[line(clean(format_value(value, words.language))) for value in row.values()] for row in rows]
    return draw_table(columns, drawn, width)


def _nested(value: dict[str, Any], width: int, words: Words) -> list[Line]:
    """An object with parts: what is flat first, then each part under its name."""
    lines = _facts(flat, words) if (flat := {key: item for key, item in value.items() if _is_flat(item)}) else []
    for key, item in value.items():
        if not _is_flat(item):
            lines.append(line(clean(key), "dim"))
            is_flat = isinstance(item, dict) and all(map(_is_flat, cast("dict[str, Any]", item).values()))
            if (is_flat and item) or _is_table(item):
                lines.extend(_indented(value_lines(item, width - 2, words)))
            else:
                lines.extend(_indented([line(clean(text)) for text in json.dumps(item, ensure_ascii=False, indent=2).split("\n")]))
    return lines


def _cut_long(lines: list[Line], words: Words) -> list[Line]:
    more = len(lines) - RESULT_LINES
    return [*lines[:RESULT_LINES], line(words("summary.more", count=more), "dim")] if more > 1 else lines
