"""Merge patches: the examples of RFC 7396 that views can hold, and folding."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from headway.model.patches import apply_patch, fold_patches


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": "scalar"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_apply_as_the_rfc_has_it(target: dict[str, Any], patch: dict[str, Any], result: dict[str, Any]) -> None:
    before = copy.deepcopy(patch)

    assert apply_patch(target, patch) == result
    assert patch == before


def test_folding_keeps_removals() -> None:
    assert fold_patches({"a": 1, "b": {"c": 1}}, {"a": None, "b": {"d": None}}) == {"a": None, "b": {"c": 1, "d": None}}


def test_a_folded_patch_does_what_both_did() -> None:
    view = {"bars": {"main": {"done": 1, "total": 2}}, "stage": "load"}
    first = {"bars": {"main": {"done": 2}}, "stage": None}
    then = {"bars": {"main": None, "b": {"done": 0}}, "stage": "score"}

    one_by_one = apply_patch(apply_patch(copy.deepcopy(view), first), then)
    assert apply_patch(copy.deepcopy(view), fold_patches(copy.deepcopy(first), then)) == one_by_one
