"""One act for many runs: `Client.matching(task="grade", state="queued").cancel()`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, cast

from headway.model.states import RunState


class Where(TypedDict, total=False):
    """Which runs are meant; what is not given does not matter."""

    project: str | None
    state: RunState | str | Iterable[str] | None
    """One of them, if several are given."""
    task: str | None
    kind: str | None
    """``task`` or ``outside``."""
    tag: str | None
    created_by: str | None
    parent: str | None
    text: str | None
    """Part of the name."""
    created_from: datetime | None
    created_to: datetime | None


def query_of(where: Where) -> dict[str, Any]:
    """The filter as the query of a request."""
    query: dict[str, Any] = dict(where)
    state, text = query.pop("state", None), query.pop("text", None)
    query["state"] = ([state] if isinstance(state, str) else [str(one) for one in state or ()]) or None
    query["q"] = text
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in query.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    run: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    run: str
    ancestor: str
    """The run that is run again as well, and runs this one again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyResult:
    """What came of an act for many runs."""

    matched: int
    succeeded: int
    failed_count: int
    failed: Sequence[Failure]
    """The first 1,000 of each 10,000."""
    is_complete: bool
    """False: a preview that counted no further than 10,000."""
    skipped_count: int = 0
    """Of a retry: runs that are left to the retry of a run that started them. Neither done by this act nor failed."""
    skipped: Sequence[Skipped] = ()
    """The first 1,000 of each 10,000."""
    approval: str | None = None
    """Others have to approve it first: the id of the request. Nothing has been done yet."""


class Matching:
    """The runs that match a filter, as of the moment of the call. Each method acts on those that it can concern (cancel: those
    that have not ended) and tells what failed; with ``preview=True`` it only counts them."""

    def __init__(self, post: Callable[[str, Mapping[str, Any], Mapping[str, Any]], Any], where: Where) -> None:
        """`post(path, query, body)` gives the answer as JSON."""
        self._post = post
        self._query = query_of(where)

    def cancel(self, reason: str | None = None, *, preview: bool = False) -> ManyResult:
        return self._act("cancellations", reason, preview)

    def pause(self, reason: str | None = None, *, preview: bool = False) -> ManyResult:
        return self._act("pauses", reason, preview)

    def resume(self, reason: str | None = None, *, preview: bool = False) -> ManyResult:
        return self._act("resumptions", reason, preview)

    def retry(self, *, preview: bool = False) -> ManyResult:
        """Those that ended without success, each as a new run; a child of one of them is left to that (`ManyResult.skipped`)."""
        return self._act("retries", None, preview)

    def delete(self, *, preview: bool = False) -> ManyResult:
        """Those that have ended."""
        return self._act("deletions", None, preview)

    def _act(self, act: str, reason: str | None, is_preview: bool) -> ManyResult:
        body = {"is_preview": is_preview or None, "reason": reason, "is_everything": None if any(self._query.values()) else True}
        body = {name: value for name, value in body.items() if value is not None}
        matched = succeeded = failed_count = skipped_count = 0
        failed: list[Failure] = []
        skipped: list[Skipped] = []
        while True:
            said = self._post(f"/runs/{act}", self._query, body)
            if "matched" not in said:
                count: int = said["what"]["count"]
                return ManyResult(matched=count, succeeded=succeeded, failed_count=0, failed=(), is_complete=True, approval=said["id"])
            matched += said["matched"]
            succeeded += said["succeeded"]
            failed_count += said["failed_count"]
            failed += [_failure(each) for each in said["failed"]]
            skipped_count += said.get("skipped_count", 0)
            skipped += [Skipped(run=each["id"], ancestor=each["ancestor"]) for each in said.get("skipped", ())]
            # More than one call reaches: the next goes on after it. (A server before cursors: what was reached would be met again.)
            if is_preview or said.get("next_cursor") is None:
                return ManyResult(
                    matched=matched, succeeded=succeeded, failed_count=failed_count, failed=failed, is_complete=said["is_complete"],
                    skipped_count=skipped_count, skipped=skipped,
                )  # fmt: skip
            body["cursor"] = said["next_cursor"]


def _failure(said: object) -> Failure:
    found = cast("dict[str, Any]", said)
    return Failure(run=found["id"], code=found["problem"]["code"], detail=found["problem"]["detail"])
