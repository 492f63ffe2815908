"""`headway delete RUN …`: runs that have ended go for good, with their logs, results and files; or all that match."""

from __future__ import annotations

import argparse

from headway.cli.approvals import ASKED, tell_asked
from headway.cli.complaints import complain
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote, short
from headway.cli.wishing import add_many, add_named, is_about_many, is_agreed, wish_for_many
from headway.model.errors import HeadwayError


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_named(parser, words)
    add_many(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    if is_about_many(args):
        return wish_for_many(args, output, "deletions")
    if not args.is_agreed and not is_agreed(output, output.words("delete.question", count=len(args.runs))):
        return Exit.SUCCEEDED
    remote = Remote(args.url)
    worst = Exit.SUCCEEDED
    for said in args.runs:
        try:
            found = remote.find_run(said, is_external=args.is_external)
            answer = remote.http.request("DELETE", f"/runs/{found}", timeout=300.0)
        except HeadwayError as error:
            told = complain(error, output)
            worst = worst or told
            continue
        if answer.status == ASKED:
            tell_asked(answer.json(), output)
        elif output.is_json:
            output.json({"run": found, "is_deleted": True})
        else:
            output.say("delete.done", run=short(found))
    return worst
