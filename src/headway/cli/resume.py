"""`headway resume RUN …`: let paused runs go on from their last checkpoint."""

from __future__ import annotations

import argparse

from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.wishing import add_runs, is_about_many, wish_for_each, wish_for_many


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_runs(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    if is_about_many(args):
        return wish_for_many(args, output, "resumptions")
    return wish_for_each(args, output, Remote.resume)
