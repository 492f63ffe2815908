"""`headway connections`: who is connected to the live gateway, and how to end one, or all that are stale."""

from __future__ import annotations

import argparse
from typing import cast
from urllib.parse import quote

from headway.cli.arguments import add_url, whole
from headway.cli.documents import Document
from headway.cli.exits import Exit
from headway.cli.formats import format_count, format_duration
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line

SHOWN = 100
MOST = 1_000
COLUMNS = ("id", "user", "node", "transport", "address", "channels", "lag", "age", "unread")
FIGURES = ("lag", "age", "unread")


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--end", metavar="ID", help=words("option.connections.end"))
    act.add_argument("--sweep", action="store_true", help=words("option.connections.sweep"))
    parser.add_argument("--sort", choices=("lag", "age"), default="lag", help=words("option.connections.sort"))
    parser.add_argument("--limit", type=whole(1, MOST), default=SHOWN, metavar="N", help=words("option.connections.limit"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    if args.end is not None:
        ended = cast("Document", remote.http.request("DELETE", f"/live/connections/{quote(args.end, safe='')}").json())
        _say(output, ended, "connections.ended", id=clean(args.end), user=clean(ended["user"] or "?"))
    elif args.sweep:
        swept = cast("Document", remote.http.request("POST", "/live/connections/sweeps", content={}).json())
        _say(output, swept, "connections.swept", count=swept["ended_count"] + swept.get("asked_count", 0))
    else:
        _list(output, cast("Document", remote.get("/live/connections", sort=f"-{args.sort}", limit=args.limit)))
    return Exit.SUCCEEDED


def _say(output: Output, document: Document, sentence: str, **values: object) -> None:
    if output.is_json:
        output.json(document)
    else:
        output.line(line(output.words(sentence, **values)))


def _list(output: Output, found: Document) -> None:
    items = cast("list[Document]", found["items"])
    if output.is_json:
        output.json(found)
    elif not items:
        output.note("connections.none")
    else:
        words = output.words
        columns = [Column(title=words(f"connections.{name}"), is_right=name in FIGURES, gives_way=name == "channels") for name in COLUMNS]
        for content in draw_table(columns, [_row(each, output) for each in items], output.size[0] if output.is_terminal else None):
            output.line(content)
        if found["total"] > len(items):
            output.line(line(words("connections.more", count=found["total"] - len(items)), "dim"))


def _row(connection: Document, output: Output) -> list[Line]:
    channels = cast("list[str]", connection["channels"])
    more = connection["channel_count"] - len(channels)
    style = "yellow" if connection["is_stale"] else ""
    unread = connection["unread_seconds"]
    return [
        line(clean(connection["id"]), "bold"),
        line(clean(connection["user"] or "–")),
        line(clean(connection.get("node") or "–")),
        line(clean(connection["transport"])),
        line(clean(connection["address"] or "–")),
        line(clean(" ".join(channels) + (f" +{more}" if more else "")), "dim"),
        line(format_count(connection["lag_lines"], output.language), style),
        line(format_duration(connection["age_seconds"], output.language)),
        line("–" if not unread else format_duration(unread, output.language), style),
    ]
