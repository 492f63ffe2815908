"""`headway workers`: who is there and what each does; have one drained or restarted."""

from __future__ import annotations

import argparse
from urllib.parse import quote

from headway.cli.arguments import add_url
from headway.cli.documents import Document
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line
from headway.model.errors import Invalid

ACTS = ("drain", "restart")
_STYLES = {"live": "green", "draining": "yellow", "lost": "red"}


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", nargs="?", choices=ACTS, help=words("option.workers.act"))
    parser.add_argument("worker", nargs="?", metavar="ID", help=words("option.workers.id"))
    parser.add_argument("--now", action="store_true", dest="is_now", help=words("option.workers.now"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    workers: list[Document] = remote.get("/workers")["items"]
    if args.act is not None:
        workers = [_ask(remote, args, _meant(workers, args.worker, output))]
    elif args.is_now:
        raise Invalid(output.words("workers.now_alone"), field="--now")
    if output.is_json:
        output.json(workers[0] if args.act is not None else {"items": workers})
    elif args.act is not None:
        output.say(f"workers.{args.act}", worker=clean(str(workers[0]["id"])), runs=workers[0]["run_count"])
    elif not workers:
        output.note("workers.none")
    for content in draw_workers(workers, output) if workers and args.act is None and not output.is_json else ():
        output.line(content)
    return Exit.SUCCEEDED


def _ask(remote: Remote, args: argparse.Namespace, worker: str) -> Document:
    return remote.http.request("POST", f"/workers/{quote(worker, safe='')}/{args.act}", content={"is_now": args.is_now}).json()


def _meant(workers: list[Document], said: str | None, output: Output) -> str:
    """The id of the one that is meant: the end of an id is enough, if no other ends so."""
    if not said:
        raise Invalid(output.words("workers.id_missing"), field="ID")
    found = [str(each["id"]) for each in workers if str(each["id"]).endswith(said)]
    if len(found) > 1 and said not in found:
        raise Invalid(output.words("workers.several", said=clean(said), count=len(found)), field="ID")
    return found[0] if len(found) == 1 else said


def draw_workers(workers: list[Document], output: Output) -> list[Line]:
    words = output.words
    columns = (
        Column(title=words("workers.id")),
        Column(title=words("workers.where"), gives_way=True),
        Column(title=words("workers.state")),
        Column(title=words("workers.runs"), is_right=True),
        Column(title=words("workers.queues"), gives_way=True),
        Column(title=words("workers.version")),
        Column(title=words("workers.heartbeat")),
    )
    return draw_table(columns, [_row(worker, words) for worker in workers], output.size[0] if output.is_terminal else None)


def _row(worker: Document, words: Words) -> list[Line]:
    state = str(worker["state"])
    asked = words(f"workers.asked.{worker['wish']}", by=clean(worker["wished_by"] or "?")) if worker["wish"] else ""
    return [
        line(clean(worker["id"]), "bold"),
        line(clean(f"{worker['host']}:{worker['pid']}") + (f" ({words('workers.remote')})" if worker.get("is_remote") else "")),
        line(words(f"workers.state.{state}") + (f" ({asked})" if asked else ""), _STYLES.get(state, "dim")),
        line(f"{worker['run_count']}/{worker['slots']}"),
        line(clean(", ".join(worker["queues"])), "dim"),
        line(clean(worker["version"]), "dim"),
        line(clean(worker["heartbeat_at"]), "dim"),
    ]
