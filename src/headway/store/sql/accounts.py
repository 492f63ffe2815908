# ruff: noqa: S608 - statements are put together from constants of this room only; values are always parameters
"""Accounts, groups, roles and grants: read seldom (`access/directory.py` keeps what they add up to), changed more seldom."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from headway.model.account import Account, Grant, Group, Role
from headway.model.errors import Conflict
from headway.model.permissions import Permission
from headway.store.accounts import Identity
from headway.store.sql.accounts_tables import account_groups, accounts, grants, group_members, roles
from headway.store.sql.keys import word_list, words_in
from headway.store.sql.link import Link, Prepared
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
)  # fmt: skip

NUMBER = "access"
"""Key in `meta` of the number that every change of rights raises."""
_ACCOUNT = ", ".join(column.name for column in accounts.c if column.name != "folded")
_GROUP = ", ".join(column.name for column in account_groups.c)
_ROLE = ", ".join(column.name for column in roles.c)
_GRANT = ", ".join(column.name for column in grants.c)
_KNOWN_PERMISSIONS = frozenset(Permission)
_NEXT = (
    "INSERT INTO meta (key, value) VALUES (?, '1') ON CONFLICT (key) DO UPDATE SET "
    "value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT) RETURNING value"
)


class SqlAccounts:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._get = link.prepare(f"SELECT {_ACCOUNT} FROM accounts WHERE name = ?")
        self._page = link.prepare(f"SELECT {_ACCOUNT} FROM accounts WHERE name > ? ORDER BY name LIMIT ?")
        self._search = link.prepare(f"SELECT {_ACCOUNT} FROM accounts WHERE name > ? AND folded LIKE ? ESCAPE '!' ORDER BY name LIMIT ?")
        self._standing = link.prepare(f"SELECT name, is_active FROM accounts WHERE name {words_in(link)}")
        self._count = link.prepare("SELECT COUNT(*) FROM accounts")
        self._add = link.rows(accounts)
        self._fail = link.prepare(
            "UPDATE accounts SET failed_count = failed_count + 1, locked_until = ? WHERE name = ? RETURNING failed_count"
        )
        self._forgive = link.prepare(
            "UPDATE accounts SET failed_count = failed_count - 1, locked_until = NULL WHERE name = ? AND failed_count > 0"
        )
        self._fold = link.prepare("UPDATE accounts SET folded = ? WHERE name = ?")
        columns = "issuer, subject, account, created_at"
        self._identity = link.prepare(f"SELECT {columns} FROM identities WHERE issuer = ? AND subject = ?")
        self._identities = link.prepare(f"SELECT {columns} FROM identities WHERE account = ? ORDER BY created_at, issuer, subject")
        self._identify = link.prepare(f"INSERT INTO identities ({columns}) VALUES (?, ?, ?, ?) ON CONFLICT (issuer, subject) DO NOTHING")
        self._forget = link.prepare("DELETE FROM identities WHERE issuer = ? AND subject = ?")
        self._number = link.prepare("SELECT value FROM meta WHERE key = ?")
        self._next = link.prepare(_NEXT)
        self._prepare_groups(link)
        self._prepare_roles(link)

    def _prepare_groups(self, link: Link) -> None:
        self._group = link.prepare(f"SELECT {_GROUP} FROM account_groups WHERE name = ?")
        self._groups = link.prepare(f"SELECT {_GROUP} FROM account_groups WHERE name > ? ORDER BY name LIMIT ?")
        self._groups_of = link.prepare(
            f"SELECT {_GROUP} FROM group_members JOIN account_groups ON name = group_name "
            "WHERE account = ? AND group_name > ? ORDER BY group_name LIMIT ?"
        )
        self._members = link.prepare(f"SELECT group_name, account FROM group_members WHERE group_name {words_in(link)}")
        self._put_group = link.upsert(account_groups, keep=("created_at", "created_by"))
        self._join = link.rows(group_members)
        self._leave = link.prepare(f"DELETE FROM group_members WHERE group_name = ? AND account {words_in(link)}")
        tables = (("group_members", "group_name"), ("grants", "group_name"), ("account_groups", "name"))
        self._delete_group = [link.prepare(f"DELETE FROM {table} WHERE {column} = ?") for table, column in tables]

    def _prepare_roles(self, link: Link) -> None:
        self._role = link.prepare(f"SELECT {_ROLE} FROM roles WHERE name = ?")
        self._roles = link.prepare(f"SELECT {_ROLE} FROM roles ORDER BY name")
        self._put_role = link.upsert(roles, keep=("created_at", "created_by"))
        self._delete_role = link.prepare("DELETE FROM roles WHERE name = ?")
        self._grant = link.prepare(f"SELECT {_GRANT} FROM grants WHERE id = ?")
        of_groups = ", ".join(f"grants.{column.name}" for column in grants.c)
        self._grants_of = link.prepare(
            f"SELECT {_GRANT} FROM grants WHERE account = ? AND group_name = '' UNION ALL "
            f"SELECT {of_groups} FROM group_members JOIN grants ON grants.group_name = group_members.group_name "
            "WHERE group_members.account = ?"
        )
        self._add_grant = link.rows(grants)
        self._delete_grant = link.prepare("DELETE FROM grants WHERE id = ?")

    # --- accounts -----------------------------------------------------------------------------------------------------

    def get(self, account: str) -> Account | None:
        row = self._get.one(clean(account))
        return None if row is None else _account_of(row)

    def list(self, *, text: str | None = None, after: str | None = None, limit: int = 100) -> Sequence[Account]:
        place = clean(after or "")
        rows = self._search.all(place, _containing(text), limit) if text else self._page.all(place, limit)
        return [_account_of(row) for row in rows]

    def count(self) -> int:
        return self._count.one()[0]

    def standing(self, accounts: Collection[str]) -> dict[str, bool]:
        rows = self._standing.all(word_list(self._link, map(clean, accounts))) if accounts else ()
        return {name: bool(is_active) for name, is_active in rows}

    def add(self, account: Account) -> None:
        try:
            self._add.insert([_account_row(account)])
            self._link.send()
        except self._link.integrity_error as error:
            raise Conflict(f"There is already an account named {account.name}.", field="name") from error

    def change(self, account: str, **fields: Any) -> None:
        for name in fields:
            if name not in _CHANGED:
                raise ValueError(f"{name} of an account cannot be changed")
        if not fields:
            return
        names = tuple(sorted(fields))
        prepared = self._link.cached(("accounts", names))
        if prepared is None:
            sets = ", ".join(f"{name} = ?" for name in names)
            prepared = self._link.cache(("accounts", names), self._link.prepare(f"UPDATE accounts SET {sets} WHERE name = ?"))
        prepared.later(*(_CHANGED[name](fields[name]) for name in names), clean(account))
        if {"display_name", "email"} & fields.keys() and (found := self.get(account)) is not None:
            self._fold.later(_folded(found), found.name)

    def fail(self, account: str, *, locked_until: datetime | None) -> int:
        row = self._fail.one(optional_micros(locked_until), clean(account))
        return 0 if row is None else row[0]

    def forgive(self, account: str) -> None:
        self._forgive.run(clean(account))

    # --- who they are elsewhere -----------------------------------------------------------------------------------------

    def find_identity(self, issuer: str, subject: str) -> Identity | None:
        row = self._identity.one(clean(issuer), clean(subject))
        return None if row is None else _identity_of(row)

    def identities(self, account: str) -> Sequence[Identity]:
        return [_identity_of(row) for row in self._identities.all(clean(account))]

    def identify(self, identity: Identity) -> None:
        self._identify.later(clean(identity.issuer), clean(identity.subject), clean(identity.account), micros(identity.created_at))

    def forget_identity(self, issuer: str, subject: str) -> None:
        self._forget.later(clean(issuer), clean(subject))

    # --- groups ---------------------------------------------------------------------------------------------------------

    def group(self, group: str) -> Group | None:
        row = self._group.one(clean(group))
        return None if row is None else self._with_members([row])[0]

    def groups(self, *, account: str | None = None, after: str | None = None, limit: int = 100) -> Sequence[Group]:
        place = clean(after or "")
        rows = self._groups.all(place, limit) if account is None else self._groups_of.all(clean(account), place, limit)
        return self._with_members(rows)

    def _with_members(self, rows: Sequence[Any]) -> Sequence[Group]:
        members: dict[str, set[str]] = {row[0]: set() for row in rows}
        for group, account in self._members.all(word_list(self._link, members)) if members else ():
            members[group].add(account)
        return [
            Group(name=name, description=about, members=frozenset(members[name]), created_at=moment(at), created_by=by)
            for name, about, at, by in rows
        ]

    def put_group(self, group: Group) -> None:
        name = clean(group.name)
        self._put_group.later(name, clean(group.description), micros(group.created_at), clean(group.created_by))
        before = {account for _, account in self._members.all(word_list(self._link, [name]))}
        wanted = {clean(account) for account in group.members}
        if gone := before - wanted:
            self._leave.later(name, word_list(self._link, gone))
        if new := sorted(wanted - before):
            self._join.insert([(name, account) for account in new])

    def delete_group(self, group: str) -> None:
        for statement in self._delete_group:
            statement.later(clean(group))

    # --- roles and grants -----------------------------------------------------------------------------------------------

    def role(self, role: str) -> Role | None:
        row = self._role.one(clean(role))
        return None if row is None else _role_of(row)

    def roles(self) -> Sequence[Role]:
        return [_role_of(row) for row in self._roles.all()]

    def put_role(self, role: Role) -> None:
        permissions, inherits = (dumps(sorted(words)).decode() for words in (role.permissions, role.inherits))
        self._put_role.later(
            clean(role.name), clean(role.description), permissions, clean(inherits), micros(role.created_at), clean(role.created_by)
        )

    def delete_role(self, role: str) -> None:
        self._delete_role.later(clean(role))

    def grant(self, grant: str) -> Grant | None:
        row = self._grant.one(to_key(grant)) if is_key(grant) else None
        return None if row is None else _grant_of(row)

    def grants(
        self, *, account: str | None = None, group: str | None = None, role: str | None = None,
        projects: frozenset[str | None] | None = None, after: str | None = None, limit: int = 100,
    ) -> Sequence[Grant]:  # fmt: skip
        if after is not None and not is_key(after):
            return []
        asked = {"account": account, "group_name": group, "role": role}
        values: dict[str, Any] = {f"{name} = ?": clean(value) for name, value in asked.items() if value is not None}
        if projects is not None and len(projects) == 1:
            values["project = ?"] = clean(next(iter(projects)) or "")
        elif projects is not None:
            values[f"project {words_in(self._link)}"] = word_list(self._link, [clean(project or "") for project in projects])
        if after is not None:
            values["id < ?"] = to_key(after)
        return [_grant_of(row) for row in self._grants(tuple(values)).all(*values.values(), limit)]

    def _grants(self, conditions: tuple[str, ...]) -> Prepared:
        key = ("grants", conditions)
        found = self._link.cached(key)
        if found is None:
            where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
            found = self._link.cache(key, self._link.prepare(f"SELECT {_GRANT} FROM grants{where} ORDER BY id DESC LIMIT ?"))
        return found

    def grants_of(self, account: str) -> Sequence[Grant]:
        name = clean(account)
        return [_grant_of(row) for row in self._grants_of.all(name, name)] if name else []

    def add_grant(self, grant: Grant) -> None:
        row = (
            checked_key(grant.id), clean(grant.account or ""), clean(grant.group or ""), clean(grant.role), clean(grant.project or ""),
            micros(grant.created_at), clean(grant.created_by),
        )  # fmt: skip
        try:
            self._add_grant.insert([row])
            self._link.send()
        except self._link.integrity_error as error:
            raise Conflict("This role is given there already.", field="role") from error

    def delete_grant(self, grant: str) -> None:
        if is_key(grant):
            self._delete_grant.later(to_key(grant))

    # --- the number of changes ------------------------------------------------------------------------------------------

    def change_number(self) -> int:
        row = self._number.one(NUMBER)
        return 0 if row is None else int(row[0])

    def next_change(self) -> int:
        return int(self._next.one(NUMBER)[0])


def _containing(text: str) -> str:
    folded = clean(text).casefold()
    for sign in "!%_":
        folded = folded.replace(sign, f"!{sign}")
    return f"%{folded}%"


def _folded(account: Account) -> str:
    return clean("\n".join((account.name, account.display_name, account.email or ""))).casefold()


def _account_row(account: Account) -> tuple[Any, ...]:
    changed = (convert(getattr(account, name)) for name, convert in _CHANGED.items())
    named = dict(zip(_CHANGED, changed, strict=True))
    return (
        clean(account.name), named["display_name"], named["email"], named["password_hash"], named["is_active"], named["language"],
        named["theme"], named["time_zone"], micros(account.created_at), clean(account.created_by), named["password_changed_at"],
        named["failed_count"], named["locked_until"], _folded(account),
    )  # fmt: skip


def _account_of(row: Sequence[Any]) -> Account:
    name, display_name, email, password_hash, is_active, language, theme, time_zone, at, by, changed_at, failed_count, locked_until = row
    return Account(
        name=name, display_name=display_name, email=email, password_hash=password_hash, is_active=bool(is_active), language=language,
        theme=theme, time_zone=time_zone, created_at=moment(at), created_by=by, password_changed_at=optional_moment(changed_at),
        failed_count=failed_count, locked_until=optional_moment(locked_until),
    )  # fmt: skip


_CHANGED: Mapping[str, Callable[[Any], Any]] = {
    "display_name": clean,
    "email": optional_clean,
    "password_hash": optional_clean,
    "is_active": bool,
    "language": optional_clean,
    "theme": optional_clean,
    "time_zone": optional_clean,
    "password_changed_at": optional_micros,
    "failed_count": int,
    "locked_until": optional_micros,
}
"""Fields of an account that may become another, and what they look like in their columns."""


def _identity_of(row: Sequence[Any]) -> Identity:
    issuer, subject, account, created_at = row
    return Identity(issuer=issuer, subject=subject, account=account, created_at=moment(created_at))


def _role_of(row: Sequence[Any]) -> Role:
    """Permissions that a newer version knows, and this one does not, are passed over."""
    name, description, permissions, inherits, created_at, created_by = row
    return Role(
        name=name,
        description=description,
        permissions=frozenset(Permission(word) for word in loads(permissions) if word in _KNOWN_PERMISSIONS),
        inherits=frozenset(loads(inherits)),
        created_at=moment(created_at),
        created_by=created_by,
    )


def _grant_of(row: Sequence[Any]) -> Grant:
    key, account, group, role, project, created_at, created_by = row
    return Grant(
        id=to_id(key), account=account or None, group=group or None, role=role, project=project or None, created_at=moment(created_at),
        created_by=created_by,
    )  # fmt: skip
