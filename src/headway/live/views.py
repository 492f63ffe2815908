"""Changes of a view between two flushes, and the difference of two views."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class Changes:
    """Patches folded into as few as possible: almost always one.

    A merge patch cannot say "remove this object, then make another under the same name": folded, the new one would inherit
    keys of the old. Where that would happen (a bar's name is used again by the next attempt) a second patch begins.
    """

    __slots__ = ("count", "patches")

    def __init__(self) -> None:
        self.patches: list[tuple[int, Json]] = []
        """Each with the seq that it leads to."""
        self.count = 0

    def add(self, patch: Json, seq: int) -> None:
        if not patch:
            return
        self.count += 1
        if self.patches and not _clash(self.patches[-1][1], patch):
            last = self.patches[-1][1]
            _fold(last, patch)
            self.patches[-1] = (seq, last)
        else:
            self.patches.append((seq, _copy(patch)))

    def take(self) -> Changes:
        taken = Changes()
        taken.patches, taken.count = self.patches, self.count
        self.patches, self.count = [], 0
        return taken


def merge(parts: list[Changes]) -> Changes:
    """What leads from before the first to after the last. May be applied anywhere in between, too: for each key the last
    word counts, and every word spoken since is in it."""
    if len(parts) == 1:
        return parts[0]
    merged = Changes()
    for part in parts:
        for seq, patch in part.patches:
            merged.add(patch, seq)
    merged.count = sum(part.count for part in parts)
    return merged


def _clash(first: Json, then: Json) -> bool:
    for key, value in then.items():
        if isinstance(value, dict) and key in first:
            inner = first[key]
            if not isinstance(inner, dict) or _clash(inner, value):  # pyright: ignore[reportUnknownArgumentType]
                return True
    return False


def _fold(first: Json, then: Json) -> None:
    """Like `model.patches.fold_patches`, but never lets `first` share an object with `then`, which others still read."""
    for key, value in then.items():
        inner = first.get(key)
        if isinstance(value, dict):
            if isinstance(inner, dict):
                _fold(inner, value)  # pyright: ignore[reportUnknownArgumentType]
            else:
                first[key] = _copy(value)  # pyright: ignore[reportUnknownArgumentType]
        else:
            first[key] = value


def _copy(patch: Json) -> Json:
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in patch.items()}  # pyright: ignore[reportUnknownArgumentType]


def difference(before: Json, after: Json) -> Json:
    """The merge patch that makes `after` of `before`."""
    patch: Json = dict.fromkeys(before.keys() - after.keys(), None)
    for key, value in after.items():
        old = before.get(key)
        if old == value and key in before:
            continue
        patch[key] = difference(old, value) if isinstance(old, dict) and isinstance(value, dict) else value  # pyright: ignore[reportUnknownArgumentType]
    return patch
