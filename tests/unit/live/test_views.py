"""Patches between flushes: folding them, in whatever groups, leads to the same view."""

from __future__ import annotations

import copy
import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from headway.live.points import Points, seq_of, thin
from headway.live.views import Changes, difference, merge
from headway.model.patches import apply_patch
from tests.unit.live.theatre import bare

Json = dict[str, Any]
BAR = st.dictionaries(st.sampled_from(["done", "total", "message"]), st.integers(0, 9), min_size=1, max_size=3)
VIEW = st.fixed_dictionaries({}, optional={"stage": st.text(max_size=3), "bars": st.dictionaries(st.sampled_from("ab"), BAR, max_size=2)})


def _told(view: Json, changes: Changes) -> Json:
    for _, patch in changes.patches:
        apply_patch(view, copy.deepcopy(patch))
    return bare(view)


@given(VIEW, VIEW)
def test_the_difference_of_two_views_leads_from_one_to_the_other(before: Json, after: Json) -> None:
    assert bare(apply_patch(copy.deepcopy(before), difference(before, after))) == bare(after)


@given(st.lists(VIEW, min_size=2, max_size=8), st.integers(1, 7), st.integers(0, 7))
def test_folded_patches_lead_to_the_same_view_from_wherever_one_stands(views: list[Json], size: int, at: int) -> None:
    parts: list[Changes] = []
    for seq, (before, after) in enumerate(itertools.pairwise(views), 1):
        if (seq - 1) % size == 0:
            parts.append(Changes())
        parts[-1].add(difference(before, after), seq)
    stand = views[min(at, len(views) - 1)]
    assert _told(copy.deepcopy(stand), merge(parts)) == bare(views[-1])


def test_a_bar_whose_name_is_used_again_does_not_inherit_from_the_old_one() -> None:
    changes = Changes()
    changes.add({"bars": {"main": {"done": 9, "total": 10}}}, 1)
    changes.add({"bars": {"main": None}}, 2)
    changes.add({"bars": {"main": {"done": 0}}}, 3)
    assert [seq for seq, _ in changes.patches] == [2, 3]
    assert _told({"bars": {"main": {"done": 5, "total": 10}}}, changes) == {"bars": {"main": {"done": 0}}}


def test_patches_that_others_still_read_are_not_changed_by_folding() -> None:
    first, then = {"bars": {"main": {"done": 1}}}, {"bars": {"main": {"done": 2}}}
    changes = Changes()
    changes.add(first, 1)
    changes.add(then, 2)
    changes.add({"bars": {"main": {"done": 3}}}, 3)
    assert (first, then) == ({"bars": {"main": {"done": 1}}}, {"bars": {"main": {"done": 2}}})
    assert changes.count == 3


def test_points_know_from_where_on_they_are_complete() -> None:
    points = Points(10)
    points.add([b'{"seq":%d,"name":"loss"}' % seq for seq in range(11, 3_500)])
    assert points.complete_from > 10
    assert [seq_of(event) for event in points.between(3_400, 3_402)] == [3_401, 3_402]
    points.forget(4_000)
    assert points.between(0, 9_999) == []


def test_seq_is_read_wherever_it_stands() -> None:
    assert seq_of(b'{"seq":12,"kind":"x"}') == seq_of(b'{"kind":"x", "seq": 12}') == seq_of(b'{"seq":12}') == 12


def test_few_points_are_not_thinned() -> None:
    assert thin([b"{}"] * 500) == ([b"{}"] * 500, False)
