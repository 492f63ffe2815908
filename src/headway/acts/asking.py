"""Do it, or, where others have to approve it first, ask them: what is asked for is exactly what will be done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from headway.access.authorise import may
from headway.access.principal import Principal
from headway.acts.approvals import ask
from headway.acts.clear import delete_log
from headway.acts.edit import deletable, delete
from headway.acts.many import ForMany
from headway.acts.protect import needed_in
from headway.model.approval import NAMED_LIMIT, Approval, ApprovalKind
from headway.model.errors import ApprovalNeeded, Forbidden, TooLarge
from headway.model.run import Run
from headway.store.contract import Page, RunFilter, Transaction

TARGETS_LIMIT = 10_000
"""Runs that one request may be about."""


def delete_or_ask(tx: Transaction, run: str, by: Principal) -> Approval | None:
    """None: it is deleted. Raises as `acts/edit.py: delete`, and `TooManyApprovals`."""
    try:
        delete(tx, run, by)
    except ApprovalNeeded as needed:
        return _ask_to_delete(tx, deletable(tx, run, by), by, "run", needed)
    return None


def delete_log_or_ask(tx: Transaction, run: str, by: Principal) -> Approval | bool:
    """Whether some of it is left, for which to call again; or what was asked for. Raises as `acts/clear.py: delete_log`."""
    try:
        return delete_log(tx, run, by)
    except ApprovalNeeded as needed:
        return _ask_to_delete(tx, deletable(tx, run, by), by, "log", needed)


def _ask_to_delete(tx: Transaction, run: Run, by: Principal, part: str, needed: ApprovalNeeded) -> Approval:
    what = {"run": run.id, "name": run.name, "task": run.task, "part": part}
    return ask(tx, by, kind=ApprovalKind.RUN_DELETE, what=what, project=run.project, needed=needed.fields["needed"])


def ask_for_named(tx: Transaction, many: ForMany, runs: Sequence[str], by: Principal, reason: str | None) -> Approval | None:
    """None: nothing of it is protected. Those that there are not, or that `by` may not act on, are left out."""
    if many.kind is None or not (protected := needed_in(tx, many.kind)):
        return None
    found = {run.id: run for run in tx.runs.get_many(list(dict.fromkeys(runs)))}
    meant = [found[run] for run in dict.fromkeys(runs) if run in found and may(by, many.permission, found[run].project, run)]
    if not any(run.project in protected for run in meant):
        return None
    return _ask(tx, many, [run.id for run in meant], {run.project for run in meant}, by, reason, protected)


def ask_for_matches(
    tx: Transaction, many: ForMany, where: RunFilter, by: Principal, reason: str | None, *, after: tuple[datetime, str] | None = None
) -> Approval | None:
    """The same for what matches a filter that is narrowed to what the act concerns, at this moment: it is asked for by the ids.

    `after`: where a sweep stands that has come so far. Raises `TooLarge` where more match than one request may be about.
    """
    if many.kind is None or not (protected := needed_in(tx, many.kind)):
        return None
    counts = {project: tx.runs.count(replace(where, project=project), limit=TARGETS_LIMIT + 1) for project in _within(where, protected)}
    hit = [project for project, count in counts.items() if count]
    if not hit:
        return None
    found = tx.runs.places(where, Page(is_descending=False, limit=TARGETS_LIMIT + 1, after=after))
    if len(found) > TARGETS_LIMIT:
        raise TooLarge(what="A request for approval", limit=f"{TARGETS_LIMIT:,} runs; narrow the filter")
    # Of one project, if these are all; else of several, and then the right to decide is needed in all.
    projects = {hit[0]} if counts[hit[0]] == len(found) else {*hit, ""}
    return _ask(tx, many, [run for _, run in found], projects, by, reason, protected)


def _within(where: RunFilter, protected: Mapping[str, int]) -> list[str]:
    """Protected projects in which something may match."""
    return [project for project in protected if where.project in (None, project) and (where.projects is None or project in where.projects)]


def _ask(
    tx: Transaction, many: ForMany, runs: Sequence[str], projects: Collection[str], by: Principal, reason: str | None,
    protected: Mapping[str, int],
) -> Approval:  # fmt: skip
    assert many.kind is not None
    if not runs:
        raise Forbidden(permission=str(many.permission))
    what: dict[str, Any] = {"count": len(runs), "runs": list(runs[:NAMED_LIMIT])}
    if reason:
        what["reason"] = reason
    needed = max(protected.get(project, 0) for project in projects)
    project = next(iter(projects)) if len(projects) == 1 else None
    return ask(tx, by, kind=many.kind, what=what, project=project, needed=needed, targets=runs)
