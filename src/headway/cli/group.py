"""`headway group`: which groups there are, who is in them, and changing that."""

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
from headway.model.errors import GroupExists
from headway.sdk.http import Answer

COLUMNS = ("group.name", "group.count", "group.description")


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", nargs="?", choices=ACTS, default="list", help=words("option.group.act"))
    parser.add_argument("name", nargs="?", metavar="NAME", help=words("option.group.name"))
    parser.add_argument("members", nargs="*", metavar="ACCOUNT", help=words("option.group.members"))
    parser.add_argument("--description", metavar="TEXT", help=words("option.group.description"))
    parser.add_argument("--account", metavar="NAME", help=words("option.group.account"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    check_act(output, args.act, {"description": "add", "account": "list"}, args)
    remote = Remote(args.url)
    if args.act == "list":
        _list(output, cast("Document", remote.get("/groups", account=args.account, limit=200)))
        return Exit.SUCCEEDED
    name = of_name(output, args.name, args.act)
    path = f"/groups/{quote(name, safe='')}"
    if args.act == "remove" and not args.members:
        remote.http.request("DELETE", path)
        if output.is_json:
            output.json({"name": name})
        else:
            output.line(line(output.words("group.deleted", name=clean(name))))
        return Exit.SUCCEEDED
    if args.act == "show":
        _show(output, cast("Document", remote.get(path)))
        return Exit.SUCCEEDED
    answer = _add(remote, path, name, args) if args.act == "add" else remote.http.request("PATCH", path, content={"remove": args.members})
    if answer.status == ASKED:
        tell_asked(answer.json(), output)
    else:
        _show(output, cast("Document", answer.json()))
    return Exit.SUCCEEDED


def _add(remote: Remote, path: str, name: str, args: argparse.Namespace) -> Answer:
    """Made, or, where it is there, with more members."""
    about = {} if args.description is None else {"description": args.description}
    try:
        wish = {"name": name, "members": args.members, **about}
        return remote.http.request("POST", "/groups", content=wish)
    except GroupExists:
        return remote.http.request("PATCH", path, content={"add": args.members, **about})


def _list(output: Output, found: Document) -> None:
    items = cast("list[Document]", found["items"])
    if output.is_json:
        output.json(found)
    elif not items:
        output.note("group.none")
    else:
        rows = [[line(clean(each["name"]), "bold"), line(str(len(each["members"]))), line(clean(each["description"]))] for each in items]
        show_table(output, COLUMNS, rows, gives_way="group.description", right="group.count")


def _show(output: Output, group: Document) -> None:
    if output.is_json:
        output.json(group)
        return
    output.line(line(clean(group["name"]), "bold"))
    if group["description"]:
        output.line(line(clean(group["description"])))
    output.line(line(output.words("group.members", members=", ".join(map(clean, group["members"])) or "–")))
