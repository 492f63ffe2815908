"""`headway login`: sign this machine's programs in at a server, by the link or the code that somebody made there."""

from __future__ import annotations

import argparse
import getpass
import re
import socket
import sys

from headway.cli.arguments import add_url
from headway.cli.complaints import UsageError
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.screen.text import clean, line
from headway.sdk.connection import checked_url, find_url, headway_home
from headway.sdk.sign_in import sign_in

_LINK = re.compile(r"(?P<url>https?://[^#?]+?)/sign-in(?:\?[^#]*)?#code=(?P<code>[\w-]{1,512})")
_CODE = re.compile(r"[\w-]{1,512}")
NAME_LIMIT = 200


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("link", nargs="?", metavar="LINK", help=words("option.login.link"))
    parser.add_argument("--name", default=None, help=words("option.login.name"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    url, code = _read(args.link or _asked_for(output), args.url, output)
    name = (args.name or f"headway on {socket.gethostname()}")[:NAME_LIMIT]
    made = sign_in(url, code, name, headway_home())
    if output.is_json:
        output.json({"url": made.url, "name": name, "expires_at": made.refresh_ends_at})
    else:
        output.line(line(output.words("login.done", url=clean(made.url), name=clean(name))))
        output.note("login.until", until=clean(made.refresh_ends_at))
    return Exit.SUCCEEDED


def _asked_for(output: Output) -> str:
    """From standard input, where no other user of the machine sees it."""
    if sys.stdin.isatty():
        return getpass.getpass(output.words("login.ask") + " ").strip()
    return sys.stdin.readline().strip()


def _read(said: str, url: str | None, output: Output) -> tuple[str, str]:
    """The server's address and the code."""
    link = _LINK.fullmatch(said)
    if link is not None:
        if url is not None and checked_url(url, "--url") != checked_url(link["url"], "LINK"):
            raise UsageError(output.words("login.other_server", url=url))
        return checked_url(link["url"], "LINK"), link["code"]
    if not _CODE.fullmatch(said):
        raise UsageError(output.words("login.no_link"))
    return find_url(url), said
