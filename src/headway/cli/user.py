"""`headway user`: accounts of people: made, listed, disabled, and the links with which their owners set a password."""

from __future__ import annotations

import argparse
import sys
from typing import Any, cast
from urllib.parse import quote

from headway.cli.approvals import tell_asked
from headway.cli.arguments import add_url
from headway.cli.complaints import UsageError
from headway.cli.documents import Document
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line

ACTS = ("list", "add", "show", "link", "unlink", "drop-factor", "disable", "enable", "unlock")
COLUMNS = ("user.name", "user.state", "user.signs_in", "user.email", "user.display_name")
CHANGES: dict[str, tuple[dict[str, bool], str]] = {
    "disable": ({"is_active": False}, "user.disabled"),
    "enable": ({"is_active": True}, "user.enabled"),
    "unlock": ({"is_locked": False}, "user.unlocked"),
}
"""What each changes, and what is said of it."""
PAGE = 200
LISTED_LIMIT = 1_000
PASSWORD_LIMIT = 4_096
"""Characters read from standard input; the server says how long one may be."""
_OF_ADD = {
    "display_name": "--display-name",
    "email": "--email",
    "role": "--role",
    "project": "--project",
    "is_password_given": "--password-stdin",
}


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", choices=ACTS, help=words("option.user.act"))
    parser.add_argument("name", nargs="?", metavar="NAME", help=words("option.user.name"))
    parser.add_argument("--display-name", metavar="TEXT", help=words("option.user.display_name"))
    parser.add_argument("--email", metavar="ADDRESS", help=words("option.user.email"))
    parser.add_argument("--role", metavar="ROLE", help=words("option.user.role"))
    parser.add_argument("--project", metavar="PROJECT", help=words("option.user.project"))
    parser.add_argument("--password-stdin", dest="is_password_given", action="store_true", help=words("option.user.password"))
    parser.add_argument("--identity", metavar="ID", help=words("option.user.identity"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    _check_usage(args, output)
    remote = Remote(args.url)
    match args.act:
        case "list":
            _list(remote, args.name, output)
        case "add":
            _add(remote, args, output)
        case "show":
            _show(cast("Document", remote.get(_address(args.name))), output)
        case "link":
            link = cast("Document", remote.http.request("POST", f"{_address(args.name)}/password-links").json())
            _tell(output, link, lambda: _say_link(output, args.name, link))
        case "unlink":
            remote.http.request("DELETE", f"{_address(args.name)}/identities/{quote(args.identity, safe='')}")
            _tell(output, {"account": args.name, "identity": args.identity}, lambda: output.say("user.unlinked", name=clean(args.name)))
        case "drop-factor":
            remote.http.request("DELETE", f"{_address(args.name)}/second-factor")
            _tell(output, {"account": args.name}, lambda: output.say("user.factor_dropped", name=clean(args.name)))
        case _:
            change, says = CHANGES[args.act]
            changed = cast("Document", remote.http.request("PATCH", _address(args.name), content=change).json())
            _tell(output, changed, lambda: output.line(output.words(says, name=clean(args.name))))
    return Exit.SUCCEEDED


def _check_usage(args: argparse.Namespace, output: Output) -> None:
    if args.name is None and args.act != "list":
        raise UsageError(output.words("user.name_missing", act=args.act))
    if (args.identity is not None) != (args.act == "unlink"):
        raise UsageError(output.words("user.identity_missing"))
    if args.act != "add":
        for name, spelled in _OF_ADD.items():
            if getattr(args, name) not in {None, False}:
                raise UsageError(output.words("user.option_of_add", option=spelled))


def _address(name: str) -> str:
    return f"/accounts/{quote(name, safe='')}"


def _tell(output: Output, document: Document, say: Any) -> None:
    if output.is_json:
        output.json(document)
    else:
        say()


def _add(remote: Remote, args: argparse.Namespace, output: Output) -> None:
    wish = {"name": args.name, "display_name": args.display_name, "email": args.email, "role": args.role, "project": args.project}
    wish = {name: value for name, value in wish.items() if value is not None}
    if args.is_password_given:
        wish["password"] = _password(output)
    made = cast("Document", remote.http.request("POST", "/accounts", content=wish).json())
    if output.is_json:
        output.json(made)
        return
    output.say("user.made", name=clean(made["name"]))
    if made["link"] is not None:
        _say_link(output, made["name"], made["link"])
    if made["approval"] is not None:
        tell_asked(made["approval"], output)
    if args.role is None:
        output.note("user.no_role", name=clean(made["name"]))


def _password(output: Output) -> str:
    """The first line of standard input, without its end: never an argument, which others can read."""
    given = sys.stdin.readline(PASSWORD_LIMIT).rstrip("\r\n")
    if not given:
        raise UsageError(output.words("user.no_password"))
    return given


def _say_link(output: Output, name: str, link: Document) -> None:
    output.line(link["url"])
    output.note("user.link", name=clean(name), until=clean(link["expires_at"]))


def _show(account: Document, output: Output) -> None:
    if output.is_json:
        output.json(account)
        return
    for content in draw_table(_columns(output), [_row(account, output)], output.size[0] if output.is_terminal else None):
        output.line(content)
    for identity in account["identities"]:
        output.say("user.identity", issuer=clean(identity["issuer"]), subject=clean(identity["subject"]), id=clean(identity["id"]))


def _list(remote: Remote, text: str | None, output: Output) -> None:
    items: list[Document] = []
    cursor: str | None = None
    while len(items) < LISTED_LIMIT:
        found = cast("Document", remote.get("/accounts", q=text, limit=PAGE, cursor=cursor))
        items += found["items"]
        cursor = found["next_cursor"]
        if cursor is None:
            break
    if output.is_json:
        output.json({"items": items, "next_cursor": cursor, "total": None})
    elif not items:
        output.note("user.none")
    else:
        rows = [_row(each, output) for each in items]
        for content in draw_table(_columns(output), rows, output.size[0] if output.is_terminal else None):
            output.line(content)
        if cursor is not None:
            output.note("user.more", count=len(items))


def _columns(output: Output) -> list[Column]:
    return [Column(title=output.words(name), gives_way=name in {"user.display_name", "user.email"}) for name in COLUMNS]


def _row(account: Document, output: Output) -> list[Line]:
    if not account["is_active"]:
        state = line(output.words("user.is_disabled"), "dim")
    elif account["locked_until"] is not None:
        state = line(output.words("user.is_locked"), "yellow")
    else:
        state = line(output.words("user.is_active"), "green")
    way = output.words(
        "user.by_code" if account["has_second_factor"] else "user.by_password" if account["has_password"] else "user.otherwise"
    )
    return [
        line(clean(account["name"]), "bold"),
        state,
        line(way),
        line(clean(account["email"] or "")),
        line(clean(account["display_name"])),
    ]
