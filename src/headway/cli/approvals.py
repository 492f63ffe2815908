"""`headway approvals`: what waits for the approval of others; approve it, refuse it, withdraw what one has asked for."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

from headway.cli.arguments import add_url
from headway.cli.complaints import UsageError, complain
from headway.cli.documents import Document, part
from headway.cli.exits import Exit
from headway.cli.formats import format_count, format_duration
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Remote, short
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, clean, line
from headway.model.approval import ApprovalState
from headway.model.clock import parse_iso
from headway.model.errors import ApprovalNotFound, HeadwayError
from headway.model.ids import is_id

ACTS = ("list", "approve", "refuse", "withdraw")
COLUMNS = ("approvals.id", "approvals.what", "approvals.project", "approvals.by", "approvals.votes", "approvals.left")
ASKED = 202
"""Status of an answer that is a request: others have to approve first."""
LISTED = 200
"""Requests of one list; also those among which a short id is looked for."""
_STYLES = {
    ApprovalState.PENDING: "yellow", ApprovalState.APPROVED: "green", ApprovalState.CARRIED_OUT: "green", ApprovalState.REFUSED: "red",
    ApprovalState.FAILED: "red",
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("act", nargs="?", choices=ACTS, default="list", help=words("option.approvals.act"))
    parser.add_argument("ids", nargs="*", metavar="ID", help=words("option.approvals.id"))
    parser.add_argument("--reason", metavar="TEXT", help=words("option.approvals.reason"))
    parser.add_argument("--waiting", action="store_true", dest="is_waiting", help=words("option.approvals.waiting"))
    parser.add_argument("--all", action="store_true", dest="is_everything", help=words("option.approvals.all"))
    parser.add_argument("--project", metavar="NAME", help=words("option.approvals.project"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    if args.act == "list":
        if args.ids:
            raise UsageError(output.words("approvals.list_takes_none"))
        _list(remote, args, output)
        return Exit.SUCCEEDED
    if not args.ids:
        raise UsageError(output.words("approvals.id_missing", act=args.act))
    if args.act == "refuse" and not (args.reason or "").strip():
        raise UsageError(output.words("approvals.reason_missing"))
    worst = Exit.SUCCEEDED
    for said in args.ids:
        try:
            _tell(_do(remote, args.act, find_approval(remote, said), args.reason), output)
        except HeadwayError as error:
            told = complain(error, output)
            worst = worst or told
    return worst


def _do(remote: Remote, act: str, approval: str, reason: str | None) -> Document:
    path = f"/approvals/{quote(approval, safe='')}"
    if act == "withdraw":
        return cast("Document", remote.http.request("DELETE", path).json())
    content = {"reason": reason} if reason else {}
    # With the last vote it is carried out, and that may be many runs.
    return cast("Document", remote.http.request("POST", f"{path}/{act}", content=content, timeout=120.0).json())


def find_approval(remote: Remote, said: str) -> str:
    """The id of the request that a person means: an id, the end of one as tables show it, or the run that waits. Raises
    `ApprovalNotFound`."""
    said = said.strip().lower()
    if is_id(said):
        of_run = remote.get("/approvals", run=said)["items"]
        return str(of_run[0]["id"]) if of_run else said
    pending = cast("list[Document]", remote.get("/approvals", state="pending", limit=LISTED)["items"])
    found = {each["id"] for each in pending if len(said) >= 4 and (each["id"].endswith(said) or str(each["run"] or "").endswith(said))}
    if len(found) != 1:
        raise ApprovalNotFound(f"More than one request ends with {said}: {', '.join(sorted(found))}" if found else None)
    return str(found.pop())


def _tell(approval: Document, output: Output) -> None:
    if output.is_json:
        output.json(approval)
        return
    state = str(approval["state"])
    words = {"what": what_is_asked(approval, output), "given": approval["given"], "needed": approval["needed"], "id": short(approval["id"])}
    output.say(f"approvals.now.{state}", **words)
    outcome = part(approval, "outcome")
    if outcome.get("failed"):
        output.note("approvals.some_failed", count=format_count(outcome["failed"]))
    elif outcome.get("message"):
        output.complain(clean(str(outcome["message"])))


def tell_asked(approval: Document, output: Output) -> None:
    """What a command wanted has to be approved by others first."""
    if output.is_json:
        output.json(approval)
    else:
        output.say("approvals.asked", what=what_is_asked(approval, output), id=short(approval["id"]), needed=approval["needed"])


def _list(remote: Remote, args: argparse.Namespace, output: Output) -> None:
    query: Document = {"limit": LISTED, "project": args.project}
    if args.is_waiting:
        query["waiting"] = "true"
    elif not args.is_everything:
        query["state"] = ["pending", "approved"]
    found = remote.get("/approvals", **query)
    items = cast("list[Document]", found["items"])
    if output.is_json:
        output.json(found)
    elif not items:
        output.note("approvals.none")
    else:
        columns = [Column(title=output.words(name), gives_way=name == "approvals.what") for name in COLUMNS]
        for content in draw_table(columns, [_row(each, output) for each in items], output.size[0] if output.is_terminal else None):
            output.line(content)


def _row(approval: Document, output: Output) -> list[Line]:
    state = str(approval["state"])
    words = output.words
    if state == ApprovalState.PENDING:
        seconds = max(0.0, (parse_iso(approval["expires_at"]) - datetime.now(UTC)).total_seconds())
        last = format_duration(seconds, output.language)
    else:
        last = words(f"approvals.state.{state}")
    mark = words("approvals.yours") if approval["may_decide"] else words("approvals.mine") if approval["is_mine"] else ""
    return [
        line(short(approval["id"]), "bold"),
        line(what_is_asked(approval, output)),
        line(clean(approval["project"] or words("approvals.several")), "dim"),
        (*line(clean(approval["requested_by"])), *line(f" {mark}" if mark else "", "dim")),
        line(f"{approval['given']}/{approval['needed']}"),
        line(last, _STYLES.get(ApprovalState(state), "dim") if state in set(ApprovalState) else ""),
    ]


def what_is_asked(approval: Document, output: Output) -> str:
    """``start Class 7b (grading:grade)``; a kind that a newer server has is told by its own word."""
    what = part(approval, "what")
    variant = "log" if what.get("part") == "log" else what.get("act")
    key = f"approvals.kind.{approval['kind']}" + (f".{variant}" if variant else "")
    if output.words.find(key) is None:
        return clean(str(approval["kind"]))
    named = {
        "name": clean(str(what.get("name") or "?")), "task": clean(str(what.get("task") or "-")),
        "count": format_count(what["count"]) if "count" in what else "?",
        "role": clean(str(what.get("role") or "?")), "who": clean(", ".join(map(str, what.get("add") or ()))) or "-",
        "where": clean(str(what["project"])) if what.get("project") else output.words("grant.everywhere"),
        "permissions": clean(", ".join(map(str, [*(what.get("permissions") or ()), *(what.get("inherits") or ())]))) or "-",
    }  # fmt: skip
    return output.words(key, **named)
