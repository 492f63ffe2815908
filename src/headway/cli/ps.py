"""`headway ps`: runs at a glance, those that go on unless asked otherwise; with --watch again and again."""

from __future__ import annotations

import argparse
import threading
from datetime import UTC, datetime
from typing import Any, cast

from headway.cli.arguments import add_filter, add_url, whole
from headway.cli.documents import part
from headway.cli.exits import Exit
from headway.cli.formats import format_ago, format_percent, format_progress, format_rate
from headway.cli.formats_of_time import format_about, format_spell
from headway.cli.messages import Words
from headway.cli.output import Output
from headway.cli.remote import Document, Remote, short
from headway.cli.screen.area import MARGIN, Area
from headway.cli.screen.bar import bar_spans
from headway.cli.screen.family import family_text
from headway.cli.screen.state import state_line
from headway.cli.screen.table import Column, draw_table, least_width
from headway.cli.screen.text import Line, clean, line
from headway.model.clock import parse_iso
from headway.model.errors import HeadwayError, ServerUnreachable
from headway.model.eta import Basis
from headway.model.states import ACTIVE, FINAL, RunState

REFRESH_SECONDS = 1.0
FIELDS = "id,name,state,task,created_at,started_at,finished_at,attempt,run_after,project,view,estimate"
_OPEN = [state.value for state in RunState if state not in FINAL]


def add_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    add_filter(parser, words)
    parser.add_argument("-a", "--all", action="store_true", dest="shows_all", help=words("option.ps.all"))
    parser.add_argument("--children", action="store_true", dest="shows_children", help=words("option.ps.children"))
    parser.add_argument("-n", "--limit", type=whole(1, 200), default=20, metavar="N", help=words("option.ps.limit"))
    parser.add_argument("-w", "--watch", action="store_true", dest="is_watching", help=words("option.ps.watch"))
    add_url(parser, words)


def run(args: argparse.Namespace, output: Output) -> int:
    remote = Remote(args.url)
    if args.is_watching and output.is_terminal:
        _watch(remote, args, output)
        return Exit.SUCCEEDED
    rows = _rows(remote, args)
    if output.is_json:
        output.json({"items": rows})
        return Exit.SUCCEEDED
    for content in draw_runs(rows, datetime.now(UTC), output):
        output.line(content)
    if not rows:
        output.note("ps.none_at_all" if args.shows_all or args.states else "ps.none")
    return Exit.SUCCEEDED


def _rows(remote: Remote, args: argparse.Namespace) -> list[Document]:
    """Runs as the list gives them, each with its `view` if it goes on, and with how its children are if it has ended."""
    states = args.states or (None if args.shows_all else _OPEN)
    rows = remote.runs(state=states, task=args.task, tag=args.tag, limit=args.limit, fields=FIELDS, **_kin(args))
    for row in rows:
        if row["state"] in FINAL:
            children = part(part(row, "view"), "children")
            row.pop("view", None)
            if children:
                row["view"] = {"children": _up_to_date(remote, row["id"], children)}
    return rows


def _up_to_date(remote: Remote, run: str, children: Document) -> Document:
    """The view of a run that has ended says no more of children that went on: then their server is asked."""
    if sum(int(children.get(state.value, 0)) for state in FINAL) >= int(children.get("total", 0)):
        return children
    family = cast("Document", remote.get(f"/runs/{run}/family"))
    return {"total": family["total"], "done": family["done"], **family["states"]}


def _kin(args: argparse.Namespace) -> dict[str, str]:
    """Who names a task means its runs, whoever started them."""
    return {} if args.shows_children or args.task else {"is_root": "true"}


