"""Tables that fit the terminal: the widest columns give way first; piped, nothing is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headway.cli.screen.text import Line, Span, cells, cut, plain, width_of

GAP = "  "
NARROWEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    title: str
    is_right: bool = False
    gives_way: bool = False
    """Whether it may be cut when the table is too wide."""


def draw_table(columns: Sequence[Column], rows: Sequence[Sequence[Line]], width: int | None) -> list[Line]:
    """Title row and rows. `width`: None leaves every cell whole."""
    widths = [max([cells(column.title), *(width_of(row[at]) for row in rows)]) for at, column in enumerate(columns)]
    if width is not None:
        _fit(widths, columns, width)
    header = _row([((column.title, "dim"),) for column in columns], columns, widths)
    return [header, *(_row(row, columns, widths) for row in rows)]


def least_width(columns: Sequence[Column], rows: Sequence[Sequence[Line]]) -> int:
    """How narrow the table can be made."""
    widths = [max([cells(column.title), *(width_of(row[at]) for row in rows)]) for at, column in enumerate(columns)]
    least = [min(width, 12) if column.gives_way else width for width, column in zip(widths, columns, strict=True)]
    return sum(least) + len(GAP) * (len(least) - 1)


def _fit(widths: list[int], columns: Sequence[Column], width: int) -> None:
    """Take one cell after another from the widest column that gives way."""
    over = sum(widths) + len(GAP) * (len(widths) - 1) - width
    while over > 0:
        able = [at for at, column in enumerate(columns) if column.gives_way and widths[at] > NARROWEST]
        if not able:
            return
        widths[max(able, key=lambda at: widths[at])] -= 1
        over -= 1


def _row(row: Sequence[Line], columns: Sequence[Column], widths: Sequence[int]) -> Line:
    spans: list[Span] = []
    for at, (content, column) in enumerate(zip(row, columns, strict=True)):
        text = content if width_of(content) <= widths[at] else ((cut(plain(content), widths[at]), content[0][1] if content else ""),)
        space = " " * (widths[at] - width_of(text))
        if at:
            spans.append((GAP, ""))
        is_last = at == len(columns) - 1
        spans.extend([(space, ""), *text] if column.is_right else [*text, *([] if is_last else [(space, "")])])
    while spans and not spans[-1][0].strip():
        spans.pop()
    return tuple(spans)
