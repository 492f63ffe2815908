"""`headway secret`: which secrets there are; set one, delete one, encrypt them again.

A value comes from standard input or a prompt: what is an argument stands in the history of the shell, and other users can read it."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import cast
from urllib.parse import quote

from headway.cli.arguments import add_url
from headway.cli.complaints import UsageError
from headway.cli.documents import Document
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line

ACTS = ("list", "set", "delete", "rotate")
COLUMNS = ("secret.name", "secret.project", "secret.version", "secret.set_at", "secret.set_by", "secret.key")


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", nargs="?", choices=ACTS, default="list", help=words("option.secret.act"))
    parser.add_argument("name", nargs="?", metavar="NAME", help=words("option.secret.name"))
    parser.add_argument("--project", metavar="NAME", help=words("option.secret.project"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    if (args.name is not None) != (args.act in {"set", "delete"}):
        raise UsageError(output.words("secret.name_missing" if args.name is None else "secret.no_name", act=args.act))
    if args.project is not None and args.act == "rotate":
        raise UsageError(output.words("secret.all_rotate"))
    remote = Remote(args.url)
    match args.act:
        case "set":
            _set(remote, args, output)
        case "delete":
            remote.http.request("DELETE", f"/secrets/{quote(args.name, safe='')}", query={"project": args.project})
            _said(output, {"name": args.name, "project": args.project}, "secret.deleted")
        case "rotate":
            rotated = cast("Document", remote.http.request("POST", "/secrets/rotations", content={}).json())
            _said(output, rotated, "secret.rotated")
        case _:
            _list(remote, args, output)
    return Exit.SUCCEEDED


def _set(remote: Remote, args: argparse.Namespace, output: Output) -> None:
    value = _value(output)
    wish = {"value": value, "project": args.project}
    kept = cast("Document", remote.http.request("PUT", f"/secrets/{quote(args.name, safe='')}", content=wish).json())
    _said(output, kept, "secret.set")


def _value(output: Output) -> str:
    """One newline at its end is that of `echo`, and no part of it."""
    if sys.stdin.isatty():
        value = getpass.getpass(output.words("secret.prompt"))
        if value != getpass.getpass(output.words("secret.prompt_again")):
            raise UsageError(output.words("secret.not_the_same"))
    else:
        value = sys.stdin.read().removesuffix("\n")
    if not value:
        raise UsageError(output.words("secret.no_value"))
    return value


def _list(remote: Remote, args: argparse.Namespace, output: Output) -> None:
    found = cast("Document", remote.get("/secrets"))
    if args.project is not None:
        found = {**found, "items": [each for each in found["items"] if each["project"] in {None, args.project}]}
    items = cast("list[Document]", found["items"])
    if output.is_json:
        output.json(found)
    elif not items:
        output.note("secret.none")
    else:
        columns = [Column(title=output.words(name), is_right=name == "secret.version") for name in COLUMNS]
        for content in draw_table(columns, [_row(each, output) for each in items], output.size[0] if output.is_terminal else None):
            output.line(content)


def _row(secret: Document, output: Output) -> list[Line]:
    return [
        line(clean(secret["name"]), "bold"),
        line(clean(secret["project"] or output.words("secret.of_all"))),
        line(str(secret["version"])),
        line(clean(secret["set_at"])),
        line(clean(secret["set_by"])),
        line(output.words("secret.current" if secret["is_current"] else "secret.older"), "" if secret["is_current"] else "yellow"),
    ]


def _said(output: Output, document: Document, key: str) -> None:
    if output.is_json:
        output.json(document)
    else:
        output.line(line(output.words(key, **{name: clean(str(value)) for name, value in document.items()})))
