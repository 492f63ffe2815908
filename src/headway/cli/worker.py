"""`headway worker`: a worker process alone, in this terminal, for a server that is already there."""

from __future__ import annotations

import argparse
import importlib.util
import os

from headway.cli.complaints import UsageError
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.settings import LOG_LEVELS, read_settings, to_environment


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--tasks", metavar="MODULE", nargs="+", help=words("option.serve.tasks"))
    parser.add_argument("--home", metavar="DIR", help=words("option.serve.home"))
    parser.add_argument("--children", metavar="N", help=words("option.serve.children"))
    parser.add_argument("--log-level", choices=LOG_LEVELS, help=words("option.serve.log_level"))
    parser.add_argument("--reload", action="store_true", help=words("option.serve.reload"))


def run(args: argparse.Namespace, output: Output) -> int:
    """Work until Ctrl-C or SIGTERM."""
    if importlib.util.find_spec("sqlalchemy") is None:
        raise UsageError(output.words("needs_server_extra", module="sqlalchemy"))
    settings = read_settings(
        tasks=",".join(args.tasks) if args.tasks else None, home=args.home, children=args.children, log_level=args.log_level
    )
    os.environ.update(to_environment(settings))
    os.environ["HEADWAY_RELOAD"] = "1" if args.reload else "0"
    from headway.cli.worker_process import main

    output.note("worker.started", home=settings.home)
    return main()
