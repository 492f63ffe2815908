"""What approvals and protections look like in an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headway.access.principal import Principal
from headway.acts.approvals import may_decide
from headway.model.approval import Approval, ApprovalKind, ApprovalState, Protection, Vote
from headway.web.outputs import RUN_ID, many, one


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven:
    """A request, as one caller sees it."""

    id: str
    kind: ApprovalKind
    state: ApprovalState
    what: dict[str, Any]
    """By kind: of a start `task` and `name` (the rest is said by the run); of a deletion `run`, `name`, `task` and `part` (``run``,
    ``log``); of an act for many `count`, the first 20 as `runs`, and perhaps `reason`; of what makes administrators the `act` (``grant``,
    ``group``, ``role``) with what it is given, the `name` of whom or what it is about, and the protected `projects`."""
    project: str | None
    run: str | None
    """The run that waits."""
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    needed: int
    given: int
    votes: Sequence[Vote]
    outcome: dict[str, Any] | None
    settled_at: datetime | None
    reached: int
    """Of an act for many that is being carried out: how many runs it has reached."""
    is_mine: bool
    """The caller has asked for it."""
    may_decide: bool
    """It waits for the caller: they have the right, have not asked for it, and not voted."""


def given(approval: Approval, by: Principal) -> ApprovalGiven:
    return ApprovalGiven(
        id=approval.id, kind=approval.kind, state=approval.state, what=approval.what, project=approval.project, run=approval.run,
        requested_by=approval.requested_by, requested_at=approval.requested_at, expires_at=approval.expires_at, needed=approval.needed,
        given=approval.given, votes=approval.votes, outcome=approval.outcome, settled_at=approval.settled_at, reached=approval.place,
        is_mine=approval.is_asked_by(by.id), may_decide=approval.state is ApprovalState.PENDING and may_decide(by, approval),
    )  # fmt: skip


_APPROVAL: dict[str, Any] = {
    "id": "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e14",
    "kind": "run.start",
    "state": "pending",
    "what": {"task": "grading:grade", "name": "Class 7b"},
    "project": "exams",
    "run": RUN_ID,
    "requested_by": "anna",
    "requested_at": "2026-11-22T09:30:00.000Z",
    "expires_at": "2026-11-29T09:30:00.000Z",
    "needed": 2,
    "given": 1,
    "votes": [{"by": "ben", "at": "2026-11-22T09:31:00.000Z", "verdict": "approved", "reason": None}],
    "outcome": None,
    "settled_at": None,
    "reached": 0,
    "is_mine": False,
    "may_decide": True,
}
_PROTECTION: dict[str, Any] = {
    "project": "exams",
    "run_start": 1,
    "run_delete": 1,
    "bulk": 2,
    "grant_admin": 0,
    "changed_by": "admin",
    "changed_at": "2026-11-22T09:30:00.000Z",
}
_ASKED: dict[str, Any] = {
    **_APPROVAL, "kind": "run.delete", "what": {"run": RUN_ID, "name": "Class 7b", "task": "grading:grade", "part": "run"}, "run": None,
    "given": 0, "votes": [], "is_mine": True, "may_decide": False,
}  # fmt: skip

APPROVAL = one(200, ApprovalGiven, _APPROVAL, "The request as it is now.")
APPROVALS = many("Approval", ApprovalGiven, _APPROVAL, "Requests, the newest first.")
ASKED = one(202, ApprovalGiven, _ASKED, "Others have to approve it first; it is done when they have.")
PROTECTION = one(200, Protection, _PROTECTION, "What others have to approve in the project.")
PROTECTIONS = many("Protection", Protection, _PROTECTION, "Protected projects.")
