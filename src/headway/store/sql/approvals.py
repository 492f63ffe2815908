"""Approvals and their votes, and which projects are protected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headway.model.approval import (
    OPEN,
    Approval,
    ApprovalFilter,
    ApprovalKind,
    ApprovalState,
    Asker,
    OpenApproval,
    Protection,
    Verdict,
    Vote,
    person_key,
)
from headway.store.sql import approvals_tables as tables
from headway.store.sql.keys import key_list, keys_in, word_list, words_in
from headway.store.sql.link import Link
from headway.store.sql.values import (
    checked_key,
    clean,
    dumps,
    is_key,
    loads,
    micros,
    moment,
    optional_clean,
    optional_id,
    optional_key,
    optional_micros,
    optional_moment,
    to_id,
    to_key,
)

_approvals = tables.approvals.c
_votes = tables.approval_votes.c
_SHOWN = [column for column in tables.approvals.c if column.name not in {"targets", "asker_key"}]
_NAMES = ", ".join(column.name for column in _SHOWN)
_OPEN = ", ".join(f"'{state}'" for state in sorted(OPEN))
_PROTECTED = ", ".join(column.name for column in tables.protections.c)


class SqlApprovals:
    def __init__(self, link: Link) -> None:
        self._link = link
        select = f"SELECT {_NAMES} FROM approvals WHERE"  # noqa: S608 - constants of this file
        for_update = " FOR UPDATE" if link.is_postgres else ""
        self._get = link.prepare(f"{select} id = ?")
        self._lock = link.prepare(f"{select} id {keys_in(link)} ORDER BY id{for_update}")
        self._of_runs = link.prepare(f"{select} run_id {keys_in(link)} AND run_id IS NOT NULL")
        self._votes_of = link.prepare(
            f"SELECT approval_id, by_id, at, verdict, reason FROM approval_votes WHERE approval_id {keys_in(link)} ORDER BY at, voter_key"  # noqa: S608 - constants
        )
        self._open = link.prepare(
            f"SELECT id, project, state, asker_key FROM approvals WHERE state IN ({_OPEN}) ORDER BY id DESC LIMIT ?"  # noqa: S608 - constants
        )
        self._targets = link.prepare("SELECT targets FROM approvals WHERE id = ?")
        self._insert = link.rows(tables.approvals)
        self._vote = link.prepare(
            "INSERT INTO approval_votes (approval_id, voter_key, by_id, at, verdict, reason) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING"
        )
        self._change = link.prepare(
            "UPDATE approvals SET state = COALESCE(?, state), place = COALESCE(?, place), outcome = COALESCE(?, outcome), "
            "settled_at = COALESCE(?, settled_at) WHERE id = ?"
        )
        self._let_go = link.prepare("UPDATE approvals SET targets = NULL WHERE id = ?")
        self._prune = link.prepare(
            "DELETE FROM approvals WHERE id IN "
            "(SELECT id FROM approvals WHERE settled_at > 0 AND settled_at < ? ORDER BY settled_at LIMIT ?)"
        )
        self._protections = link.prepare(f"SELECT {_PROTECTED} FROM protections ORDER BY project")  # noqa: S608 - constants
        self._protections_in = link.prepare(f"SELECT {_PROTECTED} FROM protections WHERE project {words_in(link)}")  # noqa: S608 - constants
        self._put_protection = link.upsert(tables.protections)

    # --- reading -----------------------------------------------------------------------------------------------------

    def get(self, approval: str) -> Approval | None:
        found = self._read([self._get.one(to_key(approval))]) if is_key(approval) else []
        return found[0] if found else None

    def list(self, where: ApprovalFilter, *, after: str | None = None, limit: int = 50) -> list[Approval]:
        if not _is_possible(where) or (after is not None and not is_key(after)):
            return []
        return self._read(self._link.rows_of(list_statement(where, after, limit)))

    def count(self, where: ApprovalFilter, *, limit: int = 10_000) -> int:
        return self._link.rows_of(count_statement(where, limit))[0][0] if _is_possible(where) else 0

    def of_runs(self, runs: Sequence[str]) -> dict[str, Approval]:
        found = self._read(self._of_runs.all(key_list(self._link, runs))) if runs else []
        return {each.run: each for each in found if each.run is not None}

    def open(self, limit: int) -> list[OpenApproval]:
        rows = self._open.all(limit)
        votes = self._votes(to_id(row[0]) for row in rows)
        return [
            OpenApproval(
                id=to_id(key), project=project, state=ApprovalState(state), asker_key=asker,
                voter_keys=frozenset(person_key(vote.by) for vote in votes.get(to_id(key), ())),
            )
            for key, project, state, asker in rows
        ]  # fmt: skip

    def targets(self, approval: str) -> Sequence[str]:
        row = self._targets.one(to_key(approval)) if is_key(approval) else None
        return () if row is None or row[0] is None else loads(row[0])

    def protections(self, projects: Collection[str] | None = None) -> dict[str, Protection]:
        if projects is None:
            rows = self._protections.all()
        else:
            rows = self._protections_in.all(word_list(self._link, projects)) if projects else []
        return {row[0]: _protection_of(row) for row in rows}

    def _read(self, rows: Iterable[Any]) -> list[Approval]:
        found = [row for row in rows if row is not None]
        votes = self._votes(to_id(row[0]) for row in found)
        return [_approval_of(row, votes.get(to_id(row[0]), ())) for row in found]

    def _votes(self, approvals: Iterable[str]) -> dict[str, list[Vote]]:
        keys = list(approvals)
        found: dict[str, list[Vote]] = {}
        for key, by, at, verdict, reason in self._votes_of.all(key_list(self._link, keys)) if keys else ():
            found.setdefault(to_id(key), []).append(Vote(by=by, at=moment(at), verdict=Verdict(verdict), reason=reason))
        return found

    # --- writing -----------------------------------------------------------------------------------------------------

    def insert(self, approvals: Sequence[Approval], *, targets: Mapping[str, Sequence[str]] = {}) -> None:
        self._insert.insert([_row_of(each, targets.get(each.id)) for each in approvals])

    def lock(self, approvals: Collection[str]) -> dict[str, Approval]:
        rows = self._lock.all(key_list(self._link, approvals)) if approvals else []
        return {each.id: each for each in self._read(rows)}

    def vote(self, approval: str, vote: Vote) -> bool:
        key = clean(person_key(vote.by))
        row = (checked_key(approval), key, clean(vote.by), micros(vote.at), vote.verdict.value, optional_clean(vote.reason))
        return self._vote.run(*row) == 1

    def change(
        self, approval: str, *, state: ApprovalState | None = None, place: int | None = None, outcome: dict[str, Any] | None = None,
        settled_at: datetime | None = None,
    ) -> None:  # fmt: skip
        told = None if outcome is None else clean(dumps(outcome).decode())
        self._change.later(None if state is None else state.value, place, told, optional_micros(settled_at), checked_key(approval))
        if settled_at is not None:
            self._let_go.later(checked_key(approval))

    def prune(self, before: datetime, limit: int) -> int:
        return self._prune.run(micros(before), limit)

    def put_protection(self, protection: Protection) -> None:
        at = 0 if protection.changed_at is None else micros(protection.changed_at)
        self._put_protection.later(
            clean(protection.project), protection.run_start, protection.run_delete, protection.bulk, protection.grant_admin,
            clean(protection.changed_by), at,
        )  # fmt: skip


def list_statement(where: ApprovalFilter, after: str | None, limit: int) -> sa.Select[Any]:
    statement = sa.select(*_SHOWN).where(*_conditions(where)).order_by(_approvals.id.desc()).limit(limit)
    return statement if after is None else statement.where(_approvals.id < to_key(after))


def count_statement(where: ApprovalFilter, limit: int) -> sa.Select[int]:
    counted = sa.select(_approvals.id).where(*_conditions(where)).limit(limit).subquery("counted")
    return sa.select(sa.func.count()).select_from(counted)


def _is_possible(where: ApprovalFilter) -> bool:
    return where.run is None or is_key(where.run)


def _conditions(where: ApprovalFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if where.states:
        found.append(_approvals.state.in_(sorted(state.value for state in where.states)))
    if where.kind is not None:
        found.append(_approvals.kind == where.kind.value)
    if where.project is not None:
        found.append(_approvals.project == clean(where.project))
    if where.projects is not None:
        seen = _approvals.project.in_(sorted(map(clean, where.projects)))
        found.append(seen if where.or_of is None else sa.or_(seen, _approvals.asker_key == clean(person_key(where.or_of))))
    if where.run is not None:
        found.append(_approvals.run_id == to_key(where.run))
    if where.requested_by is not None:
        found.append(_approvals.asker_key == clean(person_key(where.requested_by)))
    if where.expires_to is not None:
        found.append(_approvals.expires_at <= micros(where.expires_to))
    if where.waits_for is not None:
        key = clean(person_key(where.waits_for))
        voted = sa.select(sa.literal(1)).where(_votes.approval_id == _approvals.id, _votes.voter_key == key)
        found += [_approvals.state == ApprovalState.PENDING.value, _approvals.asker_key != key, ~voted.exists()]
    return found


def _row_of(approval: Approval, targets: Sequence[str] | None) -> tuple[Any, ...]:
    asker = approval.asker
    plain = {
        "role": asker.role, "scopes": list(asker.scopes), "account": asker.account, "token_id": asker.token_id,
        "token_ends_at": optional_micros(asker.token_ends_at), "session_id": asker.session_id, "api_key": asker.api_key,
        "key_account": asker.key_account, "key_scopes": list(asker.key_scopes),
    }  # fmt: skip
    return (
        checked_key(approval.id), approval.kind.value, approval.state.value, optional_clean(approval.project), optional_key(approval.run),
        clean(asker.id), clean(person_key(asker.id)), clean(dumps(plain).decode()), micros(approval.requested_at),
        micros(approval.expires_at), 0, approval.needed, approval.place, clean(dumps(approval.what).decode()), None,
        None if targets is None else dumps(list(targets)).decode(),
    )  # fmt: skip


def _approval_of(row: Sequence[Any], votes: Sequence[Vote]) -> Approval:
    id_, kind, state, project, run, by, asker, requested_at, expires_at, settled_at, needed, place, what, outcome = row
    return Approval(
        id=to_id(id_), kind=ApprovalKind(kind), state=ApprovalState(state), project=project, run=optional_id(run),
        asker=_asker_of(by, asker), requested_at=moment(requested_at), expires_at=moment(expires_at),
        settled_at=optional_moment(settled_at), needed=needed, place=place, what=loads(what),
        outcome=None if outcome is None else loads(outcome), votes=tuple(votes),
    )  # fmt: skip


def _asker_of(by: str, text: str) -> Asker:
    plain: dict[str, Any] = loads(text)
    plain["token_ends_at"] = optional_moment(plain["token_ends_at"])
    plain["scopes"], plain["key_scopes"] = tuple(plain["scopes"]), tuple(plain["key_scopes"])
    return Asker(id=by, **plain)


def _protection_of(row: Sequence[Any]) -> Protection:
    project, run_start, run_delete, bulk, grant_admin, by, at = row
    return Protection(
        project=project, run_start=run_start, run_delete=run_delete, bulk=bulk, grant_admin=grant_admin, changed_by=by,
        changed_at=optional_moment(at),
    )  # fmt: skip
