"""What `headway db statements` shows: statements that took long, and PostgreSQL's own counts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from headway.cli.db_report import UNREAD
from headway.cli.formats import format_count, format_duration
from headway.cli.output import Output
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line


def statements_to_json(found: Any, limit: int) -> dict[str, Any]:
    return {
        "since": found.since.isoformat(),
        "items": [{"process": one.process, **asdict(one.statement)} for one in found.slow[:limit]],
        "totals": asdict(found.totals),
    }


def show_statements(found: Any, limit: int, output: Output) -> None:
    words, language = output.words, output.language
    slow = found.slow[:limit]
    output.line(line(words("db.slow_title", count=len(slow)) if slow else words("db.slow_none"), "bold"))
    _table(output, ("at", "took", "process", "asked_by", "statement"), [
        [
            one.statement.at[:19].replace("T", " "),
            format_duration(one.statement.seconds, language),
            one.process,
            one.statement.asked_by,
            one.statement.statement,
        ]
        for one in slow
    ], right=(1,), wide=(3, 4))  # fmt: skip
    totals = found.totals
    if str(totals.state) in UNREAD:
        output.line()
        output.line((("! ", "yellow"), (words(f"db.totals_{totals.state}"), "")))
    if totals.items:
        output.line()
        output.line(line(words("db.totals_title"), "bold"))
    _table(output, ("total", "mean", "calls", "rows", "statement"), [
        [
            format_duration(one.total_seconds, language),
            format_duration(one.mean_seconds, language),
            format_count(one.call_count, language),
            format_count(one.row_count, language),
            one.statement,
        ]
        for one in totals.items
    ], right=(0, 1, 2, 3), wide=(4,))  # fmt: skip


def _table(output: Output, names: tuple[str, ...], rows: list[list[str]], *, right: tuple[int, ...], wide: tuple[int, ...]) -> None:
    if not rows:
        return
    columns = [Column(title=output.words(f"db.column_{name}"), is_right=at in right, gives_way=at in wide) for at, name in enumerate(names)]
    cells: list[list[Line]] = [[line(clean(text)) for text in row] for row in rows]
    for content in draw_table(columns, cells, output.size[0] if output.is_terminal else None):
        output.line(content)
