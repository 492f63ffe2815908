"""`headway watch RUN`: see a run live; the exit code is how it ended."""

from __future__ import annotations

import argparse

from headway.cli.arguments import add_url
from headway.cli.following import add_showing, show_and_detach
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote


def add_run(parser: argparse.ArgumentParser, words: Words) -> None:
    """How a person names a run; shared by all commands about one."""
    parser.add_argument("run", metavar="RUN", help=words("option.run_id"))
    parser.add_argument("--external", action="store_true", dest="is_external", help=words("option.external"))


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_run(parser, words)
    add_showing(parser, words)
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    return show_and_detach(remote, remote.find_run(args.run, is_external=args.is_external), args, output)