def _watch(remote: Remote, args: argparse.Namespace, output: Output) -> None:
    """Redraw until Ctrl-C. A server that is gone for a while is shown as that, and asked again."""
    area = Area(output.out, lambda: output.size, has_colour=output.has_colour)
    pause = threading.Event()
    picture: list[Line] = []
    try:
        while True:
            try:
                rows = _rows(remote, args)
                picture = draw_runs(rows, datetime.now(UTC), output, MARGIN) if rows else [line(output.words("ps.none"), "dim")]
                area.draw((), picture)
            except ServerUnreachable as error:
                area.draw((), [*picture, line(error.message, "red")])
            pause.wait(REFRESH_SECONDS)
    except HeadwayError:
        area.close()
        raise
    except KeyboardInterrupt:
        area.close()
        for content in picture:
            output.line(content)


def draw_runs(rows: list[Document], now: datetime, output: Output, margin: int = 0) -> list[Line]:
    """The table. In a terminal ids are short, what is too wide is cut `margin` columns before its edge; in a pipe everything is whole."""
    if not rows:
        return []
    words = output.words
    columns = (
        Column(title=words("ps.run")),
        Column(title=words("ps.state")),
        Column(title=words("ps.name"), gives_way=True),
        Column(title=words("ps.progress")),
        Column(title=words("ps.rate")),
        Column(title=words("ps.eta")),
        Column(title=words("ps.age")),
        Column(title=words("ps.last_line"), gives_way=True),
    )
    drawn = [_row(row, now, output) for row in rows]
    kept = [at for at in range(len(columns)) if at < 3 or any(any(text for text, _ in row[at]) for row in drawn)]
    width = output.size[0] - margin if output.is_terminal else None
    for least in (7, 4, 6, 5):  # last line, rate, age, time left: what a narrow terminal can do without
        if width is not None and least_width([columns[at] for at in kept], [[row[at] for at in kept] for row in drawn]) > width:
            kept = [at for at in kept if at != least]
    return draw_table([columns[at] for at in kept], [[row[at] for at in kept] for row in drawn], width)


def _row(row: Document, now: datetime, output: Output) -> list[Line]:
    language = output.language
    view = part(row, "view")
    bar = part(view, "progress")
    state = view.get("state") or row["state"]
    is_open, is_active = state not in FINAL, state in ACTIVE
    named = clean(row.get("name") or row.get("task") or "")
    return [
        line(short(row["id"]) if output.is_terminal else row["id"], "dim"),
        state_line(state, language),
        line(named),
        _progress_or_family(view, bar, output) if is_open or view.get("children") else (),
        line(format_rate(bar["rate"], bar.get("unit"), language) if is_active and bar.get("rate") is not None else ""),
        line(_left(row, bar, output) if is_active else ""),
        line(_age(row, now, output), "dim"),
        line(clean(part(view, "last_line").get("text", "")), "dim"),
    ]


def _left(row: Document, bar: dict[str, Any], output: Output) -> str:
    """By what past runs tell; else by the bar's own rate. In a pipe with the range."""
    said = row.get("estimate")
    if not said or said["basis"] == Basis.RATE:
        return format_about(bar["eta_seconds"], output.language) if bar.get("eta_seconds") is not None else ""
    about = format_about(said["left"]["middle"], output.language)
    return about if output.is_terminal else f"{about} ({format_spell(said['left']['low'], said['left']['high'], output.language)})"


def _progress_or_family(view: dict[str, Any], bar: dict[str, Any], output: Output) -> Line:
    return line(family_text(view["children"], output.words)) if view.get("children") else _progress(bar, output)


def _progress(bar: dict[str, Any], output: Output) -> Line:
    if not bar:
        return ()
    done, total = bar.get("done"), bar.get("total")
    percent = format_percent(done, total)
    if total is None or not output.is_terminal:
        text = format_progress(done, total, bar.get("unit"))
        return line(f"{percent}  {text}" if percent else text)
    return (*bar_spans(done, total, 10), (f" {percent:>5}", ""))


def _age(row: Document, now: datetime, output: Output) -> str:
    at = row.get("finished_at") or row.get("started_at") or row.get("created_at")
    return format_ago((now - parse_iso(at)).total_seconds(), output.language) if at else ""
