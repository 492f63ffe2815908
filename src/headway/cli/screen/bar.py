"""One bar of progress as a line: how full, percent, count, rate, time left; what does not fit is left out from the right."""

from __future__ import annotations

from typing import Any

from headway.cli.documents import part
from headway.cli.formats import Language, format_eta, format_percent, format_progress, format_rate
from headway.cli.messages import Words
from headway.cli.screen.text import Line, Span, clip, pad, width_of
from headway.model.states import FINAL

WIDEST = 40
NARROWEST = 8
BLOCK = 6
"""Cells of the block that wanders through a bar without a total."""


def bar_spans(done: float | None, total: float | None, width: int, *, style: str = "cyan", tick: int = 0) -> Line:
    """A bar of `width` cells in half cells; without a total a block wanders, one cell a tick."""
    if total is None or done is None:
        room = max(1, width - BLOCK)
        at = tick % (2 * room)
        at = at if at < room else 2 * room - at
        parts = ("─" * at, "━" * min(BLOCK, width), "─" * max(0, width - at - BLOCK))
        return ((parts[0], "dim"), (parts[1], style), (parts[2], "dim"))
    share = 1.0 if total <= 0 else min(1.0, max(0.0, done / total))
    halves = int(share * width * 2)
    full = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return ((full, style), ("─" * (width - len(full)), "dim"))


def bar_line(
    bar: dict[str, Any], width: int, words: Words, *, label: str = "", label_width: int = 0, style: str = "cyan", tick: int = 0
) -> Line:
    """A bar of a view, at most `width` columns."""
    done, total, unit = bar.get("done"), bar.get("total"), bar.get("unit")
    head: list[Span] = [(pad(label, label_width) + "  ", "")] if label_width else []
    details = _details(bar, unit, words)
    room = width - width_of(tuple(head))
    while details and _needed(details) > room - NARROWEST - 1:
        details.pop()
    bar_width = max(NARROWEST, min(WIDEST, room - _needed(details) - 1))
    line: list[Span] = [*head, *bar_spans(done, total, bar_width, style=style, tick=tick)]
    for position, (text, look) in enumerate(details):
        line.append((" " if position == 0 else "  ", ""))
        line.append((text, look))
    return clip(tuple(line), width)


def _details(bar: dict[str, Any], unit: str | None, words: Words) -> list[Span]:
    """Most important first."""
    done, total = bar.get("done"), bar.get("total")
    language: Language = words.language
    percent = format_percent(done, total)
    details: list[Span] = [(pad(percent, 5, right=True), "bold")] if percent else []
    details.append((format_progress(done, total, unit), ""))
    is_over = bool(bar.get("is_closed")) or (total is not None and (done or 0) >= total)
    if bar.get("rate") is not None:
        details.append((format_rate(bar["rate"], unit, language), "dim"))
    if not is_over and bar.get("eta_seconds") is not None and bar.get("rate"):
        details.append((words("bar.eta", eta=format_eta(bar["eta_seconds"], language)), "dim"))
    return details


def _needed(details: list[Span]) -> int:
    return width_of(tuple(details)) + 2 * max(0, len(details) - 1)


def progress_text(view: dict[str, Any], words: Words) -> str:
    """Progress in one line without a bar: ``42%  12 / 30 sheets · 3.1 sheets/s · 6 s left``; for pipes and tables."""
    bar = part(view, "progress")
    if not bar:
        return ""
    if view.get("state") in FINAL:
        bar = {**bar, "is_closed": True}  # nothing is left of a run that has ended
    unit = str(bar["unit"]) if bar.get("unit") else None
    details = [text.strip() for text, _ in _details(bar, unit, words)]
    return " · ".join(details)
