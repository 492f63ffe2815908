"""How a state looks: colour, icon and word together, because no one of them reaches everybody."""

from __future__ import annotations

from headway.cli.formats import Language, format_state
from headway.cli.screen.text import Line

_LOOKS = {
    "scheduled": ("◷", "dim"),
    "awaiting_approval": ("◇", "magenta"),
    "queued": ("○", "dim"),
    "running": ("●", "blue"),
    "pausing": ("◐", "yellow"),
    "paused": ("‖", "yellow"),
    "cancelling": ("◐", "yellow"),
    "retrying": ("↻", "yellow"),
    "succeeded": ("✓", "green"),
    "failed": ("✗", "red"),
    "cancelled": ("⊘", "yellow"),
    "timed_out": ("⧗", "red"),
    "lost": ("?", "red"),
}


def state_line(state: str, language: Language, *, is_bold: bool = False) -> Line:
    icon, style = _LOOKS.get(state, ("·", ""))
    style = f"bold {style}".strip() if is_bold else style
    return ((f"{icon} {format_state(state, language)}", style),)


def state_style(state: str) -> str:
    return _LOOKS.get(state, ("·", ""))[1]
