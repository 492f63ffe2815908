"""Tasks with parameters of every kind, and some that no form can show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Literal

import headway
from headway import Field


class Colour(Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    AMBER = "amber"
    TEAL = "teal"


@dataclass
class Pupil:
    """A pupil of the class."""

    name: str
    marks: list[int] = field(default_factory=list)


@dataclass
class Node:
    """A thing that may hold things of its kind."""

    name: str
    children: list[Node] = field(default_factory=list)


@headway.task(tags=["form"])
def everything(
    title: Annotated[str, Field(min_length=2, max_length=80)],
    students: Annotated[int, Field(minimum=1, maximum=5_000)] = 30,
    doubt: Annotated[float, Field(minimum=0, maximum=1)] = 0.5,
    size: Literal["small", "full"] = "full",
    colour: Colour = Colour.RED,
    is_dry: bool = False,
    mood: bool | None = None,
    day: date | None = None,
    at: datetime | None = None,
    patience: timedelta = timedelta(minutes=90),
    words: list[str] = ["one", "two"],
    pupils: list[Pupil] | None = None,
    weights: dict[str, float] = {"a": 0.5},
    source: str | int = "file",
    picture: bytes | None = None,
    pair: tuple[str, int] = ("x", 1),
    anything: Any = None,
    tree: Node | None = None,
) -> str:
    """Takes a parameter of every kind.

    Args:
        title: What it is called; shown in the report.
        students: How many sheets are in the pile.
    """
    rest = [size, colour.value, is_dry, mood, day, at, patience, words, pupils, weights, source, picture, pair, anything, tree]
    return f"{title}: {students}, {rest}"


@headway.task
def even(number: Annotated[int, Field(multiple_of=2)] = 2) -> int:
    """Takes even numbers only."""
    return number


@headway.task
def any_names(**given: Any) -> dict[str, Any]:
    """Takes whatever it is given."""
    return given
