"""Which projects are protected: what others have to approve before it is done there."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from headway.access.authorise import authorise, projects_where
from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.model.approval import NEEDED_LIMIT, ApprovalKind, Protection
from headway.model.audit import Action
from headway.model.bounds import NAME_TEXT
from headway.model.errors import Invalid
from headway.model.permissions import Permission
from headway.store.contract import Snapshot, Transaction
from headway.store.news import Changed


def protect(
    tx: Transaction, project: str, by: Principal, *, run_start: int = 0, run_delete: int = 0, bulk: int = 0, grant_admin: int = 0
) -> Protection:
    """The protection as it is now. What was asked for before needs what it needed then. Another `grant_admin` needs
    `grant:edit` as well. Raises `Forbidden`, `Invalid`."""
    authorise(by, Permission.TASK_EDIT, project)
    if not 0 < len(project) <= NAME_TEXT or project.strip() != project:
        raise Invalid(f"a project's name has 1 to {NAME_TEXT} characters.", field="project")
    numbers = {"run_start": run_start, "run_delete": run_delete, "bulk": bulk, "grant_admin": grant_admin}
    for name, number in numbers.items():
        if not 0 <= number <= NEEDED_LIMIT:
            raise Invalid(f"{name} is a number of approvers, 0 to {NEEDED_LIMIT}.", field=name)
    protection = Protection(project=project, changed_by=by.id, changed_at=tx.now, **numbers)
    before = tx.approvals.protections([project]).get(project) or Protection(project=project)
    if grant_admin != before.grant_admin:
        authorise(by, Permission.GRANT_EDIT, project)  # who gives no rights there says nothing of how they are given
    tx.approvals.put_protection(protection)
    audit(tx, by, Action.TASK_CHANGED, project=project, target=project, before=before, after=protection)
    tx.announce(Changed(what="protections"))
    return protection


def protections_for(snapshot: Snapshot, by: Principal) -> list[Protection]:
    """Of the projects in which `by` may read tasks, by name: those of which somebody has said something."""
    seen = projects_where(by, Permission.TASK_READ)
    found = snapshot.approvals.protections(seen)
    return [found[project] for project in sorted(found)]


def protection_of(snapshot: Snapshot, project: str, by: Principal) -> Protection:
    """Also where nobody has said anything. Raises `Forbidden`."""
    authorise(by, Permission.TASK_READ, project)
    return snapshot.approvals.protections([project]).get(project) or Protection(project=project)


def needed_for(kind: ApprovalKind, protection: Protection | None) -> int:
    """How many have to approve this in a project that is protected so."""
    if protection is None:
        return 0
    match kind:
        case ApprovalKind.RUN_START:
            return protection.run_start
        case ApprovalKind.RUN_DELETE:
            return protection.run_delete
        case ApprovalKind.RUNS_CANCEL:
            return protection.bulk
        case ApprovalKind.RUNS_DELETE:
            return max(protection.bulk, protection.run_delete)
        case ApprovalKind.GRANT_ADD:
            return protection.grant_admin


def needed_in(tx: Snapshot | Transaction, kind: ApprovalKind, projects: Collection[str] | None = None) -> Mapping[str, int]:
    """By project, of these (None: of all), where anybody has to approve this at all."""
    found = {project: needed_for(kind, each) for project, each in tx.approvals.protections(projects).items()}
    return {project: needed for project, needed in found.items() if needed}
