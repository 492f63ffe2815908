"""`headway grant`: who has which role where, giving and taking it; and what somebody may do, and why."""

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
from headway.cli.screen.text import Line, clean, line

COLUMNS = ("grant.id", "grant.whom", "grant.role", "grant.where", "grant.by")


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", nargs="?", choices=ACTS, default="list", help=words("option.grant.act"))
    parser.add_argument("name", nargs="?", metavar="NAME", help=words("option.grant.name"))
    parser.add_argument("--account", metavar="NAME", help=words("option.grant.account"))
    parser.add_argument("--group", metavar="NAME", help=words("option.grant.group"))
    parser.add_argument("--role", metavar="ROLE", help=words("option.grant.role"))
    parser.add_argument("--project", metavar="NAME", help=words("option.grant.project"))
    parser.add_argument("--permission", metavar="PERMISSION", help=words("option.grant.permission"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    options = {"account": "list,add", "group": "list,add", "role": "list", "project": "list,add,show", "permission": "show"}
    check_act(output, args.act, options, args)
    remote = Remote(args.url)
    if args.act == "list":
        query = {"account": args.account, "group": args.group, "role": args.role, "project": args.project, "limit": 200}
        _list(output, cast("Document", remote.get("/grants", **query)))
        return Exit.SUCCEEDED
    name = of_name(output, args.name, args.act)
    if args.act == "add":
        whom = {key: value for key in ("account", "group", "project") if (value := getattr(args, key)) is not None}
        answer = remote.http.request("POST", "/grants", content={"role": name, **whom})
        given = cast("Document", answer.json())
        if answer.status == ASKED:
            tell_asked(given, output)
        elif output.is_json:
            output.json(given)
        else:
            where = _where(given, output)
            output.line(line(output.words("grant.given", role=clean(name), whom=_whom(given, output), where=where, id=given["id"])))
    elif args.act == "remove":
        remote.http.request("DELETE", f"/grants/{quote(name, safe='')}")
        if output.is_json:
            output.json({"id": name})
        else:
            output.line(line(output.words("grant.taken", id=clean(name))))
    else:
        path = f"/accounts/{quote(name, safe='')}/rights"
        _show(output, cast("Document", remote.get(path, permission=args.permission, project=args.project)))
    return Exit.SUCCEEDED


def _list(output: Output, found: Document) -> None:
    items = cast("list[Document]", found["items"])
    if output.is_json:
        output.json(found)
    elif not items:
        output.note("grant.none")
    else:
        show_table(output, COLUMNS, [_row(each, output) for each in items], gives_way="grant.by")


def _row(grant: Document, output: Output) -> list[Line]:
    return [
        line(clean(grant["id"]), "bold"),
        line(_whom(grant, output)),
        line(clean(grant["role"])),
        line(_where(grant, output)),
        line(clean(grant["created_by"])),
    ]


def _show(output: Output, rights: Document) -> None:
    if output.is_json:
        output.json(rights)
        return
    name = clean(rights["account"])
    output.line(line(name if rights["is_active"] else output.words("grant.disabled", account=name), "bold"))
    if not rights["grants"]:
        output.note("grant.none")
    for grant in cast("list[Document]", rights["grants"]):
        through = clean(grant["group"]) if grant["group"] else output.words("grant.own")
        output.line(line(f"{clean(grant['role'])}  {_where(grant, output)}  {through}  {clean(grant['id'])}"))
        output.line(line(f"  {clean(', '.join(grant['permissions']))}"))


def _whom(grant: Document, output: Output) -> str:
    return clean(grant["account"]) if grant["account"] else output.words("grant.of_group", group=clean(grant["group"]))


def _where(grant: Document, output: Output) -> str:
    return clean(grant["project"]) if grant["project"] else output.words("grant.everywhere")
