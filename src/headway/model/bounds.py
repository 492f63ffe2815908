"""What keeps a view within `VIEW_LIMIT`, whatever is reported: texts are cut, numbers are finite, and the maps share a budget.

All of it is arithmetic on characters and counts, so that every implementation of the fold drops the same things.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any, cast

Item = dict[str, Any]

VIEW_LIMIT = 32_768
"""Bytes of a view as compact JSON in UTF-8."""
MAPS_LIMIT = 19_000
"""What bars, steps and metrics may cost together; the rest of the view has limits of its own, 13 KB in all."""
MAIN_BAR = "main"
LIMITS = {"bars": 50, "steps": 100, "metrics": 100}

SHORT_TEXT = 300
"""Characters of a text that the view repeats (last line, status, error): the journal has the whole."""
MESSAGE_TEXT = 160
NAME_TEXT = 100
UNIT_TEXT = 20
KEY_TEXT = 60
TAGS_LIMIT = 1_000
"""What the tags of a run may cost together."""
LABELS_LIMIT = 8

_SLOWLY = {"message": MESSAGE_TEXT * 4}
"""Texts that change often are counted as if they were as long as they may be, so that they need not be counted again."""
_COST_OF_NUMBER = 24
_COST_OF_KEY = 8
_SURELY_FIT = 8
"""So many items fit, however long their texts."""
_SIZED = ("name", "unit", "step", "parent")
_UNSHOWABLE = re.compile("[\\x00-\\x1f\\x7f\\ud800-\\udfff]")


def short(text: object, limit: int = SHORT_TEXT) -> str:
    """A text as one line of at most `limit` characters; what cannot be shown (control characters, half surrogates) is a space."""
    if type(text) is not str:
        return ""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return text if text.isprintable() else _UNSHOWABLE.sub(" ", text)


def key_of(text: str) -> str:
    """An id as a key of a map: cut when it is long, and then still its own (CRC-32 of the whole)."""
    if len(text) <= KEY_TEXT and text.isprintable():
        return text
    return f"{short(text, KEY_TEXT - 9)}~{zlib.crc32(text.encode('utf-8', 'replace')):08x}"


def number(value: Any) -> Any:
    """A number that every JSON reader understands as the same: None for one that is not finite, or beyond 1e300."""
    if type(value) is int:
        return value if -(2**53) <= value <= 2**53 else number(float(value) if abs(value) < 10**300 else None)
    return value if type(value) is float and -1e300 < value < 1e300 else None


def labels_of(labels: dict[str, Any]) -> dict[str, str]:
    """At most `LABELS_LIMIT` labels, in the order of their names. Values are text, whole numbers or truth values; others are left out."""
    words = {True: "true", False: "false"}
    kept: dict[str, str] = {}
    for name in sorted(labels)[:LABELS_LIMIT]:
        value: Any = labels[name]
        if type(value) is bool:
            kept[short(name, UNIT_TEXT)] = words[value]
        elif type(value) in (str, int):
            kept[short(name, UNIT_TEXT)] = short(str(value), UNIT_TEXT * 2)
    return kept


def tags_of(tags: list[Any]) -> list[str]:
    """The first tags that fit."""
    kept: list[str] = []
    cost = 0
    for tag in tags:
        text = short(tag, NAME_TEXT)
        cost += _cost_of_text(text) + 3
        if cost > TAGS_LIMIT:
            break
        kept.append(text)
    return kept


def is_same_size(before: Item, after: Item) -> bool:
    """Whether an item that took the place of another leaves the budget as it was."""
    return all(before.get(key) == after.get(key) for key in _SIZED)


def crowded_out(view: dict[str, Any], newest: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """(map, item) of what must leave the view, one after the other, because of the item that has just come.

    First what is over the number of its map, then, while bars, steps and metrics cost more than `MAPS_LIMIT` together: the oldest
    closed bar, else the oldest item of the map that costs most. The newest item and the main bar stay.
    """
    name = newest[0]
    if len(view[name]) > LIMITS[name]:
        gone = _oldest(view[name], newest, name)
        if gone is not None:
            yield name, gone
    if sum(len(view.get(key, ())) for key in LIMITS) <= _SURELY_FIT:
        return
    costs = {key: {item: _cost_of_item(item, value) for item, value in view.get(key, {}).items()} for key in LIMITS}
    totals = {key: sum(items.values()) for key, items in costs.items()}
    while sum(totals.values()) > MAPS_LIMIT:
        found = _next_to_leave(view, costs, totals, newest)
        if found is None:
            return
        where, gone = found
        totals[where] -= costs[where].pop(gone)
        yield found


def _next_to_leave(
    view: dict[str, Any], costs: dict[str, dict[str, int]], totals: dict[str, int], newest: tuple[str, str]
) -> tuple[str, str] | None:
    for bar in costs["bars"]:
        if view["bars"][bar].get("is_closed") and bar != MAIN_BAR and ("bars", bar) != newest:
            return "bars", bar
    for key in sorted(LIMITS, key=lambda key: -totals[key]):
        gone = _oldest(costs[key], newest, key)
        if gone is not None:
            return key, gone
    return None


def _oldest(items: dict[str, Any], newest: tuple[str, str], key: str) -> str | None:
    """The oldest closed item of a map, else the oldest; the newest and the main bar stay."""
    leaving = [item for item in items if (key, item) != newest and (key, item) != ("bars", MAIN_BAR)]
    closed = (item for item in leaving if isinstance(items[item], dict) and items[item].get("is_closed"))
    return next(closed, leaving[0] if leaving else None)


def _cost_of_item(name: str, item: Item) -> int:
    cost = _cost_of_text(name) + _COST_OF_KEY
    for key, value in item.items():
        cost += _COST_OF_KEY + len(key)
        if key in _SLOWLY:
            cost += _SLOWLY[key]
        elif type(value) is str:
            cost += _cost_of_text(value)
        elif type(value) is dict:
            texts = cast("dict[str, str]", value)
            cost += sum(_cost_of_text(label) + _cost_of_text(text) + _COST_OF_KEY for label, text in texts.items())
        else:
            cost += _COST_OF_NUMBER
    return cost


def _cost_of_text(text: str) -> int:
    """Bytes of a text in JSON: UTF-8, with a backslash before each quote and each backslash."""
    return (len(text) if text.isascii() else len(text.encode())) + text.count('"') + text.count("\\")
