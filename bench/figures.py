"""How a bench says what it found: one JSON line a figure on standard output, `{"figure": NAME, VALUE: number, …}`."""

from __future__ import annotations

import json
import sys
from typing import Any

Figures = dict[str, dict[str, Any]]
"""By the figure's name; each has its values by name."""


def tell(figure: str, **values: object) -> None:
    """Print one figure; numbers are rounded to a thousandth."""
    said = {name: round(value, 3) if isinstance(value, float) else value for name, value in values.items()}
    sys.stdout.write(json.dumps({"figure": figure, **said}) + "\n")
    sys.stdout.flush()


def heard(line: str) -> tuple[str, dict[str, Any]] | None:
    """The figure that a line holds; None for any other line."""
    try:
        said: object = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or not isinstance(said.get("figure"), str):
        return None
    return said["figure"], {name: value for name, value in said.items() if name != "figure"}
