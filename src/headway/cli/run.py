"""`headway run TASK -p key=value`: start a run and show it live; the exit code is how it ended."""

from __future__ import annotations

import argparse
import difflib

from headway.cli.arguments import add_url, read_moment, whole
from headway.cli.complaints import UsageError
from headway.cli.documents import part
from headway.cli.exits import Exit
from headway.cli.following import add_showing, show_and_detach
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.parameters import read_parameters
from headway.cli.remote import Document, Remote, identity
from headway.model.clock import iso
from headway.model.errors import TaskNotFound


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("task", metavar="TASK", help=words("option.run.task"))
    parser.add_argument(
        "-p", "--param", dest="parameters", metavar="KEY=VALUE", action="append", default=[], help=words("option.run.param"),
    )  # fmt: skip
    parser.add_argument("--params", dest="file", metavar="FILE", help=words("option.run.params"))
    parser.add_argument("--name", help=words("option.run.name"))
    parser.add_argument("--tag", dest="tags", action="append", default=[], help=words("option.run.tag"))
    parser.add_argument("--priority", type=whole(-10, 10), help=words("option.run.priority"))
    parser.add_argument("--after", type=read_moment, metavar="WHEN", help=words("option.run.after"))
    parser.add_argument("--idempotency-key", metavar="KEY", dest="key", help=words("option.run.key"))
    parser.add_argument("-d", "--detach", action="store_true", dest="is_detached", help=words("option.run.detach"))
    add_showing(parser, words)
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    started = remote.start(args.task, _request(remote, args, output), args.key)
    started_id = identity(started)
    if args.is_detached:
        if output.is_json:
            output.json(started)
        else:
            output.line(started_id)
            output.note("run.detached", run=started_id)
        return Exit.SUCCEEDED
    return show_and_detach(remote, started_id, args, output)


def _request(remote: Remote, args: argparse.Namespace, output: Output) -> Document:
    task = _task(remote, args.task, output)
    if task.get("import_error"):
        raise UsageError(output.words("run.import_error", task=args.task, error=str(task["import_error"]).rstrip()))
    schema = part(task, "parameter_schema")
    request: Document = {"parameters": read_parameters(args.parameters, args.file, schema, output.words)}
    if args.name:
        request["name"] = args.name
    if args.tags:
        request["tags"] = args.tags
    if args.priority is not None:
        request["priority"] = args.priority
    if args.after is not None:
        request["run_after"] = iso(args.after.timestamp())
    return request


def _task(remote: Remote, name: str, output: Output) -> Document:
    try:
        return remote.task(name)
    except TaskNotFound as error:
        names = [task["name"] for task in remote.tasks()]
        near = difflib.get_close_matches(name, names, n=1)
        if near:
            raise TaskNotFound(output.words("run.no_task_near", task=name, near=near[0]), task=name) from error
        known = ", ".join(names[:10]) if names else output.words("run.no_tasks")
        raise TaskNotFound(output.words("run.no_task", task=name, known=known), task=name) from error
