"""JSON Merge Patch (RFC 7396) on plain dicts: how a change of the view is said, applied and folded together."""

from __future__ import annotations

from typing import Any, cast

Json = dict[str, Any]


def apply_patch(target: Json, patch: Json) -> Json:
    """Apply `patch` to `target` in place and return it. ``None`` removes; objects merge; all else replaces."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            inner = target.get(key)
            if not isinstance(inner, dict):
                inner = target[key] = {}
            apply_patch(cast("Json", inner), cast("Json", value))
        else:
            target[key] = value
    return target


def fold_patches(first: Json, then: Json) -> Json:
    """One patch that does what `first` and then `then` would: `first`, changed in place.

    Unlike `apply_patch` it keeps ``None``, because a removal must still be said. Sound as long as a key never changes
    between object and scalar, which holds for views.
    """
    for key, value in then.items():
        inner = first.get(key)
        if isinstance(value, dict) and isinstance(inner, dict):
            fold_patches(cast("Json", inner), cast("Json", value))
        else:
            first[key] = value
    return first
