"""Write into the audit log. An act does so in its own transaction: what it changes is audited, or nothing is changed.

`audit(tx, by, Action.GRANT_GIVEN, target=grant.id, project=grant.project, after=grant)`: that is all there is to do. Rows get their numbers
and hashes a second later, from the one server that seals (`acts/seal.py`); so no two writers ever wait for each other here.
"""

from __future__ import annotations

from headway.access.principal import Principal
from headway.model.audit import Action, AuditOutcome, AuditRow, Occasion, difference
from headway.model.audit_chain import whole_milliseconds
from headway.model.ids import new_id
from headway.store.contract import Transaction


def audit(
    tx: Transaction,
    by: Principal,
    action: Action,
    *,
    project: str | None = None,
    target: str | None = None,
    before: object = None,
    after: object = None,
    outcome: AuditOutcome = AuditOutcome.DONE,
) -> AuditRow:
    """Keep who did what, when, from where, and what was and is now.

    `before`, `after`: anything that can be JSON; of two values of one dataclass only the fields are kept in which they differ. Fields whose
    names say that they hold a secret are masked, and what is longer than 16 KB is cut. `project`: who may read the audit log there sees the
    row; None: only who may everywhere.
    """
    before, after = difference(before, after)
    row = AuditRow(
        id=new_id(),
        at=whole_milliseconds(tx.now),
        by=by.id,
        token=by.session_id or by.token_id,
        action=action.value,
        outcome=outcome.value,
        project=project,
        target=target,
        before=before,
        after=after,
        address=by.occasion.address,
        request_id=by.occasion.request_id,
        transport=by.occasion.transport,
    )
    tx.audit.add([row])
    return row


def nobody(occasion: Occasion) -> Principal:
    """Who does something before anybody knows who they are: a sign-in that fails, a token that is none."""
    return Principal(id="", occasion=occasion)
