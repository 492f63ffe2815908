"""What `headway db check` shows a person."""

from __future__ import annotations

from typing import Any

from headway.cli.formats import format_bytes, format_count, format_percent
from headway.cli.output import Output
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line

UNREAD = ("missing", "not_loaded", "forbidden")
"""Why PostgreSQL's counts of statements cannot be read, where they could be."""


def show_report(report: Any, output: Output) -> None:
    """Verdicts first, then the tables, the largest first, and what PostgreSQL says of its indexes."""
    words = output.words
    asked = ", ".join(report.asked)
    _verdict(output, not report.damages, words("db.sound", asked=asked), [words("db.damaged", what=clean(what)) for what in report.damages])
    missing = [words("db.missing", what=name) for name in (*report.missing_tables, *report.missing_indexes)]
    _verdict(output, not missing, words("db.complete", version=report.version), missing)
    if report.version != report.wanted_version:
        output.line((("! ", "yellow"), (words("db.needed", before=report.version, after=report.wanted_version), "")))
    for index in report.indexes:
        if not index.is_valid:
            output.line((("✗ ", "red"), (words("db.invalid", name=index.name), "")))
        if index.is_bloated:
            bloat = format_percent(index.bloat_bytes, index.size_bytes)
            size = format_bytes(index.size_bytes, output.language)
            output.line((("! ", "yellow"), (words("db.bloated", name=index.name, share=bloat, size=size), "")))
        if index.is_unused:
            since = words("db.ever") if report.counted_since is None else report.counted_since[:16]
            size = format_bytes(index.size_bytes, output.language)
            output.line((("! ", "yellow"), (words("db.unused", name=index.name, size=size, since=since), "")))
    if str(report.totals) in UNREAD:
        output.line((("! ", "yellow"), (words(f"db.totals_{report.totals}"), "")))
    for name in report.reindexed:
        output.say("db.reindexed", name=name)
    _tables(report, output)


def _verdict(output: Output, is_good: bool, good: str, bad: list[str]) -> None:
    if is_good:
        output.line((("✓ ", "green"), (good, "")))
    for text in bad:
        output.line((("✗ ", "red"), (text, "")))


def _tables(report: Any, output: Output) -> None:
    words = output.words
    columns = (
        Column(title=words("db.table"), gives_way=True),
        Column(title=words("db.row_count"), is_right=True),
        Column(title=words("monitor.size"), is_right=True),
    )
    tables = sorted(report.tables, key=lambda table: -(table.size_bytes or 0))
    rows: list[list[Line]] = [
        [line(table.name), line(format_count(table.row_count, output.language)), line(format_bytes(table.size_bytes, output.language))]
        for table in tables
        if table.row_count
    ]
    if rows:
        output.line()
        for content in draw_table(columns, rows, output.size[0] if output.is_terminal else None):
            output.line(content)
