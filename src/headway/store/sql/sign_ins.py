"""Links with which passwords are set, and the counts of wrong passwords under names that nobody has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from headway.model.account import PasswordLink, Tries
from headway.store.sql.link import Link
from headway.store.sql.sign_in_tables import password_links
from headway.store.sql.values import clean, micros, moment, optional_micros, optional_moment

_NAMES = ", ".join(column.name for column in password_links.c)


class SqlPasswordLinks:
    def __init__(self, link: Link) -> None:
        self._find = link.prepare(f"SELECT {_NAMES} FROM password_links WHERE code_hash = ?")  # noqa: S608 - constants of this file
        self._of_account = link.prepare(f"SELECT {_NAMES} FROM password_links WHERE account = ?")  # noqa: S608 - the same
        self._put = link.upserted_rows(password_links)
        self._take = link.prepare(f"DELETE FROM password_links WHERE code_hash = ? RETURNING {_NAMES}")  # noqa: S608 - the same
        self._forget = link.prepare("DELETE FROM password_links WHERE account = ?")

    def find(self, code_hash: str) -> PasswordLink | None:
        row = self._find.one(code_hash)
        return None if row is None else _link_of(row)

    def of_account(self, account: str) -> PasswordLink | None:
        row = self._of_account.one(clean(account))
        return None if row is None else _link_of(row)

    def put(self, link: PasswordLink) -> None:
        self._put.insert([(clean(link.account), link.code_hash, micros(link.created_at), clean(link.created_by), micros(link.expires_at))])

    def take(self, code_hash: str) -> PasswordLink | None:
        row = self._take.one(code_hash)
        return None if row is None else _link_of(row)

    def forget(self, account: str) -> None:
        self._forget.later(clean(account))


class SqlStrangers:
    def __init__(self, link: Link) -> None:
        self._get = link.prepare("SELECT failed_count, locked_until FROM strangers WHERE slot = ?")
        self._fail = link.prepare(
            "INSERT INTO strangers (slot, failed_count, locked_until) VALUES (?, 1, ?) ON CONFLICT (slot) DO UPDATE SET "
            "failed_count = strangers.failed_count + 1, locked_until = excluded.locked_until RETURNING failed_count"
        )

    def get(self, slot: int) -> Tries | None:
        row = self._get.one(slot)
        return None if row is None else Tries(failed_count=row[0], locked_until=optional_moment(row[1]))

    def fail(self, slot: int, *, locked_until: datetime | None) -> int:
        row = self._fail.one(slot, optional_micros(locked_until))
        assert row is not None
        return row[0]


def _link_of(row: Sequence[Any]) -> PasswordLink:
    account, code_hash, created_at, created_by, expires_at = row
    return PasswordLink(
        account=account, code_hash=code_hash, created_at=moment(created_at), created_by=created_by, expires_at=moment(expires_at)
    )
