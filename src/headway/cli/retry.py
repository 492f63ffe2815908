"""`headway retry RUN`: a final run once more, as a new run with the same parameters; or all that match and did not succeed."""

from __future__ import annotations

import argparse

from headway.cli.arguments import add_url
from headway.cli.documents import part
from headway.cli.exits import Exit
from headway.cli.following import add_showing, show_and_detach
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.parameters import read_parameters
from headway.cli.remote import Document, Remote, identity, short
from headway.cli.wishing import add_many, is_about_many, wish_for_many
from headway.model.errors import Invalid


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("runs", metavar="RUN", nargs="?", help=words("option.run_id"))
    parser.add_argument("--external", action="store_true", dest="is_external", help=words("option.external"))
    parser.add_argument(
        "-p", "--param", dest="parameters", metavar="KEY=VALUE", action="append", default=[], help=words("option.retry.param"),
    )  # fmt: skip
    parser.add_argument("--idempotency-key", metavar="KEY", dest="key", help=words("option.run.key"))
    parser.add_argument("-w", "--watch", action="store_true", dest="is_watched", help=words("option.retry.watch"))
    add_showing(parser, words)
    add_many(parser, words)
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    if is_about_many(args):
        for option, is_given in (("--param", args.parameters), ("--idempotency-key", args.key), ("--watch", args.is_watched)):
            if is_given:
                raise Invalid(
                    f"{option} needs RUN; many run again with the parameters they had, each once in a sweep, and are not watched.",
                    field=option,
                )
        return wish_for_many(args, output, "retries")
    remote = Remote(args.url)
    before = remote.find_run(args.runs, is_external=args.is_external)
    again = remote.retry(before, _request(remote, before, args, output), args.key)
    again_id = identity(again)
    if args.is_watched:
        return show_and_detach(remote, again_id, args, output)
    if output.is_json:
        output.json(again)
    else:
        output.line(again_id)
        output.note("retry.started", before=short(before), run=short(again_id))
    return Exit.SUCCEEDED


def _request(remote: Remote, before: str, args: argparse.Namespace, output: Output) -> Document:
    """With -p: the old parameters and, over them, the new ones."""
    if not args.parameters:
        return {}
    document = remote.run(before)
    schema = part(remote.task(document["task"]), "parameter_schema") if document.get("task") else {}
    optional: Document = {**schema, "required": []}
    return {"parameters": {**part(document, "parameters"), **read_parameters(args.parameters, None, optional, output.words)}}
