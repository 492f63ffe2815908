"""`headway worker`: a worker process alone, in this terminal, for a server that is already there; with `--server`, far from its store."""

from __future__ import annotations

import argparse
import importlib.util
import os
from pathlib import Path

from headway.cli.complaints import UsageError
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.setting_values import LOG_LEVELS
from headway.settings import read_settings, to_environment


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--tasks", metavar="MODULE", nargs="+", help=words("option.serve.tasks"))
    parser.add_argument("--home", metavar="DIR", help=words("option.serve.home"))
    parser.add_argument("--children", metavar="N", help=words("option.serve.children"))
    parser.add_argument("--log-level", choices=LOG_LEVELS, help=words("option.serve.log_level"))
    parser.add_argument("--server", metavar="URL", help=words("option.worker.server"))
    parser.add_argument("--token-file", metavar="FILE", help=words("option.worker.token_file"))
    parser.add_argument("--reload", action="store_true", help=words("option.serve.reload"))


def run(args: argparse.Namespace, output: Output) -> int:
    """Work until Ctrl-C or SIGTERM."""
    if importlib.util.find_spec("sqlalchemy") is None:
        raise UsageError(output.words("needs_server_extra", module="sqlalchemy"))
    settings = read_settings(
        tasks=",".join(args.tasks) if args.tasks else None,
        home=args.home,
        children=args.children,
        log_level=args.log_level,
        server_url=args.server,
    )
    if args.token_file is not None:
        os.environ["HEADWAY_TOKEN"] = _read_token(args.token_file, output)
    os.environ.update(to_environment(settings))
    os.environ["HEADWAY_RELOAD"] = "1" if args.reload else "0"
    from headway.cli.worker_process import main

    if settings.server_url is None:
        output.note("worker.started", home=settings.home)
    else:
        output.note("worker.started_afar", url=settings.server_url)
    return main()


def _read_token(file: str, output: Output) -> str:
    """The token is never an argument: other users can read those."""
    try:
        token = Path(file).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(output.words("worker.no_token", file=file, reason=error)) from None
    if not token:
        raise UsageError(output.words("worker.no_token", file=file, reason="-"))
    return token
