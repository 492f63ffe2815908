"""What `headway group`, `role` and `grant` have in common."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from headway.cli.complaints import UsageError
from headway.cli.output import Output
from headway.cli.screen.table import Column, draw_table
from headway.cli.screen.text import Line

ACTS = ("list", "show", "add", "remove")


def check_act(output: Output, act: str, options: Mapping[str, str], args: argparse.Namespace) -> None:
    """`options`: of which acts each is, with commas. Raises `UsageError` for one that was given to another."""
    for option, of in options.items():
        if getattr(args, option) is not None and act not in of.split(","):
            raise UsageError(output.words("access.option_of", option=f"--{option}", act=of.replace(",", ", ")))


def of_name(output: Output, name: str | None, act: str) -> str:
    """Raises `UsageError` where there is none."""
    if not name:
        raise UsageError(output.words("access.no_name", act=act))
    return name


def show_table(output: Output, columns: Sequence[str], rows: list[list[Line]], *, gives_way: str, right: str = "") -> None:
    heads = [Column(title=output.words(name), is_right=name == right, gives_way=name == gives_way) for name in columns]
    for content in draw_table(heads, rows, output.size[0] if output.is_terminal else None):
        output.line(content)
