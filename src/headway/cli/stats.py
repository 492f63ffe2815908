"""`headway stats`: how runs went, apart by task unless asked otherwise."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from headway.cli.arguments import add_url
from headway.cli.documents import part
from headway.cli.exits import Exit
from headway.cli.formats import NOTHING, format_count, format_duration, format_number, format_state
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Document, Remote
from headway.cli.screen.table import Column, draw_table, least_width
from headway.cli.screen.text import Line, clean, line
from headway.model.clock import parse_iso

BY = ("task", "user", "project", "state")
_BACK = re.compile(r"(\d{1,4})([mhdw])")
_CAN_BE_DONE_WITHOUT = (8, 5, 7, 6)
"""Columns that a narrow terminal goes without, so that the names of tasks can be read: per hour, the usual wait, tries, the long wait."""
_SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--by", choices=BY, default="task", help=words("option.stats.by"))
    parser.add_argument("--since", type=since, default=None, metavar="TIME", help=words("option.stats.since"))
    parser.add_argument("--task", help=words("option.stats.task"))
    parser.add_argument("--project", help=words("option.stats.project"))
    parser.add_argument("--user", help=words("option.stats.user"))
    add_url(parser, words)


def since(text: str) -> str:
    """``24h`` before now, or a date and time."""
    back = _BACK.fullmatch(text)
    if back:
        return (datetime.now(UTC) - timedelta(seconds=int(back[1]) * _SECONDS[back[2]])).isoformat()
    return parse_iso(text).astimezone(UTC).isoformat()


def run(args: argparse.Namespace, output: Output) -> int:
    query = {"by": args.by, "from": args.since, "task": args.task, "project": args.project, "user": args.user}
    said = Remote(args.url).statistics(**query)
    if output.is_json:
        output.json(said)
        return Exit.SUCCEEDED
    if not said["total"]["count"]:
        output.note("stats.none")
        return Exit.SUCCEEDED
    for content in draw_statistics(said, args.by, output):
        output.line(content)
    if not said["is_complete"]:
        output.note("stats.incomplete")
    return Exit.SUCCEEDED


def draw_statistics(said: Document, by: str, output: Output) -> list[Line]:
    words = output.words
    names = ("runs", "succeeded", "duration", "duration_long", "wait", "wait_long", "tries", "per_hour")
    columns = [Column(title=words(f"stats.{by}"), gives_way=True), *[Column(title=words(f"stats.{name}"), is_right=True) for name in names]]
    groups: list[Document] = said["groups"]
    rows = [[_name(group, by, output), *_row(group, output)] for group in groups]
    if by == "state":
        # Durations, waits and tries are told of all states together.
        columns = [columns[0], columns[1], columns[-1]]
        rows = [[row[0], row[1], row[-1]] for row in rows]
    elif len(rows) > 1:
        rows.append([line(words("stats.total"), "bold"), *_row(said["total"], output)])
    width = output.size[0] if output.is_terminal else None
    kept = list(range(len(columns)))
    for least in _CAN_BE_DONE_WITHOUT:
        if width is None or least_width([columns[at] for at in kept], [[row[at] for at in kept] for row in rows]) <= width:
            break
        kept = [at for at in kept if at != least]
    return draw_table([columns[at] for at in kept], [[row[at] for at in kept] for row in rows], width)


def _name(group: Document, by: str, output: Output) -> Line:
    key = group["key"]
    if key is None:
        return line(output.words("stats.none_of_task"), "dim")
    return line(format_state(key, output.language) if by == "state" else clean(key))


def _row(group: Document, output: Output) -> list[Line]:
    rate = group["success_rate"]
    spreads: list[dict[str, Any]] = [part(group, "duration_seconds"), part(group, "queue_seconds")]
    times = [line(format_duration(spread[name], output.language)) for spread in spreads for name in ("p50", "p95")]
    return [
        line(format_count(group["count"])),
        line(NOTHING if rate is None else f"{rate:.1%}", "red" if rate is not None and rate < 0.5 else ""),
        *times,
        line(format_count(group["failed_attempts"] + group["lost_attempts"])),
        line(format_number(group["per_hour"])),
    ]
