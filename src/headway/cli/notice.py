"""`headway notice`: tell everybody something, or one person; what is told; and taking it back."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

from headway.cli.arguments import add_url, read_duration
from headway.cli.complaints import UsageError
from headway.cli.documents import Document
from headway.cli.exits import Exit
from headway.cli.formats import format_duration
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line
from headway.model.clock import parse_iso
from headway.model.notice import NoticeLevel

COLUMNS = ("notice.id", "notice.level", "notice.for", "notice.left", "notice.title")
STYLES = {NoticeLevel.WARNING: "yellow", NoticeLevel.ERROR: "red"}


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("title", nargs="?", metavar="TEXT", help=words("option.notice.title"))
    parser.add_argument("--level", choices=[level.value for level in NoticeLevel], default="info", help=words("option.notice.level"))
    parser.add_argument("--user", metavar="NAME", help=words("option.notice.user"))
    parser.add_argument("--for", dest="lasts", default="1d", metavar="TIME", help=words("option.notice.lasts"))
    parser.add_argument("--withdraw", metavar="ID", help=words("option.notice.withdraw"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    if args.title is not None and args.withdraw is not None:
        raise UsageError(output.words("notice.one_thing"))
    remote = Remote(args.url)
    if args.title is not None:
        _tell(remote, args, output)
    elif args.withdraw is not None:
        remote.http.request("DELETE", f"/notices/{quote(args.withdraw, safe='')}")
        if output.is_json:
            output.json({"id": args.withdraw})
        else:
            output.line(line(output.words("notice.withdrawn", id=clean(args.withdraw))))
    else:
        _list(output, cast("Document", remote.get("/notices")))
    return Exit.SUCCEEDED


def _tell(remote: Remote, args: argparse.Namespace, output: Output) -> None:
    try:
        seconds = int(read_duration(args.lasts).total_seconds())
    except ValueError:
        raise UsageError(output.words("notice.bad_duration", text=args.lasts)) from None
    wish = {"title": args.title, "level": args.level, "expires_in": seconds, **({"user": args.user} if args.user else {})}
    told = cast("Document", remote.http.request("POST", "/notices", content=wish).json())
    if output.is_json:
        output.json(told)
    else:
        duration = format_duration(seconds, output.language)
        output.line(line(output.words("notice.told", user=_whom(told, output), duration=duration, id=told["id"])))


def _list(output: Output, found: Document) -> None:
    items = cast("list[Document]", found["items"])
    if output.is_json:
        output.json(found)
    elif not items:
        output.note("notice.none")
    else:
        columns = [Column(title=output.words(name), is_right=name == "notice.left", gives_way=name == "notice.title") for name in COLUMNS]
        for content in draw_table(columns, [_row(each, output) for each in items], output.size[0] if output.is_terminal else None):
            output.line(content)


def _row(notice: Document, output: Output) -> list[Line]:
    left = max(0.0, (parse_iso(notice["expires_at"]) - datetime.now(UTC)).total_seconds())
    return [
        line(clean(notice["id"]), "bold"),
        line(notice["level"], STYLES.get(notice["level"], "")),
        line(_whom(notice, output)),
        line(format_duration(left, output.language)),
        line(clean(notice["title"])),
    ]


def _whom(notice: Document, output: Output) -> str:
    return output.words("notice.everybody") if notice["user"] is None else clean(notice["user"])
