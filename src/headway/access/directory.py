"""What accounts may do, as they are now: looked up once and kept in memory until something changes it (decision 36).

What must hold:
- Whoever was told of a change (`hear`), or has found that there was one (`look`), answers by nothing that was read before it.
- An account that is disabled, or is none, is `Unauthorised`, whatever its token says.
- Memory is bounded: who was not asked for longest is forgotten, and looked up again.
- Without the store nobody new gets in; who is known stays known.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from headway.access.key_rights import cut
from headway.access.principal import Principal
from headway.access.rights import add_up
from headway.model.account import Rights
from headway.model.errors import Unauthorised
from headway.store.contract import Snapshot, Store, Transaction
from headway.store.news import AccessChanged

ACCOUNTS_KEPT = 10_000
PROJECTS_KEPT = 200_000
"""Over all accounts that are kept: some 100 bytes each."""
TRIES = 3
"""Readings of one account, if rights change while it is read."""

Heed = Callable[[frozenset[str] | None], None]
"""Whose rights may be others now; None: anybody's."""


class Directory:
    """One for each server process, used in its loop's thread."""

    def __init__(self, store: Store, *, accounts_kept: int = ACCOUNTS_KEPT, projects_kept: int = PROJECTS_KEPT) -> None:
        self._store = store
        self._accounts_kept = accounts_kept
        self._projects_kept = projects_kept
        self._known: OrderedDict[str, Rights | None] = OrderedDict()
        """By account; None: it is disabled, or there is none. Who was asked for last stands last."""
        self._project_count = 0
        self._forgotten_count = 0
        self.number = 0
        """Of the last change up to which all are known."""
        self.on_change: list[Heed] = []

    @property
    def known_count(self) -> int:
        return len(self._known)

    async def resolve(self, principal: Principal) -> Principal:
        """The principal with the rights that its account has now. Raises `Unauthorised`, `StoreUnavailable`."""
        if principal.key_account is not None:
            whole = await self.rights_of(principal.key_account)
            if whole is principal.cut_from:
                return principal
            return replace(principal, rights=cut(whole, principal.key_scopes), cut_from=whole)
        if principal.account is None:
            return principal
        rights = await self.rights_of(principal.account)
        return principal if rights is principal.rights else replace(principal, rights=rights)

    async def rights_of(self, account: str) -> Rights:
        """Raises `Unauthorised` for an account that is disabled or none, `StoreUnavailable`."""
        try:
            rights = self._known[account]
        except KeyError:
            rights = await self._ask(account)
        else:
            self._known.move_to_end(account)
        if rights is None:
            raise Unauthorised
        return rights

    def is_current(self, principal: Principal) -> bool:
        """Whether its rights are known to be those that it has now. False: `resolve` it again, and see."""
        if principal.key_account is not None:
            return principal.cut_from is not None and self._known.get(principal.key_account) is principal.cut_from
        return principal.account is None or (principal.rights is not None and self._known.get(principal.account) is principal.rights)

    def hear(self, news: AccessChanged) -> None:
        """Rights have changed, here or at another node."""
        if news.number == self.number + 1:
            self.number = news.number
        self._forget(news.accounts or None)

    async def look(self) -> None:
        """Find out whether there was a change of which the news were lost. Raises `StoreUnavailable`."""
        number = await self._store.read(lambda snapshot: snapshot.accounts.change_number())
        if number != self.number:
            self.number = number
            self._forget(None)

    def _forget(self, accounts: frozenset[str] | None) -> None:
        self._forgotten_count += 1
        if accounts is None:
            self._known.clear()
            self._project_count = 0
        else:
            for account in accounts:
                self._drop(account)
        for heed in self.on_change:
            heed(accounts)

    async def _ask(self, account: str) -> Rights | None:
        rights: Rights | None = None
        for _ in range(TRIES):
            forgotten_count = self._forgotten_count
            rights = await self._store.read(lambda snapshot: read_rights(snapshot, account))
            if forgotten_count == self._forgotten_count:
                if account not in self._known:
                    self._keep(account, rights)
                return self._known.get(account, rights)  # of several who have asked at once, the first
        return rights

    def _keep(self, account: str, rights: Rights | None) -> None:
        self._known[account] = rights
        self._project_count += _weight(rights)
        while self._known and (len(self._known) > self._accounts_kept or self._project_count > self._projects_kept):
            self._drop(next(iter(self._known)))

    def _drop(self, account: str) -> None:
        if account in self._known:
            self._project_count -= _weight(self._known.pop(account))


def read_rights(snapshot: Snapshot | Transaction, account: str) -> Rights | None:
    """What the account may do; None: it is disabled, or there is none."""
    found = snapshot.accounts.get(account)
    if found is None or not found.is_active:
        return None
    return add_up(snapshot.accounts.grants_of(account), {role.name: role for role in snapshot.accounts.roles()})


def _weight(rights: Rights | None) -> int:
    return 0 if rights is None else len(rights.in_projects)
