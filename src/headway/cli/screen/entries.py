"""An entry of the log facet as lines of text: for the terminal, for a pipe, for a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from headway.cli.formats import format_bytes, format_clock, format_count, format_duration
from headway.cli.messages import Words
from headway.cli.screen.text import Line, Span, clean, line
from headway.model.events import LEVELS

_LEVEL_LOOK = {"debug": ("DEBUG", "dim"), "warning": ("WARN ", "yellow"), "error": ("ERROR", "red"), "critical": ("FATAL", "bold red")}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryStyle:
    """`times`: none, clock (time of day), full (as recorded). `has_colour`: whether colours that the task printed stay."""

    times: str = "none"
    has_colour: bool = False
    level: str = "debug"
    """Log lines below this level are left out; steps, artifacts and the like count as info."""
    shows_events: bool = True
    """Whether steps, artifacts and attempts are shown, not only what was logged."""


def entry_lines(entry: dict[str, Any], style: EntryStyle, words: Words) -> list[Line]:
    """The entry as it is shown, without line ends; nothing, if the style leaves it out."""
    kind = entry.get("kind", "")
    if kind == "log.written":
        level = entry.get("level", "info")
        if LEVELS.index(level) < LEVELS.index(style.level) if level in LEVELS else False:
            return []
        return _log_lines(entry, level, style)
    if not style.shows_events or LEVELS.index(style.level) > LEVELS.index(_weight(entry)):
        return []
    first: Line = (*_time(entry, style), *_event_line(entry, words))
    error = entry.get("error")
    if kind == "attempt.ended" and isinstance(error, dict):
        return [first, *_traceback(cast("dict[str, Any]", error).get("traceback"))]
    return [first]


def _weight(entry: dict[str, Any]) -> str:
    """The level that an entry other than a log line counts as."""
    if entry.get("kind") == "output.dropped":
        return "warning"
    return "error" if entry.get("outcome") in ("failed", "timed_out", "lost") else "info"


def _time(entry: dict[str, Any], style: EntryStyle) -> Line:
    at = entry.get("at", "")
    if style.times == "clock":
        return ((format_clock(at) + " ", "dim"),)
    return ((at + " ", "dim"),) if style.times == "full" else ()


def _log_lines(entry: dict[str, Any], level: str, style: EntryStyle) -> list[Line]:
    time = _time(entry, style)
    word, look = _LEVEL_LOOK.get(level, ("", ""))
    mark: Line = ((word + " ", look),) if word and entry.get("stream") is None else ()
    tone = look if level in ("error", "critical", "debug") else ""
    shown = [clean(text, has_colour=style.has_colour) for text in _rows(entry.get("text", ""))]
    lines: list[Line] = [(*time, *mark, (text, "" if "\x1b" in text else tone)) for text in shown]
    if entry.get("context"):
        facts = " ".join(f"{key}={clean(_short_json(value))}" for key, value in entry["context"].items())
        lines[-1] = (*lines[-1], ("  " + clean(facts), "dim"))
    return [*lines, *_traceback(entry.get("traceback"))]


def _traceback(text: Any) -> list[Line]:
    return [line("  " + clean(row), "dim") for row in _rows(text.rstrip("\n"))] if isinstance(text, str) and text else []


def _rows(text: str) -> list[str]:
    """Lines of a text; of a line that was written over with carriage returns, what stood there last."""
    rows: list[str] = []
    for row in text.split("\n"):
        drawn = [part for part in row.split("\r") if part]
        rows.append(drawn[-1] if drawn else "")
    return rows


def _short_json(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:199] + "…"


_OUTCOMES: dict[str, Span] = {
    "succeeded": ("✓", "green"),
    "failed": ("✗", "red"),
    "timed_out": ("⧗", "red"),
    "lost": ("?", "red"),
    "cancelled": ("⊘", "yellow"),
    "paused": ("‖", "yellow"),
    "released": ("↻", "yellow"),
}


def _event_line(entry: dict[str, Any], words: Words) -> Line:
    language = words.language
    outcome = entry.get("outcome", "")
    match entry.get("kind", ""):
        case "step.started":
            return (("▸ ", "cyan"), (clean(entry.get("name", "")), "cyan"))
        case "step.ended":
            icon = _OUTCOMES.get(outcome, ("·", ""))
            took = format_duration(entry["duration_seconds"], language) if "duration_seconds" in entry else ""
            name = clean(str(entry.get("name") or entry.get("step", "")))
            return ((icon[0] + " ", icon[1]), (name, ""), (f"  {took}" if took else "", "dim"), *_why(entry))
        case "artifact.added":
            return (("+ ", "green"), (clean(entry.get("name", "")), ""), (f"  {format_bytes(entry.get('size_bytes'))}", "dim"))
        case "result.stored":
            return ((words("entry.result", size=format_bytes(entry.get("size_bytes"))), "dim"),)
        case "attempt.started":
            key = "entry.attempt_resumed" if entry.get("checkpoint") else "entry.attempt_started"
            return ((words(key, attempt=entry.get("attempt"), checkpoint=entry.get("checkpoint")), "dim"),)
        case "attempt.ended":
            icon = _OUTCOMES.get(outcome, ("·", ""))
            text = words("entry.attempt_ended", attempt=entry.get("attempt"), outcome=words.find(f"outcome.{outcome}") or outcome)
            return ((icon[0] + " ", icon[1]), (text, "dim"), *_why(entry))
        case "command.given":
            return ((words("entry.command", do=entry.get("do"), by=clean(str(entry.get("by")))), "yellow"),)
        case "approval.requested" | "approval.approved" | "approval.refused" as kind:
            return _approval_line(kind, entry, words)
        case "output.dropped":
            reason = clean(entry.get("reason", ""))
            return ((words("entry.dropped", count=format_count(entry.get("line_count")), reason=reason), "yellow"),)
        case kind:
            rest = {key: value for key, value in entry.items() if key not in ("kind", "at", "seq", "line", "attempt")}
            return ((f"{clean(kind)} {clean(_short_json(rest))}", "dim"),)


def _approval_line(kind: str, entry: dict[str, Any], words: Words) -> Line:
    said = {key: clean(str(entry[key])) for key in ("needed", "given", "by", "until", "reason") if entry.get(key) is not None}
    words_of = words(f"entry.{kind.replace('.', '_')}", **{"by": "?", "given": "?", "needed": "?", **said})
    colour = {"approval.requested": "yellow", "approval.approved": "green", "approval.refused": "red"}[kind]
    return ((words_of, colour), ("  " + said["reason"] if "reason" in said else "", ""))


def _why(entry: dict[str, Any]) -> Line:
    error = entry.get("error")
    if not isinstance(error, dict):
        return ()
    return (("  " + error_text(cast("dict[str, Any]", error)), "red"),)


def error_text(error: dict[str, Any]) -> str:
    """``ValueError: no sheets`` on one line."""
    kind, message = clean(str(error.get("type") or "")), clean(str(error.get("message") or error.get("code") or ""))
    return f"{kind}: {message}".replace("\n", " ") if kind else message.replace("\n", " ")
