"""What `headway cancel`, `pause`, `resume`, `retry` and `delete` have in common: an act for some runs, or for all that match; and,
with --wait, seeing that a wish came true."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any

from headway.cli.approvals import tell_asked
from headway.cli.arguments import add_filter, add_url
from headway.cli.complaints import complain
from headway.cli.exits import Exit
from headway.cli.formats import format_state
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Document, Remote, short
from headway.model.errors import HeadwayError, Invalid

POLL_SECONDS = 0.3
"""Between two questions for the state of a run that is waited for."""
FAILURES_SHOWN = 20


def add_named(parser: argparse.ArgumentParser, words: Words) -> None:
    """How a person names runs one by one."""
    parser.add_argument("runs", metavar="RUN", nargs="*", help=words("option.run_id"))
    parser.add_argument("--external", action="store_true", dest="is_external", help=words("option.external"))
    add_url(parser, words)


def add_runs(parser: argparse.ArgumentParser, words: Words) -> None:
    add_named(parser, words)
    parser.add_argument("--reason", help=words("option.cancel.reason"))
    add_many(parser, words)


def add_many(parser: argparse.ArgumentParser, words: Words) -> None:
    """How a person means all runs that match, instead of RUN."""
    many = parser.add_argument_group(words("help.many"))
    add_filter(many, words)
    many.add_argument("--all", action="store_true", dest="is_everything", help=words("option.many.all"))
    many.add_argument("-y", "--yes", action="store_true", dest="is_agreed", help=words("option.many.yes"))


def is_about_many(args: argparse.Namespace) -> bool:
    """Whether a filter says which runs are meant. Raises `Invalid` unless they are named in exactly one way."""
    has_filter = bool(args.states or args.task or args.tag)
    if sum((bool(args.runs), has_filter, args.is_everything)) != 1:
        raise Invalid("Say which runs are meant, in one way: RUN …, a filter (--state, --task, --tag), or --all.", field="RUN")
    return not args.runs


def wish_for_many(args: argparse.Namespace, output: Output, act: str) -> int:
    """All that match, after a look at how many they are."""
    if getattr(args, "is_waiting", False):
        raise Invalid("--wait needs RUN …; many are not waited for.", field="--wait")
    remote = Remote(args.url)
    where = {"state": args.states, "task": args.task, "tag": args.tag}
    body = {"is_everything": True} if args.is_everything else {}
    cursor: str | None = None
    if not args.is_agreed:
        seen = remote.for_many(act, where, {**body, "is_preview": True})
        count = str(seen["matched"]) + ("" if seen["is_complete"] else "+")
        if not is_agreed(output, output.words("many.question", count=count)):
            return Exit.SUCCEEDED
        # What was counted is what is acted on.
        cursor = seen.get("next_cursor")
    reason = getattr(args, "reason", None)
    said = _all_of(remote, act, where, {**body, **({"reason": reason} if reason else {})}, cursor)
    if "matched" not in said:
        tell_asked(said, output)
        return Exit.SUCCEEDED
    if output.is_json:
        output.json(said)
        return Exit.REFUSED if said["failed_count"] else Exit.SUCCEEDED
    output.say("many.done", succeeded=said["succeeded"], matched=said["matched"])
    if said["skipped_count"]:
        output.note("many.skipped", count=said["skipped_count"])
    for each in said["failed"][:FAILURES_SHOWN]:
        output.complain(f"{short(each['id'])}  {each['problem']['detail']}")
    if said["failed_count"] > FAILURES_SHOWN:
        output.note("many.more_failed", count=said["failed_count"] - FAILURES_SHOWN)
    return Exit.REFUSED if said["failed_count"] else Exit.SUCCEEDED


def _all_of(remote: Remote, act: str, where: Mapping[str, Any], body: Mapping[str, Any], cursor: str | None) -> Document:
    """One answer for all calls that it takes; a call reaches 10,000 runs. `cursor`: that of the preview, if there was one. Where others
    have to approve it, what was asked of them."""
    whole: Document = {
        "matched": 0,
        "succeeded": 0,
        "failed_count": 0,
        "failed": [],
        "skipped_count": 0,
        "skipped": [],
        "started": [],
        "is_complete": True,
    }
    while True:
        said = remote.for_many(act, where, {**body, **({"cursor": cursor} if cursor else {})})
        if "matched" not in said:
            return said
        for count in ("matched", "succeeded", "failed_count", "failed", "skipped_count", "skipped"):
            whole[count] += said[count]
        whole["started"] += said.get("started", [])
        cursor = said.get("next_cursor")
        if cursor is None:
            return {**whole, "is_complete": said["is_complete"]}


def is_agreed(output: Output, question: str) -> bool:
    """Asks the person at the terminal. Raises `Invalid` where nobody can be asked."""
    if not sys.stdin.isatty() or not output.is_terminal:
        raise Invalid(f"{question} {output.words('many.say_yes')}", field="--yes")
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes", "是"}


def wish_for_each(
    args: argparse.Namespace,
    output: Output,
    ask: Callable[[Remote, str, str | None], Document],
    *,
    until: Collection[str] = (),
) -> int:
    """Every run is tried; the exit code is that of the first for which it was not possible. `until`: states to wait for."""
    remote = Remote(args.url)
    worst = Exit.SUCCEEDED
    for said in args.runs:
        try:
            run = remote.find_run(said, is_external=args.is_external)
            document = ask(remote, run, args.reason)
            if until:
                document = _wait(remote, run, document, until)
            if output.is_json:
                output.json(document)
            else:
                output.say("cancel.done", run=short(run), state=format_state(str(document["state"]), output.language))
        except HeadwayError as error:
            told = complain(error, output)
            worst = worst or told
    return worst


def _wait(remote: Remote, run: str, document: Document, until: Collection[str]) -> Document:
    pause = threading.Event()
    while document["state"] not in until:
        pause.wait(POLL_SECONDS)
        document = {**document, "state": remote.get(f"/runs/{run}", fields="state")["state"]}
    return document
