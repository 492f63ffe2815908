"""Requests that others decide upon before something is done: an approval, who voted on it, and which projects are protected."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from headway.model.errors import ApprovalSettled

NEEDED_LIMIT = 5
"""Of approvers that one request may need."""
REASON_LIMIT = 1_000
"""Characters of the reason for a vote."""
NAMED_LIMIT = 20
"""Runs of an act for many that are shown with its request; all of them are kept until it is settled."""


class ApprovalKind(StrEnum):
    """What is asked for, by the act that does it."""

    RUN_START = "run.start"
    RUN_DELETE = "run.delete"
    RUNS_CANCEL = "runs.cancel"
    RUNS_DELETE = "runs.delete"
    GRANT_ADD = "grant.add"


class ApprovalState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    """Enough have said yes; it is about to be carried out, or is being."""
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CARRIED_OUT = "carried_out"
    FAILED = "failed"
    """It was approved, and could not be carried out: `outcome` says why."""

    @property
    def is_settled(self) -> bool:
        return not TRANSITIONS[self]


_S = ApprovalState
TRANSITIONS: Mapping[ApprovalState, frozenset[ApprovalState]] = {
    _S.PENDING: frozenset({_S.APPROVED, _S.REFUSED, _S.EXPIRED, _S.WITHDRAWN}),
    _S.APPROVED: frozenset({_S.CARRIED_OUT, _S.FAILED}),
    **{state: frozenset[ApprovalState]() for state in (_S.REFUSED, _S.EXPIRED, _S.WITHDRAWN, _S.CARRIED_OUT, _S.FAILED)},
}
OPEN = frozenset({_S.PENDING, _S.APPROVED})
"""States of requests that something may still come of."""


def check_transition(approval: str, before: ApprovalState, after: ApprovalState) -> None:
    """Raise `ApprovalSettled` unless ``before -> after`` stands in the table."""
    if after not in TRANSITIONS[before]:
        raise ApprovalSettled(approval=approval, state=before.value)


class Verdict(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    by: str
    at: datetime
    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """What somebody asked with. What is approved is carried out with these rights, as they are then."""

    id: str
    role: str | None = None
    scopes: tuple[str, ...] = ()
    account: str | None = None
    token_id: str | None = None
    token_ends_at: datetime | None = None
    session_id: str | None = None
    api_key: str | None = None
    key_account: str | None = None
    key_scopes: tuple[str, ...] = ()

    @property
    def person_keys(self) -> frozenset[str]:
        """By whatever way they came: those by which they are known."""
        return frozenset(person_key(name) for name in (self.id, self.account, self.key_account) if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Somebody wants something done that others have to approve first."""

    id: str
    kind: ApprovalKind
    what: dict[str, Any]
    """What will be done if it is approved, as JSON: it was checked when it was asked for, and never changes."""
    project: str | None
    """None: it concerns several projects, or none; then approvers need the right in all."""
    run: str | None = None
    """Of a start: the run that waits."""
    asker: Asker
    requested_at: datetime
    expires_at: datetime
    """When it ends by itself, undecided."""
    state: ApprovalState = ApprovalState.PENDING
    needed: int
    """How many have to approve, 1 to 5. What was needed when it was asked for counts, whatever is needed since."""
    votes: Sequence[Vote] = ()
    """The oldest first; each of another person. One refusal refuses it."""
    place: int = 0
    """Of an act for many: how many of its runs have been reached."""
    outcome: dict[str, Any] | None = None
    """What came of it: what an act for many did (`succeeded`, `failed`), or the `code` and `message` of what went wrong."""
    settled_at: datetime | None = None

    @property
    def requested_by(self) -> str:
        return self.asker.id

    @property
    def given(self) -> int:
        """How many have approved."""
        return sum(vote.verdict is Verdict.APPROVED for vote in self.votes)

    def is_asked_by(self, person: str) -> bool:
        return person_key(person) == person_key(self.asker.id)

    def has_vote_of(self, person: str) -> bool:
        return any(person_key(vote.by) == person_key(person) for vote in self.votes)


def person_key(name: str) -> str:
    """Equal for names that one could take for another: who differs from the requester by a capital letter alone decides nothing."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApproval:
    """As much of an open request as tells for whom it waits."""

    id: str
    project: str | None
    state: ApprovalState
    asker_key: str
    voter_keys: frozenset[str] = frozenset()

    def waits_for(self, person: str) -> bool:
        """Whether this person could still vote, if they have the right."""
        key = person_key(person)
        return self.state is ApprovalState.PENDING and key != self.asker_key and key not in self.voter_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """How many others have to approve what is done in a project; 0: nobody."""

    project: str
    run_start: int = 0
    run_delete: int = 0
    """Also of what is deleted with others, and of the log alone."""
    bulk: int = 0
    """Cancelling or deleting many runs in one act."""
    grant_admin: int = 0
    """Giving somebody the role of an administrator here."""
    changed_by: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFilter:
    states: frozenset[ApprovalState] = frozenset()
    """Empty: all."""
    kind: ApprovalKind | None = None
    project: str | None = None
    projects: frozenset[str] | None = None
    """Those that the asker may see; None: all, and what concerns several or none. Whoever asked for something sees that, too (`or_of`)."""
    or_of: str | None = None
    run: str | None = None
    requested_by: str | None = None
    waits_for: str | None = None
    """Pending, asked for by others, and not voted on by this person."""
    expires_to: datetime | None = None
    """Ending by itself at this time, or earlier."""
