"""`headway logs`: what a run wrote, from the first line or the last ones, and with -f what it writes; or what many wrote.

With --delete the log of a run that has ended is deleted."""

from __future__ import annotations

import argparse
from typing import Any

from headway.cli import all_logs
from headway.cli.arguments import add_url, whole
from headway.cli.exits import Exit
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote, short
from headway.cli.screen.entries import EntryStyle, entry_lines
from headway.cli.screen.pictures import gap_text
from headway.cli.screen.text import clean
from headway.cli.wishing import is_agreed
from headway.model.errors import Invalid, RunNotFound
from headway.model.events import LEVELS
from headway.sdk.news import Disconnected, Entry, Gap, Reset, Unsubscribed


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("run", metavar="RUN", nargs="?", help=words("option.run_id"))
    parser.add_argument("--external", action="store_true", dest="is_external", help=words("option.external"))
    parser.add_argument("-f", "--follow", action="store_true", dest="is_following", help=words("option.logs.follow"))
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("-n", "--tail", type=whole(0), metavar="N", help=words("option.logs.tail"))
    begin.add_argument("--since-line", type=whole(1), metavar="N", help=words("option.logs.since_line"))
    parser.add_argument("--level", choices=LEVELS, default="debug", help=words("option.level"))
    parser.add_argument("-t", "--timestamps", nargs="?", const="full", choices=("none", "clock", "full"), default="none", dest="times",
                        help=words("option.timestamps"))  # fmt: skip
    parser.add_argument("--only-logged", action="store_true", help=words("option.logs.only_logged"))
    parser.add_argument("--delete", action="store_true", dest="is_deleting", help=words("option.logs.delete"))
    parser.add_argument("-y", "--yes", action="store_true", dest="is_agreed", help=words("option.many.yes"))
    all_logs.add_arguments(parser, words)
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    if args.is_deleting:
        return _delete(remote, args, output)
    if all_logs.is_about_many(args):
        all_logs.print_lines(remote, args, output)
        return Exit.SUCCEEDED
    run_id = remote.find_run(args.run, is_external=args.is_external)
    style = EntryStyle(times=args.times, has_colour=output.has_colour, level=args.level, shows_events=not args.only_logged)
    if args.is_following:
        _follow(remote, run_id, args, style, output)
    else:
        _print(remote, run_id, args, style, output)
    return Exit.SUCCEEDED


def _delete(remote: Remote, args: argparse.Namespace, output: Output) -> int:
    if all_logs.is_about_many(args) or args.is_following:
        raise Invalid("--delete is for the whole log of one run: headway logs --delete RUN.", field="--delete")
    run = remote.find_run(args.run, is_external=args.is_external)
    if not args.is_agreed:
        name = clean(str(remote.get(f"/runs/{run}", fields="name")["name"]))
        if not is_agreed(output, output.words("logs.delete_question", run=short(run), name=name)):
            return Exit.SUCCEEDED
    remote.http.request("DELETE", f"/runs/{run}/log", timeout=300.0)
    if output.is_json:
        output.json({"run": run, "is_log_deleted": True})
    else:
        output.say("logs.deleted", run=short(run))
    return Exit.SUCCEEDED


def _print(remote: Remote, run: str, args: argparse.Namespace, style: EntryStyle, output: Output) -> None:
    """Entries that are there now."""
    first, names = args.since_line or 1, {}
    if args.tail is not None:
        document = remote.run(run)
        first, names = max(1, int(document["last_line"]) - args.tail + 1), step_names(document)
    for entry in remote.entries(run, first) if args.tail != 0 else ():
        _print_entry(entry, names, style, output)


def step_names(document: dict[str, Any]) -> dict[str, str]:
    """Names of steps by id, of the newest attempt: a log that begins in the middle shows the ends of steps begun before."""
    return {step["id"]: step["name"] for step in document.get("steps") or ()}


def _named(entry: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The end of a step names it by its id; a person wants the name that its start gave."""
    if entry.get("kind") == "step.started":
        names[entry["step"]] = entry["name"]
    elif entry.get("kind") == "step.ended" and entry.get("step") in names:
        return {**entry, "name": names.pop(entry["step"])}
    return entry


def _print_entry(entry: dict[str, Any], names: dict[str, str], style: EntryStyle, output: Output) -> None:
    if output.is_json:
        output.json(entry)
        return
    for content in entry_lines(_named(entry, names), style, output.words):
        output.line(content)


def _follow(remote: Remote, run: str, args: argparse.Namespace, style: EntryStyle, output: Output) -> None:
    start = {"tail": args.tail} if args.tail is not None else {"line": (args.since_line or 1) - 1}
    names = step_names(remote.run(run)) if start != {"line": 0} else {}
    for news in remote.follow(run, start):
        match news:
            case Entry():
                _print_entry(news.event, names, style, output)
                output.out.flush()
            case Gap():
                output.err.write(gap_text(news, output) + "\n")
            case Disconnected():
                output.note("badge.reconnecting", failures=news.failures)
            case Reset():
                output.note("watch.reset")
            case Unsubscribed():
                raise RunNotFound(run=run)
            case _:
                pass
