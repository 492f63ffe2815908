"""What an act for many tells of all the calls that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headway.sdk.matching import Matching, Skipped


def test_what_is_left_to_an_ancestor_is_neither_done_nor_failed() -> None:
    said: dict[str, Any] = {"matched": 2, "succeeded": 1, "failed_count": 0, "failed": [], "skipped_count": 1}
    answers = [
        {**said, "skipped": [{"id": "a", "ancestor": "p"}], "is_complete": False, "next_cursor": "2"},
        {**said, "skipped": [{"id": "b", "ancestor": "q"}], "is_complete": True, "next_cursor": None},
    ]
    asked: list[Mapping[str, Any]] = []

    def post(path: str, query: Mapping[str, Any], body: Mapping[str, Any]) -> object:
        asked.append({"path": path, **body})
        return answers[len(asked) - 1]

    result = Matching(post, {"state": "failed"}).retry()
    assert (result.matched, result.succeeded, result.failed_count, result.skipped_count) == (4, 2, 0, 2)
    assert result.skipped == [Skipped(run="a", ancestor="p"), Skipped(run="b", ancestor="q")]
    assert asked == [{"path": "/runs/retries"}, {"path": "/runs/retries", "cursor": "2"}]
