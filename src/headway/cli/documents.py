"""Parts of JSON documents, whose shape nobody promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

Document = dict[str, Any]


def part(document: Mapping[str, Any], key: str) -> Document:
    """The object under a key; an empty one when there is none."""
    value = document.get(key)
    return cast("Document", value) if isinstance(value, dict) else {}


def parts(document: Mapping[str, Any], key: str) -> list[Document]:
    """The objects in the list under a key."""
    value = document.get(key)
    return [item for item in cast("list[Any]", value) if isinstance(item, dict)] if isinstance(value, list) else []
