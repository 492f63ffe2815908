"""`headway open`: the console in the browser, signed in by a link that is good once."""

from __future__ import annotations

import argparse
import os

from headway.cli.arguments import add_url
from headway.cli.browsing import show_page
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("run", metavar="RUN", nargs="?", help=words("option.open.run"))
    parser.add_argument("--print", action="store_true", dest="is_printed", help=words("option.open.print"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    made = remote.sign_in_link(None if args.run is None else f"/runs/{remote.find_run(args.run)}")
    if output.is_json:
        output.json(made)
        return Exit.SUCCEEDED
    output.line(made["url"])
    output.out.flush()
    is_shown = not args.is_printed and show_page(made["url"], os.environ)
    output.note("open.shown" if is_shown else "open.link")
    return Exit.SUCCEEDED
