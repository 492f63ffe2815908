"""What `run`, `retry` and `watch` have in common: the options of showing, and what Ctrl-C does."""

from __future__ import annotations

import argparse

from headway.cli.complaints import sentence
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote, short
from headway.cli.screen.entries import EntryStyle
from headway.cli.showing import Showing, show
from headway.model.errors import HeadwayError
from headway.model.events import LEVELS


def add_showing(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--level", choices=LEVELS, default="debug", help=words("option.level"))
    parser.add_argument("-t", "--timestamps", choices=("none", "clock", "full"), default=None, help=words("option.timestamps"))
    parser.add_argument("-q", "--quiet", action="store_true", dest="is_quiet", help=words("option.quiet"))
    parser.add_argument("--cancel-on-interrupt", action="store_true", dest="cancels", help=words("option.cancel_on_interrupt"))


def show_and_detach(remote: Remote, run: str, args: argparse.Namespace, output: Output) -> Exit:
    """Show the run to its end. Ctrl-C leaves it running, as closing a window would, and says how to come back and how to cancel;
    with --cancel-on-interrupt it cancels the run and shows how that ends."""

    def cancel() -> str:
        try:
            remote.cancel(run, "interrupted at the terminal")
        except HeadwayError as error:
            return sentence(error, output)
        return output.words("watch.cancelling")

    times = args.timestamps or ("clock" if output.is_terminal else "none")
    showing = Showing(
        style=EntryStyle(times=times, level=args.level),
        is_quiet=args.is_quiet,
        hint=output.words("watch.hint_cancel" if args.cancels else "watch.hint"),
        on_interrupt=cancel if args.cancels else None,
    )
    code = show(remote, run, output, showing)
    if code is Exit.INTERRUPTED and not args.cancels:
        output.note("watch.detached", run=short(run))
    return code
