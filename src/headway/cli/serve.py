"""`headway serve`: starts a server and a worker, starts again the one that dies, and ends both. Light: it imports neither."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from typing import TYPE_CHECKING

from headway.cli.complaints import UsageError
from headway.cli.launcher import Launcher
from headway.model.errors import BadSetting
from headway.setting_values import LOG_LEVELS
from headway.settings import Settings, read_settings

if TYPE_CHECKING:
    from headway.cli.messages import Words
    from headway.cli.output import Output


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--tasks", metavar="MODULE", nargs="+", help=words("option.serve.tasks"))
    parser.add_argument("--host", help=words("option.serve.host"))
    parser.add_argument("--port", help=words("option.serve.port"))
    parser.add_argument("--home", metavar="DIR", help=words("option.serve.home"))
    parser.add_argument("--children", metavar="N", help=words("option.serve.children"))
    parser.add_argument("--log-level", choices=LOG_LEVELS, help=words("option.serve.log_level"))
    parser.add_argument("--reload", action="store_true", help=words("option.serve.reload"))


def run(args: argparse.Namespace, output: Output) -> int:
    """Serve until Ctrl-C or SIGTERM. Raises `BadSetting`, `AlreadyServing` and what else keeps the first start from working."""
    missing = [module for module in ("fastapi", "sqlalchemy", "orjson") if importlib.util.find_spec(module) is None]
    if missing:
        raise UsageError(output.words("needs_server_extra", module=missing[0]))
    settings = settings_of(args)
    make_home(settings)

    def ready(url: str, sign_in_url: str) -> None:
        if output.is_json:
            output.json({"url": url, "home": str(settings.home), "pid": os.getpid(), "sign_in_url": sign_in_url})
        else:
            output.say("serve.ready", url=settings.public_url or url, home=settings.home)
            output.say("serve.sign_in", url=sign_in_url)
            output.out.flush()

    def note(text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    return Launcher(settings, ready=ready, note=note).run()


def make_home(settings: Settings) -> None:
    """Here and not in the server alone: server and worker start at once, and either may be the first that needs it."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BadSetting(name="HEADWAY_HOME", reason=f"{settings.home} cannot be made: {error.strerror}") from None


def settings_of(args: argparse.Namespace) -> Settings:
    """What the command line says, before the environment."""
    tasks: list[str] | None = args.tasks
    return read_settings(
        is_reloading=bool(args.reload),
        tasks=",".join(tasks) if tasks else None,
        host=args.host,
        port=args.port,
        home=args.home,
        children=args.children,
        log_level=args.log_level,
    )
