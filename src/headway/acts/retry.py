"""Run a final run again: a new run of the same task, with the same parameters or others.

A run that failed is gone on with: the new one finds the children of the old one by their keys (`acts/kept.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.acts.look import run_for
from headway.acts.start import StartRun, start
from headway.model.audit import Action
from headway.model.errors import Conflict, DuplicateRun, RunNotFinal
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.store.contract import Transaction


class NotRepeatable(Conflict):
    """This run was recorded from an outside program; only that program can run it again."""


def retry(
    tx: Transaction, run: str, by: Principal, parameters: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None
) -> Run:
    """The new run; asked again by the same key, the same one. Its metadata names the old one as ``retry_of``.

    Raises `RunNotFound`, `Forbidden`, `NotRepeatable`, `RunNotFinal`, and what `acts/start.py: start` raises; `DuplicateRun` also for a
    key that was used for anything else than this retry.
    """
    new = run_again(tx, run, by, parameters, idempotency_key=idempotency_key)
    audit(tx, by, Action.RUN_RETRIED, project=new.project, target=run, after={"run": new.id, "has_new_parameters": parameters is not None})
    return new


def run_again(
    tx: Transaction, run: str, by: Principal, parameters: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None
) -> Run:
    """The same without a word in the audit log, for acts that say there what they do with many."""
    found = run_for(tx, run)
    authorise(by, Permission.RUN_RETRY, found.project, found.id)
    if found.task is None:
        raise NotRepeatable(run=run)
    if not found.state.is_final:
        raise RunNotFinal(state=found.state.value, run=run)
    wish = StartRun(
        task=found.task,
        parameters=found.parameters if parameters is None else parameters,
        name=found.name,
        tags=found.tags,
        metadata={**found.metadata, "retry_of": found.id},
        priority=found.priority,
        project=found.project,
        queue=found.queue,
        parent=found.parent,
        idempotency_key=idempotency_key,
    )
    (new,) = start(tx, [wish], by)
    if new.metadata.get("retry_of") != found.id:
        # A run of the same task and parameters, which `start` takes for what was asked: but of another run, or of none.
        raise DuplicateRun(field="idempotency key", run=new.id)
    return new
