"""`headway pause RUN …`: wish that runs stop at their next checkpoint; with --wait, see that they did."""

from __future__ import annotations

import argparse

from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.wishing import add_runs, is_about_many, wish_for_each, wish_for_many
from headway.model.states import FINAL, RunState


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_runs(parser, words)
    parser.add_argument("-w", "--wait", action="store_true", dest="is_waiting", help=words("option.pause.wait"))


def run(args: argparse.Namespace, output: Output) -> int:
    if is_about_many(args):
        return wish_for_many(args, output, "pauses")
    # A run may also end before it comes to a checkpoint, or be resumed by someone else; who waits is told of the end.
    return wish_for_each(args, output, Remote.pause, until={RunState.PAUSED, *FINAL} if args.is_waiting else ())
