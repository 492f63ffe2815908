"""`headway version`."""

from __future__ import annotations

import argparse
import platform
import sys

import headway
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    pass


def run(args: argparse.Namespace, output: Output) -> int:
    facts = {"headway": headway.__version__, "python": platform.python_version(), "platform": sys.platform}
    if output.is_json:
        output.json(facts)
    else:
        output.line(f"headway {facts['headway']} (Python {facts['python']}, {facts['platform']})")
    return Exit.SUCCEEDED
