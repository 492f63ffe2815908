"""`headway token`: make a token with this installation's secret, on the machine that has it; end one, or rotate the keys, on any."""

from __future__ import annotations

import argparse
import getpass
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from headway.access.authorise import holds_anywhere
from headway.access.principal import Principal
from headway.cli.arguments import add_url, whole
from headway.cli.complaints import UsageError
from headway.cli.documents import Document
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.text import clean, line
from headway.model.permissions import ROLES, Permission
from headway.model.signing_key import FIRST_KEY, SigningKey
from headway.settings import read_settings

_EVER = datetime(2000, 1, 1, tzinfo=UTC)


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", nargs="?", choices=("rotate-keys",), help=words("option.token.act"))
    parser.add_argument("--end-old", action="store_true", help=words("option.token.end_old"))
    parser.add_argument("--name", default=None, help=words("option.token.name"))
    parser.add_argument("--days", type=whole(1, 400), default=30, metavar="N", help=words("option.token.days"))
    parser.add_argument("--role", choices=sorted(ROLES), default=None, help=words("option.token.role"))
    parser.add_argument("--revoke", metavar="TOKEN", help=words("option.token.revoke"))
    parser.add_argument("--scope", dest="scopes", action="append", default=[], metavar="SCOPE", help=words("option.token.scope"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    if args.act is not None:
        return _rotate(args, output)
    if args.end_old:
        raise UsageError(output.words("token.end_old_alone"))
    if args.revoke is not None:
        return _revoke(args, output)
    settings = read_settings()
    if settings.secret is None and not (settings.home / "secret").exists():
        raise UsageError(output.words("token.no_secret", home=settings.home))
    for scope in args.scopes:
        if not _grants_something(scope):
            raise UsageError(output.words("token.no_scope", scope=scope))
    role = args.role if args.role or args.scopes else "admin"
    name = args.name or getpass.getuser()
    token = _tokens(settings, output).issue(name, role=role, scopes=args.scopes, lifetime=timedelta(days=args.days))
    if output.is_json:
        output.json({"token": token, "name": name, "role": role, "scopes": args.scopes, "days": args.days})
    else:
        output.line(token)
        output.note("token.made", name=name, days=args.days)
    return Exit.SUCCEEDED


def _revoke(args: argparse.Namespace, output: Output) -> int:
    """The token itself has two dots in it, and an API key begins as one; else it is an id."""
    is_itself = args.revoke.count(".") == 2 or args.revoke.startswith("hwk_")
    wish = {"token" if is_itself else "id": args.revoke}
    revoked = cast("Document", Remote(args.url).http.request("POST", "/revocations", content=wish).json())
    if output.is_json:
        output.json(revoked)
    else:
        output.line(line(output.words("token.revoked", id=clean(revoked["id"]))))
    return Exit.SUCCEEDED


def _rotate(args: argparse.Namespace, output: Output) -> int:
    rotated = cast("Document", Remote(args.url).http.request("POST", "/signing-keys", content={"is_ending_old": args.end_old}).json())
    if output.is_json:
        output.json(rotated)
    else:
        sentence = "token.rotated_and_ended" if args.end_old else "token.rotated"
        output.line(line(output.words(sentence, id=clean(cast("Document", rotated["key"])["id"]))))
    return Exit.SUCCEEDED


def _grants_something(scope: str) -> bool:
    """Whether its bearer could do anything with it: a token that is good for nothing is a riddle for whoever gets it."""
    bearer = Principal(id="", scopes=(scope,))
    return "*" not in scope.split(":")[1:2] and any(holds_anywhere(bearer, permission) for permission in Permission)


def _tokens(settings: Any, output: Output) -> Any:
    try:
        from headway.access.secret import open_secret
        from headway.access.tokens import Tokens, algorithm_named_in, key_named_in
    except ImportError as error:
        raise UsageError(output.words("needs_server_extra", module=error.name)) from error
    # What signs now is what signed the token of `connection.json`: which keys there are the store knows, and which algorithm makes the
    # server, not this command.
    there = _token_of_server(settings)
    name, algorithm = key_named_in(there), algorithm_named_in(there)
    algorithms = settings.algorithms if algorithm is None else replace(settings.algorithms, tokens=(algorithm,))
    tokens = Tokens(open_secret(settings.home, settings.secret), algorithms=algorithms)
    if name != FIRST_KEY:
        tokens.keys.hold([SigningKey(id=name, created_at=_EVER, signs_from=_EVER, created_by="")])
    return tokens


def _token_of_server(settings: Any) -> str:
    try:
        return str(json.loads(settings.connection_path.read_text(encoding="utf-8"))["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
