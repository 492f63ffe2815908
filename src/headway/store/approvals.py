"""The part of the contract that is about approvals and protected projects; what holds of `store/contract.py` holds here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from headway.model.approval import Approval, ApprovalFilter, ApprovalState, OpenApproval, Protection, Vote


class ReadApprovals(Protocol):
    def get(self, approval: str) -> Approval | None: ...
    def list(self, where: ApprovalFilter, *, after: str | None = None, limit: int = 50) -> list[Approval]:
        """The newest first, with their votes; `after`: those older than this one."""
        ...

    def count(self, where: ApprovalFilter, *, limit: int = 10_000) -> int:
        """How many match, counted no further than `limit`."""
        ...

    def of_runs(self, runs: Sequence[str]) -> dict[str, Approval]:
        """By run: the request that it waits for, or waited for. Those that never did are absent."""
        ...

    def open(self, limit: int) -> list[OpenApproval]:
        """The newest of those that are pending or approved, the newest first."""
        ...

    def targets(self, approval: str) -> Sequence[str]:
        """Runs that an act for many is about, all of them, in order; none once it is settled."""
        ...

    def protections(self, projects: Collection[str] | None = None) -> dict[str, Protection]:
        """By project, of these alone (None: of all), where somebody has said something."""
        ...


class Approvals(ReadApprovals, Protocol):
    def insert(self, approvals: Sequence[Approval], *, targets: Mapping[str, Sequence[str]] = {}) -> None:
        """New requests, without votes; `targets`: by request, the runs that an act for many is about."""
        ...

    def lock(self, approvals: Collection[str]) -> dict[str, Approval]:
        """As they are now, and until the transaction ends nobody else changes them; locked in the order of ids, always after the heads of
        their runs. Unknown ones are absent."""
        ...

    def vote(self, approval: str, vote: Vote) -> bool:
        """False: this person (`person_key`) has voted already."""
        ...

    def change(
        self, approval: str, *, state: ApprovalState | None = None, place: int | None = None, outcome: dict[str, Any] | None = None,
        settled_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Set what is given. With `settled_at` its targets are let go."""
        ...

    def prune(self, before: datetime, limit: int) -> int:
        """Delete so many of those settled before then. How many there were."""
        ...

    def put_protection(self, protection: Protection) -> None: ...
