"""The picture of a live run: what stands below the log while it scrolls. A pure function of the view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headway.cli.documents import part
from headway.cli.formats import format_clock, format_count, format_elapsed, format_lag, format_lines, format_number
from headway.cli.messages import Words
from headway.cli.screen.bar import bar_line
from headway.cli.screen.family import family_text
from headway.cli.screen.state import state_line, state_style
from headway.cli.screen.text import Line, Span, cells, clean, clip, cut, join, line, width_of
from headway.model.fold import MAIN_BAR

SHOWN_BARS = 6
LABEL_WIDEST = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How the picture reaches us."""

    is_live: bool = True
    lag_seconds: float | None = None
    """Age of the newest news when it came."""
    caught_up: int = 0
    """Lines that came after the last time the connection was lost; 0: it was not lost lately."""
    failures: int = 0
    gap_lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What else the picture depends on: size, time, and how often it was drawn."""

    width: int
    height: int
    elapsed_seconds: float | None = None
    line_count: int = 0
    """Lines of the log that have come."""
    tick: int = 0
    hint: str = ""
    waiting: str = ""
    """Why the run waits."""
    expected: str = ""
    """When it is expected to start."""
    left: str = ""
    """How long it will go on, as its task's past runs tell."""


def draw_run(view: dict[str, Any], link: Link, moment: Moment, words: Words) -> list[Line]:
    """At most ``height - 1`` lines, the most important first to stay."""
    parts = [
        [_header(view, link, moment, words)],
        _main_bar(view, moment, words),
        [line(moment.waiting, "yellow")] if moment.waiting else [],
        [line(moment.expected)] if moment.expected else [],
        [line(family_text(view["children"], words))] if view.get("children") else [],
        [_told(view)],
        _bars(view, moment, words),
        [_metrics(view)],
        [_footer(view, link, moment, words)],
    ]
    lines = [content for part in parts for content in part if content]
    room = max(1, moment.height - 2)
    if len(lines) > room:
        # The header, the main bar and the footer stay; bars and metrics go first.
        lines = [*lines[: room - 1], lines[-1]] if room > 2 else lines[:room]
    rule = line("─" * moment.width, "dim")
    return [rule, *(clip(content, moment.width) for content in lines)]


def _header(view: dict[str, Any], link: Link, moment: Moment, words: Words) -> Line:
    state = view.get("state", "")
    parts: list[Line] = [state_line(state, words.language, is_bold=True), line(clean(view.get("name", "")), "bold")]
    if view.get("attempt", 0) > 1:
        parts.append(line(words("frame.attempt", attempt=view["attempt"]), "yellow"))
    if moment.elapsed_seconds is not None:
        parts.append(line(format_elapsed(moment.elapsed_seconds, words.language)))
    if moment.left:
        parts.append(line(moment.left, "dim"))
    left = join(parts, ("  ", ""))
    right = badge(link, words)
    space = moment.width - width_of(left) - width_of(right)
    if space < 2:
        left = clip(left, max(0, moment.width - width_of(right) - 2))
        space = moment.width - width_of(left) - width_of(right)
    return (*left, (" " * max(0, space), ""), *right)


def badge(link: Link, words: Words) -> Line:
    """``live · 12 ms``; amber above a second; red while reconnecting; afterwards how many lines were caught up."""
    if not link.is_live:
        return line(words("badge.reconnecting", failures=link.failures), "bold red")
    live = [(words("badge.live"), "green")]
    lag = link.lag_seconds
    if lag is not None:
        live.append((" · " + format_lag(lag, words.language), "yellow" if lag > 1 else "dim"))
    if link.caught_up:
        live.append((" · " + words("badge.caught_up", lines=format_lines(link.caught_up, words.language)), "green"))
    return tuple(live)


def _main_bar(view: dict[str, Any], moment: Moment, words: Words) -> list[Line]:
    bar = view.get("progress")
    if not bar:
        return []
    style = state_style(view.get("state", "")).replace("dim", "cyan").replace("blue", "cyan")
    if moment.left:
        bar = {**bar, "eta_seconds": None}  # the time left stands in the header
    return [bar_line(bar, moment.width, words, style=style, tick=moment.tick)]


