"""People with accounts, and what they are given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from headway.access.tokens import Tokens
from headway.model.account import Account, Grant, Group, Role
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.store.contract import Store, Transaction
from headway.store.news import AccessChanged


class People:
    """Written to the store as an act would, and told as one tells."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._store = store
        self._tokens = tokens

    def token(self, name: str, session: str | None = None) -> str:
        return self._tokens.issue(name, account=name, lifetime=timedelta(hours=1), session=session)

    async def add(self, name: str, *, is_active: bool = True) -> str:
        """An account without rights; a token of it."""

        def act(tx: Transaction) -> None:
            account = Account(name=name, display_name=name.title(), is_active=is_active, created_at=tx.now, created_by="root")
            tx.accounts.add(account)

        await self.change(act)
        return self.token(name)

    async def disable(self, name: str) -> None:
        await self.change(lambda tx: tx.accounts.change(name, is_active=False), name)

    async def gather(self, group: str, *members: str) -> None:
        """A group with these members, from now on."""
        await self.change(
            lambda tx: tx.accounts.put_group(
                Group(name=group, members=frozenset(members), created_at=tx.now, created_by="root")
            )
        )  # fmt: skip

    async def make_role(self, name: str, *permissions: Permission, inherits: tuple[str, ...] = ()) -> None:
        role = {"name": name, "permissions": frozenset(permissions), "inherits": frozenset(inherits)}
        await self.change(lambda tx: tx.accounts.put_role(Role(**role, created_at=tx.now, created_by="root")))

    async def give(self, role: str, project: str | None = None, *, to: str | None = None, group: str | None = None) -> str:
        """Its id."""
        id_ = new_id()

        def act(tx: Transaction) -> None:
            tx.accounts.add_grant(Grant(id=id_, account=to, group=group, role=role, project=project, created_at=tx.now, created_by="root"))

        await self.change(act, *([to] if to else []))
        return id_

    async def take(self, grant: str, *accounts: str) -> None:
        await self.change(lambda tx: tx.accounts.delete_grant(grant), *accounts)

    async def change(self, act: Callable[[Transaction], object], *accounts: str) -> None:
        """Do it, and tell whose rights it has changed; of nobody named: anybody's."""

        def changing(tx: Transaction) -> None:
            number = tx.accounts.next_change()
            act(tx)
            tx.announce(AccessChanged(accounts=frozenset(accounts), number=number))

        await self._store.write(changing)
