"""`headway.log`: a line of the run's log, written to the supervisor before the call returns."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.model.clock import iso
from headway.model.events import LEVELS, LOG_WRITTEN, TEXT_LIMIT, Event
from headway.sdk.context import RunContext, current, innermost_step, run_of_context
from headway.sdk.jsonable import clean, safe

if TYPE_CHECKING:
    from headway.sdk.masking import Mask

TRACEBACK_LIMIT = 32_768
"""Characters of a traceback; the middle of a longer one is left out."""
CONTEXT_LIMIT = 32_768
"""Characters of a line's context as Python writes it; beyond, its values are shown short."""

_MAY_SWELL = TEXT_LIMIT // 6
"""Characters that fit in any case: a lone surrogate is written as six."""

_places: dict[str, str] = {}


def place(filename: str, line: int) -> str:
    """``grading/marks.py:42``: relative to the working directory, or the last two parts of the path."""
    short = _places.get(filename)
    if short is None:
        path = Path(filename)
        try:
            short = str(path.relative_to(Path.cwd()))
        except (ValueError, OSError):
            short = "/".join(path.parts[-2:])
        if len(_places) < 10_000:
            _places[filename] = short
    return f"{short}:{line}"


def write_line(run: RunContext, level: str, text: str, fields: dict[str, Any]) -> None:
    """Report a line of any length: beyond `TEXT_LIMIT` in parts, each an entry, of which the last carries traceback and context."""
    if run.mask is not None and len(text) > TEXT_LIMIT:
        text = run.mask.text(text)  # before it is cut
    if len(text) > _MAY_SWELL and not text.isascii():
        text = clean(text)  # before it is measured
    step = innermost_step.get()
    if step is not None:
        fields = {"step": step.id, **fields}
    if len(text) <= TEXT_LIMIT and run.reporter.line(level, text, fields):
        return
    event: Event = {"kind": LOG_WRITTEN, "at": iso(), "level": level, "text": text}
    if len(text) <= TEXT_LIMIT:
        run.reporter.report({**event, **fields})
        return
    for start in range(0, len(text), TEXT_LIMIT):
        part = {**event, **fields, "text": text[start : start + TEXT_LIMIT]}
        if start + TEXT_LIMIT < len(text):
            part["part"] = True
            part.pop("traceback", None)
            part.pop("context", None)
        run.reporter.report(part)


def safe_context(context: dict[str, Any]) -> dict[str, Any]:
    """Fields that accompany a line, as JSON and bounded in all."""
    shown = {str(key): safe(value) for key, value in context.items()}
    if len(shown) > 4 or any(type(value) in (dict, list) for value in shown.values()):
        size = len(repr(shown))
        if size > CONTEXT_LIMIT:
            room = max(40, CONTEXT_LIMIT // len(shown) - 40)
            shown = {key[:200]: value if len(repr(value)) <= room else repr(value)[:room] + "…" for key, value in list(shown.items())[:400]}
    return shown


def short_traceback(text: str, mask: Mask | None) -> str:
    """Without its middle, if it is long. `mask`: takes secrets out before."""
    if len(text) <= TRACEBACK_LIMIT:
        return text
    if mask is not None:
        text = mask.text(text)
    half = TRACEBACK_LIMIT // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"


class Log:
    """``headway.log("read", rows=40)`` and ``headway.log.warning("doubtful", sheet=7)``; keyword arguments become the line's context."""

    __slots__ = ()

    def __call__(self, text: object, level: str = "info", **context: Any) -> None:
        if level not in LEVELS:
            raise ValueError(f"level must be one of {', '.join(LEVELS)}, not {level!r}")
        _log(text, level, context)

    def debug(self, text: object, **context: Any) -> None:
        _log(text, "debug", context)

    def info(self, text: object, **context: Any) -> None:
        _log(text, "info", context)

    def warning(self, text: object, **context: Any) -> None:
        _log(text, "warning", context)

    def error(self, text: object, **context: Any) -> None:
        _log(text, "error", context)

    def critical(self, text: object, **context: Any) -> None:
        _log(text, "critical", context)


def _log(text: object, level: str, context: dict[str, Any]) -> None:
    frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]  (the caller's line)
    fields: dict[str, Any] = {"source": place(frame.f_code.co_filename, frame.f_lineno)}
    if context:
        fields["context"] = safe_context(context)
    write_line(run_of_context.get() or current(), level, text if type(text) is str else str(text), fields)


log = Log()
