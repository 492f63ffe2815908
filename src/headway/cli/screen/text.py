"""Lines of styled text: how wide they are in a terminal, how they are cut, and how foreign text is made harmless."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

Span = tuple[str, str]
"""Text and its style: words of `STYLES` with spaces between, or an empty text."""
Line = tuple[Span, ...]

STYLES = {"bold": "1", "dim": "2", "inverse": "7", "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36"}
TAB = "    "

_SEQUENCE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # operating system commands: window titles, clipboard, links
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # device control and other strings
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"  # control sequences: colours, cursor
    r"|\x1b[ -/]*[0-~]?"  # all other escapes
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Also the characters that reverse the direction of text: they make a line read as what it is not."""


def line(text: str = "", style: str = "") -> Line:
    return ((text, style),)


def join(spans: Sequence[Line], separator: Span = (" · ", "dim")) -> Line:
    """Lines one after another on one line, with a separator between those that are not empty."""
    joined: list[Span] = []
    for part in spans:
        if not any(text for text, _ in part):
            continue
        if joined:
            joined.append(separator)
        joined.extend(part)
    return tuple(joined)


def plain(content: Line) -> str:
    return "".join(text for text, _ in content)


def render(content: Line, *, has_colour: bool) -> str:
    """As written to a terminal; without colour, the bare text."""
    if not has_colour:
        return plain(content)
    parts: list[str] = []
    for text, style in content:
        codes = ";".join(STYLES[word] for word in style.split())
        parts.append(f"\x1b[{codes}m{text}\x1b[0m" if codes and text else text)
    return "".join(parts)


def cells(text: str) -> int:
    """Columns of a terminal that a text takes: Chinese characters take two, accents that stand on another character none."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(character) for character in text)


def _cells_of(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width_of(content: Line) -> int:
    return sum(cells(text) for text, _ in content)


def cut(text: str, width: int) -> str:
    """The text in at most `width` columns; what is missing shows as an ellipsis."""
    if cells(text) <= width:
        return text
    if width <= 0:
        return ""
    kept, room = "", width - 1
    for character in text:
        room -= _cells_of(character)
        if room < 0:
            break
        kept += character
    return kept + "…"


def clip(content: Line, width: int) -> Line:
    """`cut` for a styled line."""
    if width_of(content) <= width:
        return content
    clipped: list[Span] = []
    room = width
    for text, style in content:
        wide = cells(text)
        if wide >= room:
            clipped.append((cut(text, room) if wide > room else cut(text + " ", room), style))
            break
        clipped.append((text, style))
        room -= wide
    return tuple(clipped)


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` columns."""
    text = cut(text, width)
    space = " " * (width - cells(text))
    return space + text if right else text + space


def clean(text: str, *, has_colour: bool = False) -> str:
    """Foreign text made harmless, on one line: no cursor movement, no titles, no control characters. Colours stay if wanted.

    A task may print anything, and what it prints must not act on the terminal of whoever watches.
    """
    if text.isprintable():
        return text
    text = _SEQUENCE.sub(
        lambda found: found[0] if has_colour and _COLOUR.fullmatch(found[0]) else "", text.replace("\t", TAB).replace("\n", " ")
    )
    text = _CONTROL.sub("", text)
    if not has_colour:
        return text.replace("\x1b", "")
    return text + "\x1b[0m" if "\x1b" in text else text
