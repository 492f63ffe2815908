"""`headway queues`: what waits where; pause a queue, let it go on, limit it."""

from __future__ import annotations

import argparse
from typing import Any
from urllib.parse import quote

from headway.cli.arguments import add_url
from headway.cli.documents import Document, part
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line
from headway.model.errors import Invalid
from headway.model.states import ACTIVE

ACTS = ("pause", "resume", "limit")


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", nargs="?", choices=ACTS, help=words("option.queues.act"))
    parser.add_argument("name", nargs="?", metavar="NAME", help=words("option.queues.name"))
    parser.add_argument("--running", type=_limit, default=argparse.SUPPRESS, metavar="N", help=words("option.queues.running"))
    parser.add_argument("--queued", type=_limit, default=argparse.SUPPRESS, metavar="N", help=words("option.queues.queued"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    if args.act is not None:
        _change(remote, args, output)
    queues = [one for one in remote.get("/queues")["items"] if args.name is None or one["name"] == args.name]
    if output.is_json:
        output.json({"items": queues})
    elif not queues:
        output.note("queues.none")
    for content in draw_queues(queues, output) if queues and not output.is_json else ():
        output.line(content)
    return Exit.SUCCEEDED


def _change(remote: Remote, args: argparse.Namespace, output: Output) -> None:
    if args.name is None:
        raise Invalid(output.words("queues.name_missing", act=args.act), field="name")
    # What is not said is absent: None takes the limit away.
    change: dict[str, Any] = {f"{name}_limit": value for name, value in vars(args).items() if name in ("running", "queued")}
    if args.act == "limit" and not change:
        raise Invalid(output.words("queues.limit_missing"), field="running")
    if args.act != "limit":
        change = {"is_paused": args.act == "pause"}
    remote.http.request("PATCH", f"/queues/{quote(args.name, safe='')}", content=change)


def draw_queues(queues: list[Document], output: Output) -> list[Line]:
    words = output.words
    columns = (
        Column(title=words("queues.name"), gives_way=True),
        Column(title=words("queues.state")),
        Column(title=words("queues.waiting"), is_right=True),
        Column(title=words("queues.running"), is_right=True),
        Column(title=words("queues.workers"), is_right=True),
        Column(title=words("queues.limits")),
    )
    return draw_table(columns, [_row(queue, words) for queue in queues], output.size[0] if output.is_terminal else None)


def _row(queue: Document, words: Words) -> list[Line]:
    states = part(queue, "states")
    running = sum(count for state, count in states.items() if state in ACTIVE)
    limits = [queue["running_limit"], queue["queued_limit"]]
    state = words("queues.paused", by=clean(queue["paused_by"] or "?")) if queue["is_paused"] else words("queues.open")
    return [
        line(clean(queue["name"]), "bold"),
        line(state, "yellow" if queue["is_paused"] else "dim"),
        line(str(sum(states.values()) - running)),
        line(str(running)),
        line(str(queue["worker_count"]), "" if queue["worker_count"] else "yellow"),
        line("" if limits == [None, None] else "/".join("-" if limit is None else str(limit) for limit in limits), "dim"),
    ]


def _limit(text: str) -> int | None:
    """`none`, or a whole number; argparse tells of any other."""
    return None if text == "none" else int(text)
