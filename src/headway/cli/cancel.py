"""`headway cancel RUN …`: wish that runs end; with --wait, see that they did."""

from __future__ import annotations

import argparse

from headway.cli.arguments import add_url
from headway.cli.complaints import complain
from headway.cli.exits import Exit
from headway.cli.formats import format_state
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Document, Remote, short
from headway.model.errors import HeadwayError
from headway.model.states import FINAL
from headway.sdk.news import Finished


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("runs", metavar="RUN", nargs="+", help=words("option.run_id"))
    parser.add_argument("--external", action="store_true", dest="is_external", help=words("option.external"))
    parser.add_argument("--reason", help=words("option.cancel.reason"))
    parser.add_argument("-w", "--wait", action="store_true", dest="is_waiting", help=words("option.cancel.wait"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    """Every run is tried; the exit code is that of the first that could not be cancelled."""
    remote = Remote(args.url)
    worst = Exit.SUCCEEDED
    for said in args.runs:
        try:
            run_id = remote.find_run(said, is_external=args.is_external)
            document = remote.cancel(run_id, args.reason)
            state = _state(document)
            if args.is_waiting and state not in FINAL:
                state = _wait(remote, run_id, state)
            if output.is_json:
                output.json({**document, "state": state})
            else:
                output.say("cancel.done", run=short(run_id), state=format_state(state, output.language))
        except HeadwayError as error:
            worst = worst or complain(error, output)
    return worst


def _state(document: Document) -> str:
    return str(document.get("state", ""))


def _wait(remote: Remote, run: str, state: str) -> str:
    for news in remote.follow(run, {"tail": 0}):
        if isinstance(news, Finished):
            state = news.state
    return state
