"""`headway role`: which roles there are, what they hold, and making one's own."""

from __future__ import annotations

import argparse
from typing import cast
from urllib.parse import quote

from headway.cli.access_words import ACTS, check_act, of_name, show_table
from headway.cli.approvals import ASKED, tell_asked
from headway.cli.arguments import add_url
from headway.cli.documents import Document
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.text import clean, line

COLUMNS = ("role.name", "role.count", "role.inherits", "role.description")


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", nargs="?", choices=ACTS, default="list", help=words("option.role.act"))
    parser.add_argument("name", nargs="?", metavar="NAME", help=words("option.role.name"))
    parser.add_argument("--permission", action="append", metavar="PERMISSION", help=words("option.role.permission"))
    parser.add_argument("--inherits", action="append", metavar="ROLE", help=words("option.role.inherits"))
    parser.add_argument("--description", metavar="TEXT", help=words("option.role.description"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    check_act(output, args.act, dict.fromkeys(("permission", "inherits", "description"), "add"), args)
    remote = Remote(args.url)
    if args.act == "list":
        _list(output, cast("Document", remote.get("/roles")))
        return Exit.SUCCEEDED
    name = of_name(output, args.name, args.act)
    path = f"/roles/{quote(name, safe='')}"
    if args.act == "remove":
        remote.http.request("DELETE", path)
        if output.is_json:
            output.json({"name": name})
        else:
            output.line(line(output.words("role.deleted", name=clean(name))))
    elif args.act == "show":
        _show(output, cast("Document", remote.get(path)))
    else:
        wish: Document = {"description": args.description or "", "permissions": args.permission or [], "inherits": args.inherits or []}
        answer = remote.http.request("PUT", path, content=wish)
        if answer.status == ASKED:
            tell_asked(answer.json(), output)
        else:
            _show(output, cast("Document", answer.json()))
    return Exit.SUCCEEDED


def _list(output: Output, found: Document) -> None:
    if output.is_json:
        output.json(found)
        return
    rows = [
        [
            line(clean(each["name"]), "" if each["is_built_in"] else "bold"),
            line(str(len(each["holds"]))),
            line(clean(", ".join(each["inherits"])) or "–"),
            line(output.words("role.built_in") if each["is_built_in"] else clean(each["description"])),
        ]
        for each in cast("list[Document]", found["items"])
    ]
    show_table(output, COLUMNS, rows, gives_way="role.description", right="role.count")


def _show(output: Output, role: Document) -> None:
    if output.is_json:
        output.json(role)
        return
    output.line(line(clean(role["name"]), "bold"))
    if role["description"]:
        output.line(line(clean(role["description"])))
    if role["inherits"]:
        output.line(line(output.words("role.inherits_from", roles=clean(", ".join(role["inherits"])))))
    for permission in role["holds"]:
        output.line(line(f"  {clean(permission)}"))
