"""`headway logs` over many runs: what matches, and with -f what comes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from headway.cli.arguments import add_filter, read_duration
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote, short
from headway.cli.screen.entries import EntryStyle, entry_lines
from headway.cli.screen.text import Line, clean
from headway.model.clock import parse_iso
from headway.model.errors import Invalid
from headway.sdk.logs import follow_logs, query_of_logs, read_logs

SHOWN = 1_000
"""Lines without -n: the newest."""
NAME_SHOWN = 24


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words("help.many"))
    add_filter(group, words)
    group.add_argument("--project", help=words("option.logs.project"))
    group.add_argument("--all", action="store_true", dest="is_everything", help=words("option.logs.all"))
    find = parser.add_argument_group(words("help.find"))
    find.add_argument("--grep", metavar="TEXT", help=words("option.logs.grep"))
    find.add_argument("-E", "--regex", action="store_true", dest="is_regex", help=words("option.logs.regex"))
    find.add_argument("--since", type=past_moment, metavar="TIME", help=words("option.logs.since"))
    find.add_argument("--until", type=past_moment, metavar="TIME", help=words("option.logs.until"))
    find.add_argument("--field", action="append", type=read_field, metavar="NAME=VALUE", default=[], help=words("option.logs.field"))


def past_moment(text: str) -> datetime:
    """How long ago (``10m``), or ISO 8601. An argparse type."""
    try:
        return datetime.now(UTC) - read_duration(text)
    except ValueError:
        pass
    try:
        return parse_iso(text) if "Z" in text or "+" in text else datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time: write 10m, 2h30m, 1d or 2026-11-22T09:30") from None


def read_field(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def is_about_many(args: argparse.Namespace) -> bool:
    """Whether many runs are meant, or lines of one are looked for. Raises `Invalid` unless it is plain which runs are meant."""
    has_filter = bool(args.states or args.task or args.tag or args.project)
    if args.is_everything + has_filter + (args.run is not None) != 1:
        raise Invalid("Say whose logs are meant, in one way: RUN, a filter (--project, --task, --tag, --state), or --all.", field="RUN")
    return args.run is None or bool(args.grep or args.since or args.until or args.field)


def print_lines(remote: Remote, args: argparse.Namespace, output: Output) -> None:
    query = _query(remote, args)
    style = EntryStyle(times="full" if args.times == "none" and args.run is None else args.times, has_colour=output.has_colour)
    if not args.is_following or args.tail:
        for item in _found(remote, query, args, output):
            _print(item, args, style, output)
    if args.is_following:
        for item in follow_logs(remote.http, query):
            _print(item, args, style, output)
            output.out.flush()


def _query(remote: Remote, args: argparse.Namespace) -> dict[str, Any]:
    return query_of_logs(
        {
            "run": None if args.run is None else remote.find_run(args.run, is_external=args.is_external),
            "project": args.project,
            "task": args.task,
            "tag": args.tag,
            "state": args.states,
            "level": None if args.level == "debug" else args.level,
            "text": args.grep,
            "is_regex": args.is_regex,
            "since": args.since,
            "until": args.until,
            "fields": dict(args.field),
        }
    )


def _found(remote: Remote, query: dict[str, Any], args: argparse.Namespace, output: Output) -> Iterator[dict[str, Any]]:
    """The newest lines that match, the oldest of them first."""
    count = SHOWN if args.tail is None else args.tail

    def get(path: str, query: Any) -> Any:
        return remote.get(path, **query)

    found = list(read_logs(get, {**query, "order": "newest"}, count + 1))
    if len(found) > count and args.tail is None:
        output.note("logs.more", count=count)
    yield from reversed(found[:count])


def _print(item: dict[str, Any], args: argparse.Namespace, style: EntryStyle, output: Output) -> None:
    if output.is_json:
        output.json(item)
        return
    if item["kind"] == "gap":
        output.note("logs.gap", run=short(item["run"]), first=item["from"], last=item["to"])
        return
    name = clean(str(item["run_name"]))
    shown = name if len(name) <= NAME_SHOWN else name[: NAME_SHOWN - 1] + "…"
    head: Line = ((f"{short(item['run'])} {shown} ", "cyan"),) if args.run is None else ()
    for content in entry_lines(item, style, output.words):
        output.line((*head, *content))