def _told(view: dict[str, Any]) -> Line:
    """What people are told: where in the steps, the status text, the bar's message."""
    parts: list[Line] = []
    path = _path(view)
    if path:
        parts.append(line(" › ".join(path), "cyan"))
    told = (view.get("status_text"), view.get("progress", {}).get("message"), view.get("reason"))
    parts.extend(line(clean(text)) for text in told if text)
    return join(parts)


def _path(view: dict[str, Any]) -> list[str]:
    """Names of the newest open step and those around it, outermost first; the stage when no step is open."""
    steps: dict[str, Any] = view.get("steps", {})
    if not steps:
        return [clean(view["stage"])] if view.get("stage") else []
    names: list[str] = []
    at: str | None = next(reversed(steps))
    while at in steps and len(names) < 8:
        names.append(clean(steps[at]["name"]))
        at = steps[at].get("parent")
    if view.get("stage") and clean(view["stage"]) != names[0]:
        names.insert(0, clean(view["stage"]))
    return names[::-1]


def _bars(view: dict[str, Any], moment: Moment, words: Words) -> list[Line]:
    """The bars beside the one in the header, those of inner steps indented."""
    bars: dict[str, Any] = view.get("bars", {})
    header = MAIN_BAR if MAIN_BAR in bars else _header_bar(view)
    shown = [(name, bar) for name, bar in bars.items() if name != header and not bar.get("is_closed")]
    more = len(shown) - SHOWN_BARS
    shown = shown[-SHOWN_BARS:]
    labels = [_label(name, bar, view) for name, bar in shown]
    label_width = min(LABEL_WIDEST, max(map(cells, labels), default=0), max(4, moment.width // 3))
    lines = [
        bar_line(bar, moment.width, words, label=label, label_width=label_width, style="blue", tick=moment.tick)
        for label, (_, bar) in zip(labels, shown, strict=True)
    ]
    return [*lines, line(words("frame.more_bars", count=more), "dim")] if more > 0 else lines


def _header_bar(view: dict[str, Any]) -> str | None:
    """Which bar the header repeats: the newest one (see the fold)."""
    at = view.get("progress", {}).get("at")
    done = view.get("progress", {}).get("done")
    return next((name for name, bar in reversed(view.get("bars", {}).items()) if bar.get("at") == at and bar.get("done") == done), None)


def _label(name: str, bar: dict[str, Any], view: dict[str, Any]) -> str:
    steps: dict[str, Any] = view.get("steps", {})
    depth, at = 0, bar.get("step")
    while at in steps and depth < 8:
        depth += 1
        at = steps[at].get("parent")
    text = clean(str(bar.get("name") or part(steps, str(bar.get("step"))).get("name") or name))
    return "  " * max(0, depth - 1) + text


def _metrics(view: dict[str, Any]) -> Line:
    parts: list[Line] = []
    for name, metric in view.get("metrics", {}).items():
        unit = f" {clean(metric['unit'])}" if metric.get("unit") else ""
        parts.append(((clean(name) + " ", "dim"), (format_number(metric.get("value")) + unit, "")))
    return join(parts, ("   ", ""))


def _footer(view: dict[str, Any], link: Link, moment: Moment, words: Words) -> Line:
    counters: dict[str, int] = view.get("counters", {})
    parts: list[Line] = [line(format_lines(moment.line_count, words.language), "dim")]
    errors = counters.get("error", 0) + counters.get("critical", 0)
    for count, key, style in (
        (counters.get("warning", 0), "frame.warnings", "yellow"),
        (errors, "frame.errors", "red"),
        (counters.get("artifacts", 0), "frame.artifacts", "dim"),
        (counters.get("dropped_lines", 0), "frame.dropped", "yellow"),
        (link.gap_lines, "frame.gap", "yellow"),
    ):
        if count:
            parts.append(line(words(key, count=format_count(count)), style))
    parts.extend(line(words(f"frame.{flag}"), "yellow") for flag in ("is_throttled", "is_silent") if view.get(flag))
    if view.get("state") in ("scheduled", "retrying") and view.get("until"):
        parts.append(line(words("frame.until", at=format_clock(view["until"])), "dim"))
    left = join(parts)
    hint: list[Span] = []
    room = moment.width - width_of(left) - 2
    if moment.hint and room > 10:
        text = cut(moment.hint, room)
        hint = [(" " * (room + 2 - cells(text)), ""), (text, "dim")]
    return (*left, *hint)
