"""`headway exec -- any command`: the command runs as it would alone, and its output becomes a run."""

from __future__ import annotations

import argparse

from headway.cli.arguments import add_url
from headway.cli.complaints import UsageError
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.sdk.connection import finder
from headway.sdk.execute import execute


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--name", help=words("option.exec.name"))
    parser.add_argument("--tag", dest="tags", action="append", default=[], help=words("option.exec.tag"))
    parser.add_argument("--external-id", metavar="ID", help=words("option.exec.external_id"))
    parser.add_argument("--pty", action=argparse.BooleanOptionalAction, default=None, help=words("option.exec.pty"))
    parser.add_argument("--plain", action="store_true", help=words("option.exec.plain"))
    add_url(parser, words)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND …", help=words("option.exec.command"))


def run(args: argparse.Namespace, output: Output) -> int:
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise UsageError(output.words("exec.nothing"))
    return execute(
        command, name=args.name, tags=args.tags, external_id=args.external_id, find=finder(args.url), pty=args.pty, is_plain=args.plain
    )
