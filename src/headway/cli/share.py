"""`headway share`: a link by which people without an account see one run; which there are of it; and taking one back."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
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
from headway.model.clock import parse_iso

COLUMNS = ("share.id", "share.whom", "share.by", "share.left", "share.opened")
FIGURES = ("share.left", "share.opened")


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("run", metavar="RUN", help=words("option.share.run"))
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--list", action="store_true", help=words("option.share.list"))
    act.add_argument("--revoke", metavar="ID", help=words("option.share.revoke"))
    act.add_argument("--label", default=None, metavar="TEXT", help=words("option.share.label"))
    parser.add_argument("--days", type=whole(1, 90), default=7, metavar="N", help=words("option.share.days"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    path = f"/runs/{quote(args.run, safe='')}/share-links"
    if args.list:
        _list(output, cast("Document", remote.get(path)))
    elif args.revoke is not None:
        remote.http.request("DELETE", f"{path}/{quote(args.revoke, safe='')}")
        if output.is_json:
            output.json({"id": args.revoke})
        else:
            output.line(line(output.words("share.revoked", id=clean(args.revoke))))
    else:
        wish = {"label": args.label or output.words("share.label"), "days": args.days}
        made = cast("Document", remote.http.request("POST", path, content=wish).json())
        if output.is_json:
            output.json(made)
        else:
            output.line(made["url"])
            output.note("share.made", left=format_duration(_left(made["expires_at"]), output.language), id=made["id"], run=clean(args.run))
    return Exit.SUCCEEDED


def _list(output: Output, found: Document) -> None:
    items = cast("list[Document]", found["items"])
    if output.is_json:
        output.json(found)
    elif not items:
        output.note("share.none")
    else:
        columns = [Column(title=output.words(name), is_right=name in FIGURES, gives_way=name == "share.whom") for name in COLUMNS]
        for content in draw_table(columns, [_row(each, output) for each in items], output.size[0] if output.is_terminal else None):
            output.line(content)


def _row(link: Document, output: Output) -> list[Line]:
    left = _left(link["expires_at"])
    is_good = link["revoked_at"] is None and left > 0
    return [
        line(clean(link["id"]), "bold" if is_good else "dim"),
        line(clean(link["label"])),
        line(clean(link["created_by"])),
        line(format_duration(left, output.language) if is_good else output.words("share.ended"), "" if is_good else "dim"),
        line(format_count(link["opened_count"], output.language)),
    ]


def _left(moment: str) -> float:
    return max(0.0, (parse_iso(moment) - datetime.now(UTC)).total_seconds())
