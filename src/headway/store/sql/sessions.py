"""Sessions, and the codes that open them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headway.model.session import Session, SignInCode, Way
from headway.store.sql import schema
from headway.store.sql.keys import key_list, keys_in
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
    optional_micros,
    optional_moment,
    to_id,
    to_key,
)

NOBODYS = "00000000-0000-0000-0000-000000000000"
"""An id that no session has."""
_sessions = schema.sessions
_codes = schema.sign_in_codes

# The codes and sessions that stay are the youngest, and those seen last; `?` is how many.
_TRIM_CODES = (
    "DELETE FROM sign_in_codes WHERE code_hash NOT IN (SELECT code_hash FROM sign_in_codes ORDER BY created_at DESC, code_hash LIMIT ?)"
)
_TRIM_SESSIONS = (
    "DELETE FROM sessions WHERE subject = ? AND id NOT IN "
    "(SELECT id FROM sessions WHERE subject = ? ORDER BY seen_at DESC, id DESC LIMIT ?) RETURNING id"
)


class SqlSessions:
    def __init__(self, link: Link) -> None:
        self._find = link.prepare(sa.select(_sessions).where(_sessions.c.secret_hash == sa.bindparam("secret_hash")))
        self._get = link.prepare(sa.select(_sessions).where(_sessions.c.id == sa.bindparam("id")))
        self._link = link
        self._alive = link.prepare(f"SELECT id FROM sessions WHERE id {keys_in(link)} AND expires_at > ?")  # noqa: S608 - constants
        self._offer = link.rows(_codes)
        self._redeem = link.prepare(
            "DELETE FROM sign_in_codes WHERE code_hash = ? "
            "RETURNING code_hash, subject, role, scopes, created_at, expires_at, session_expires_at, account"
        )
        self._open = link.rows(_sessions)
        # The subject of an account is its name, and has an index.
        of_account = "subject = ? AND account = ?"
        names = ", ".join(column.name for column in _sessions.c)
        self._of_account = link.prepare(f"SELECT {names} FROM sessions WHERE {of_account} ORDER BY seen_at DESC, id DESC")  # noqa: S608
        self._end_of = link.prepare(f"DELETE FROM sessions WHERE {of_account} AND id <> ? RETURNING id")  # noqa: S608 - constants
        self._drop_codes = link.prepare("DELETE FROM sign_in_codes WHERE account = ?")
        self._see = link.prepare("UPDATE sessions SET seen_at = ? WHERE id = ?")
        self._reseal = link.prepare("UPDATE sessions SET secret_hash = ? WHERE id = ?")
        self._prove = link.prepare("UPDATE sessions SET proved_at = ? WHERE id = ?")
        self._end = link.prepare("DELETE FROM sessions WHERE id = ?")
        self._expire = [link.prepare(f"DELETE FROM {table} WHERE expires_at <= ?") for table in ("sign_in_codes", "sessions")]  # noqa: S608 - constants
        self._trim_codes = link.prepare(_TRIM_CODES)
        self._trim_sessions = link.prepare(_TRIM_SESSIONS)

    def find(self, secret_hash: str) -> Session | None:
        row = self._find.one(secret_hash)
        return None if row is None else _session_of(row)

    def get(self, session: str) -> Session | None:
        row = self._get.one(to_key(session)) if is_key(session) else None
        return None if row is None else _session_of(row)

    def of_account(self, account: str) -> Sequence[Session]:
        return [_session_of(row) for row in self._of_account.all(clean(account), clean(account))]

    def alive(self, sessions: Collection[str], now: datetime) -> set[str]:
        return {to_id(key) for (key,) in self._alive.all(key_list(self._link, sessions), micros(now))} if sessions else set()

    def offer(self, code: SignInCode) -> None:
        self._offer.insert([_code_row(code)])

    def redeem(self, code_hash: str) -> SignInCode | None:
        row = self._redeem.one(code_hash)
        return None if row is None else _code_of(row)

    def open(self, session: Session) -> None:
        self._open.insert([_session_row(session)])

    def see(self, session: str, at: datetime) -> None:
        self._see.later(micros(at), checked_key(session))

    def reseal(self, session: str, secret_hash: str) -> None:
        self._reseal.later(secret_hash, checked_key(session))

    def prove(self, session: str, at: datetime) -> None:
        self._prove.later(micros(at), checked_key(session))

    def end(self, session: str) -> None:
        self._end.later(checked_key(session))

    def end_of(self, account: str, *, keep: str | None = None) -> Sequence[str]:
        name = clean(account)
        self._drop_codes.later(name)
        return [to_id(key) for (key,) in self._end_of.all(name, name, checked_key(keep or NOBODYS))]

    def prune(
        self, now: datetime, *, codes_kept: int | None = None, subject: str | None = None, sessions_kept: int | None = None
    ) -> Sequence[str]:
        for expire in self._expire:
            expire.later(micros(now))
        if codes_kept is not None:
            self._trim_codes.later(codes_kept)
        if subject is None or sessions_kept is None:
            return ()
        return [to_id(key) for (key,) in self._trim_sessions.all(clean(subject), clean(subject), sessions_kept)]


def _scopes_text(scopes: Sequence[str]) -> str:
    return clean(dumps(list(scopes)).decode())


def _code_of(row: Sequence[Any]) -> SignInCode:
    code_hash, subject, role, scopes, created_at, expires_at, session_expires_at, account = row
    return SignInCode(
        code_hash=code_hash,
        subject=subject,
        role=role,
        scopes=tuple(loads(scopes)),
        created_at=moment(created_at),
        expires_at=moment(expires_at),
        session_expires_at=optional_moment(session_expires_at),
        account=account,
    )


def _code_row(code: SignInCode) -> tuple[Any, ...]:
    return (
        code.code_hash, clean(code.subject), code.role, _scopes_text(code.scopes), micros(code.created_at), micros(code.expires_at),
        optional_micros(code.session_expires_at), optional_clean(code.account),
    )  # fmt: skip


def _session_of(row: Sequence[Any]) -> Session:
    id_, secret_hash, subject, role, scopes, created_at, seen_at, expires_at, user_agent, account, address, way, proved_at = row
    return Session(
        id=to_id(id_),
        secret_hash=secret_hash,
        subject=subject,
        role=role,
        scopes=tuple(loads(scopes)),
        created_at=moment(created_at),
        seen_at=moment(seen_at),
        expires_at=moment(expires_at),
        user_agent=user_agent,
        account=account,
        address=address,
        way=None if way is None else Way(way),
        proved_at=optional_moment(proved_at),
    )


def _session_row(session: Session) -> tuple[Any, ...]:
    return (
        checked_key(session.id), session.secret_hash, clean(session.subject), session.role, _scopes_text(session.scopes),
        micros(session.created_at), micros(session.seen_at), micros(session.expires_at), clean(session.user_agent),
        optional_clean(session.account), clean(session.address), session.way, optional_micros(session.proved_at),
    )  # fmt: skip
