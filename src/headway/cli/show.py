"""`headway show RUN`: everything that is known of a run, on one page."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from headway.cli.arguments import add_url
from headway.cli.documents import part, parts
from headway.cli.exits import Exit
from headway.cli.formats import format_ago, format_bytes, format_duration, format_lines
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Document, Remote
from headway.cli.screen.bar import progress_text
from headway.cli.screen.entries import error_text
from headway.cli.screen.family import family_text
from headway.cli.screen.state import state_line
from headway.cli.screen.summary import type_text, value_lines
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line, cells, clean, join, line, pad
from headway.cli.screen.waiting import expected_range, waiting_text
from headway.cli.watch import add_run
from headway.model.clock import parse_iso
from headway.model.errors import ResultNotFound
from headway.model.states import RunState

SHOWN_STEPS = 50


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_run(parser, words)
    parser.add_argument("--result", action="store_true", dest="only_result", help=words("option.show.result"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    run_id = remote.find_run(args.run, is_external=args.is_external)
    if args.only_result:
        output.json(remote.result(run_id))
        return Exit.SUCCEEDED
    document = remote.run(run_id)
    artifacts = remote.artifacts(run_id)
    if output.is_json:
        output.json({**document, "artifacts": artifacts})
        return Exit.SUCCEEDED
    waiting = remote.get(f"/runs/{run_id}/waiting") if document["state"] == RunState.QUEUED else None
    before = _before(remote, document)
    for content in draw_detail(document, artifacts, datetime.now(UTC), output, waiting, before):
        output.line(content)
    result = _result(remote, run_id) if part(document, "view").get("has_result") else []
    if result:
        output.line(line(output.words("summary.result"), "dim"))
        for content in value_lines(result[0], output.size[0] - 2, output.words):
            output.line((("  ", ""), *content))
    return Exit.SUCCEEDED


def _before(remote: Remote, document: Document) -> list[Document]:
    """Of a retry: the runs that it goes on with."""
    return parts(remote.get(f"/runs/{document['id']}/family"), "before") if part(document, "metadata").get("retry_of") else []


def _result(remote: Remote, run: str) -> list[Any]:
    try:
        return [remote.result(run)]
    except ResultNotFound:
        return []


def draw_detail(
    document: Document,
    artifacts: list[Document],
    now: datetime,
    output: Output,
    waiting: Document | None = None,
    before: Sequence[Document] = (),
) -> list[Line]:
    words = output.words
    view = part(document, "view")
    title = join([state_line(document["state"], words.language, is_bold=True), line(clean(document["name"]), "bold")], ("  ", ""))
    lines = [
        title,
        *_facts([*_about(document, view, now, words), *before_facts(before, words), *waiting_facts(waiting, now, words)], words),
    ]
    if document.get("parameters"):
        lines.append(line(words("show.parameters"), "dim"))
        lines.extend((("  ", ""), *content) for content in value_lines(document["parameters"], output.size[0] - 2, words))
    attempts = parts(document, "attempts")
    if len(attempts) > 1 or any(attempt.get("error") for attempt in attempts):
        lines.append(line(words("show.attempts"), "dim"))
        lines.extend(_attempts(attempts, words))
    if document.get("steps"):
        lines.append(line(words("show.steps"), "dim"))
        lines.extend(_steps(document["steps"], words))
    if artifacts:
        lines.append(line(words("summary.artifacts"), "dim"))
        rows = [[line(clean(one["name"])), line(format_bytes(one["size_bytes"])), line(type_text(one, words), "dim")] for one in artifacts]
        columns = (Column(title=""), Column(title="", is_right=True), Column(title=""))
        lines.extend((("  ", ""), *content) for content in draw_table(columns, rows, None)[1:])
    return lines


def _about(document: Document, view: dict[str, Any], now: datetime, words: Words) -> Iterable[tuple[str, str]]:
    """Names and values; an empty value is left out."""
    language = words.language
    yield "id", document["id"]
    yield "external_id", document.get("external_id") or ""
    yield "task", document.get("task") or ""
    yield "project", document.get("project") or ""
    for key in ("created_at", "started_at", "finished_at"):
        at = document.get(key)
        yield key, f"{at}  {format_ago((now - parse_iso(at)).total_seconds(), language)}" if at else ""
    yield "duration", _duration(document.get("started_at"), document.get("finished_at"), now, words)
    yield "by", document.get("created_by") or ""
    yield "tags", ", ".join(document.get("tags") or ())
    yield "attempt", str(document["attempt"]) if document.get("attempt", 0) > 1 else ""
    yield "worker", view.get("worker") or ""
    yield "stage", view.get("stage") or ""
    yield "children", family_text(view["children"], words) if view.get("children") else ""
    yield "progress", progress_text(view, words)
    yield "status", view.get("status_text") or ""
    yield "reason", view.get("reason") or ""
    yield "error", error_text(view["error"]) if view.get("error") else ""
    yield "log", format_lines(document.get("last_line") or 0, language)


def before_facts(before: Sequence[Document], words: Words) -> Iterable[tuple[str, str]]:
    for each in before:
        yield "stands_on", words("show.succeeded_before", count=int(each["succeeded"]), run=each["run"])


def waiting_facts(waiting: Document | None, now: datetime, words: Words) -> Iterable[tuple[str, str]]:
    if waiting is None:
        return
    yield "waits", waiting_text(waiting, words, now)
    spell = expected_range(waiting, words, now)
    if spell is not None:
        said = words("show.expected_in", range=spell) if spell else words("show.expected_soon")
        yield "expected", f"{said}  {waiting['expected_start_at']}"


def _facts(facts: Iterable[tuple[str, str]], words: Words) -> list[Line]:
    shown = [(words(f"show.{key}"), value) for key, value in facts if value]
    wide = max(cells(name) for name, _ in shown)
    return [(("  " + pad(name, wide) + "  ", "dim"), (clean(value), "")) for name, value in shown]


def _duration(started: str | None, ended: str | None, now: datetime, words: Words) -> str:
    if not started:
        return ""
    end = parse_iso(ended) if ended else now
    return format_duration((end - parse_iso(started)).total_seconds(), words.language)


def _attempts(attempts: list[Document], words: Words) -> list[Line]:
    lines: list[Line] = []
    for attempt in attempts:
        outcome = attempt.get("outcome") or "running"
        error = f"  {error_text(attempt['error'])}" if attempt.get("error") else ""
        took = _duration(attempt.get("started_at"), attempt.get("ended_at"), datetime.now(UTC), words)
        lines.append(((f"  {attempt['number']}  ", ""), *state_line(outcome, words.language), (f"  {took}", "dim"), (error, "red")))
    return lines


def _steps(steps: list[Document], words: Words) -> list[Line]:
    """The newest attempt's steps, inner ones indented."""
    newest = max(step["attempt"] for step in steps)
    shown = [step for step in steps if step["attempt"] == newest]
    depths: dict[str, int] = {}
    lines: list[Line] = []
    for step in shown[:SHOWN_STEPS]:
        depths[step["id"]] = depths.get(step.get("parent") or "", -1) + 1
        state = step.get("outcome") or "running"
        took = format_duration(step.get("duration_seconds"), words.language) if step.get("duration_seconds") is not None else ""
        icon = state_line(state, words.language)[0]
        lines.append((("  " + "  " * depths[step["id"]], ""), (icon[0][0] + " ", icon[1]), (clean(step["name"]), ""), (f"  {took}", "dim")))
    more = len(shown) - SHOWN_STEPS
    return [*lines, line("  " + words("summary.more", count=more), "dim")] if more > 0 else lines
