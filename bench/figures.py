"""How a bench says what it found: one JSON line a figure on standard output, `{"figure": NAME, VALUE: number, …}`."""

from __future__ import annotations

import json
import sys
from typing import Any, cast

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
        said: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    values = cast("dict[str, Any]", said)
    name = values.pop("figure", None)
    return (name, values) if isinstance(name, str) else None
