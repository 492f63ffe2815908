"""Delete the log of a run that has ended. That it was deleted, by whom and when, stays in the run's journal."""

from __future__ import annotations

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.append import Append, fact
from headway.acts.audit import audit
from headway.acts.look import run_for
from headway.model import events as e
from headway.model.audit import Action
from headway.model.errors import RunNotFinal
from headway.model.events import Facet
from headway.model.permissions import Permission
from headway.store.contract import Transaction


def delete_log(tx: Transaction, run: str, by: Principal) -> bool:
    """Drop a part of the log that is small enough for one transaction; whether something is left, for which to call again.

    The first call records it; numbers of lines stay what they were. A log of which nothing is kept is left as it is. Raises
    `RunNotFound`, `Forbidden`, `RunNotFinal`.
    """
    append = Append(tx)
    head = append.head(run)
    found = run_for(tx, run)
    authorise(by, Permission.RUN_DELETE, found.project, found.id)
    if not found.state.is_final:
        raise RunNotFinal(state=found.state.value, run=run)
    last = head.last_line
    if head.first_kept_line > last:
        return False
    if head.view.get("log_deleted", {}).get("to", 0) < last:
        append.add(found.id, fact(e.LOG_DELETED, to=last, by=by.id))
        append.flush()
        audit(tx, by, Action.RUN_LOG_DELETED, project=found.project, target=found.id, after={"to_line": last})
    return tx.journal.drop_front(found.id, Facet.LOG, last + 1) <= last
