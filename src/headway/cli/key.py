"""`headway key`: API keys for programs: make, list, rotate and revoke them."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote

from headway.cli.arguments import add_url, read_duration, whole
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

ACTS = ("create", "list", "rotate", "revoke")
COLUMNS = ("key.id", "key.prefix", "key.name", "key.owner", "key.scopes", "key.left", "key.used")


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", nargs="?", choices=ACTS, default="list", help=words("option.key.act"))
    parser.add_argument("which", nargs="?", metavar="NAME|ID", help=words("option.key.which"))
    parser.add_argument("--scope", dest="scopes", action="append", default=[], metavar="SCOPE", help=words("option.key.scope"))
    parser.add_argument("--days", type=whole(1, 400), default=None, metavar="N", help=words("option.key.days"))
    parser.add_argument("--grace", metavar="TIME", default=None, help=words("option.key.grace"))
    parser.add_argument("--all", action="store_true", help=words("option.key.all"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    if args.act != "list" and args.which is None:
        raise UsageError(output.words("key.which_missing", act=args.act))
    if args.act == "create" and not args.scopes:
        raise UsageError(output.words("key.scope_missing"))
    remote = Remote(args.url)
    match args.act:
        case "create":
            _show_once(_post(remote, "/keys", {"name": args.which, "scopes": args.scopes, **_days(args)}), output)
        case "rotate":
            _show_once(_post(remote, f"{_path(args)}/rotation", {**_grace(args, output), **_days(args)}), output)
        case "revoke":
            revoked = cast("Document", remote.http.request("DELETE", _path(args)).json())
            if output.is_json:
                output.json(revoked)
            else:
                output.line(line(output.words("key.revoked", name=clean(revoked["name"]))))
        case _:
            _list(output, cast("Document", remote.get("/keys", is_all=args.all, limit=1_000)))
    return Exit.SUCCEEDED


def _post(remote: Remote, path: str, wish: Any) -> Document:
    return cast("Document", remote.http.request("POST", path, content=wish).json())


def _path(args: argparse.Namespace) -> str:
    return f"/keys/{quote(args.which, safe='')}"


def _days(args: argparse.Namespace) -> Document:
    return {} if args.days is None else {"days": args.days}


def _grace(args: argparse.Namespace, output: Output) -> Document:
    if args.grace is None:
        return {}
    try:
        return {"grace_seconds": 0 if args.grace == "0" else int(read_duration(args.grace).total_seconds())}
    except ValueError:
        raise UsageError(output.words("key.bad_grace", text=args.grace)) from None


def _show_once(made: Document, output: Output) -> None:
    """The key alone on standard output, so that it can be piped into where it is kept."""
    if output.is_json:
        output.json(made)
    else:
        output.line(made["key"])
        output.note("key.made", name=clean(made["name"]), id=made["id"], left=format_duration(_left(made["expires_at"]), output.language))


def _list(output: Output, found: Document) -> None:
    items = cast("list[Document]", found["items"])
    if output.is_json:
        output.json(found)
    elif not items:
        output.note("key.none")
    else:
        columns = [Column(title=output.words(name), is_right=name == "key.left", gives_way=name == "key.scopes") for name in COLUMNS]
        for content in draw_table(columns, [_row(each, output) for each in items], output.size[0] if output.is_terminal else None):
            output.line(content)


def _row(key: Document, output: Output) -> list[Line]:
    left = _left(key["expires_at"])
    is_good = key["revoked_at"] is None and left > 0
    state = format_duration(left, output.language) if is_good else output.words("key.ended")
    return [
        line(clean(key["id"]), "bold" if is_good else "dim"),
        line(clean(key["prefix"])),
        line(clean(key["name"])),
        line(clean(key["owner"])),
        line(clean(" ".join(cast("list[str]", key["scopes"]))), "dim"),
        line(state, "" if is_good else "dim"),
        line("–" if key["used_at"] is None else clean(key["used_at"][:16].replace("T", " "))),
    ]


def _left(moment: str) -> float:
    return max(0.0, (parse_iso(moment) - datetime.now(UTC)).total_seconds())
