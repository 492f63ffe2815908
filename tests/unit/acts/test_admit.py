"""Groups that a provider gives: it may take whatever it gave, but not the last administrator."""

from __future__ import annotations

from typing import Any

import pytest

from headway.access.id_token import Person
from headway.acts.access import has_admin
from headway.acts.admit import sign_in_by_provider
from headway.acts.sign_in import Browser
from headway.model.account import Account, Grant, Group
from headway.model.audit import Action, AuditFilter, AuditOutcome
from headway.model.ids import new_id
from headway.store.audit import AuditPage
from headway.store.contract import Transaction
from headway.store.sql.store import SqlStore
from headway.testing.store import memory_store

ADMITS = frozenset({"uni.example"})


def person(name: str, *groups: str) -> Person:
    return Person(issuer="https://id.example", subject=name, email=f"{name}@uni.example", name=name, groups=frozenset(groups))


async def sign_in(store: SqlStore, who: Person) -> str:
    browser = Browser(secret_hash=new_id(), user_agent="")
    session = await store.write(lambda tx: sign_in_by_provider(tx, who, admits=ADMITS, browser=browser))
    assert session.account is not None
    return session.account


async def furnish(store: SqlStore, given: dict[str, str | None]) -> None:
    """Groups, by the role that each has everywhere."""

    def act(tx: Transaction) -> None:
        for name, role in given.items():
            tx.accounts.put_group(Group(name=name, description="", members=frozenset(), created_at=tx.now, created_by="system"))
            if role is not None:
                tx.accounts.add_grant(
                    Grant(id=new_id(), account=None, group=name, role=role, project=None, created_at=tx.now, created_by="system")
                )

    await store.write(act)


async def groups_of(store: SqlStore, account: str) -> set[str]:
    return {group.name for group in await store.read(lambda snapshot: snapshot.accounts.groups(account=account))}


async def changes(store: SqlStore) -> list[tuple[str, Any]]:
    """What the audit log says of groups, the oldest first."""
    where = AuditFilter(actions=frozenset({Action.GROUP_CHANGED.value}))
    found = await store.read(lambda snapshot: snapshot.audit.list(where, AuditPage(limit=100, is_descending=False)))
    return [(each.outcome, each.after) for each in found]


GIVEN: dict[str, str | None] = {"a-team": "operator", "heads": "admin", "staff": "viewer", "z-team": None}


@pytest.mark.parametrize("named", [(), ("staff",), ("a-team", "z-team")])
async def test_the_last_administrator_stays_in_the_group_that_makes_them_one_and_in_no_other(named: tuple[str, ...]) -> None:
    async with memory_store() as store:
        await furnish(store, GIVEN)
        ada = await sign_in(store, person("ada", "a-team", "heads", "staff"))
        assert await sign_in(store, person("ada", *named)) == ada, "she signs in all the same"
        assert await groups_of(store, ada) == {"heads", *named}
        assert await store.read(has_admin)
        (outcome, said) = (await changes(store))[-1]
        assert (outcome, said["kept"]) == (AuditOutcome.REFUSED, "heads")
        assert [said for outcome, said in await changes(store) if outcome == AuditOutcome.DONE] == [
            {"groups": ["a-team", "heads", "staff"]}, {"groups": sorted({"heads", *named})},
        ]  # fmt: skip


async def test_once_there_is_another_the_provider_has_its_way() -> None:
    async with memory_store() as store:
        await furnish(store, GIVEN)
        ada = await sign_in(store, person("ada", "heads"))
        await sign_in(store, person("ada"))
        boris = await sign_in(store, person("boris", "heads"))
        await sign_in(store, person("ada"))
        assert (await groups_of(store, ada), await groups_of(store, boris)) == (set(), {"heads"})


async def test_one_who_is_disabled_is_no_other() -> None:
    async with memory_store() as store:
        await furnish(store, GIVEN)
        ada, boris = [await sign_in(store, person(name, "heads")) for name in ("ada", "boris")]
        await store.write(lambda tx: tx.accounts.change(boris, is_active=False))
        await sign_in(store, person("ada"))
        assert await groups_of(store, ada) == {"heads"}


async def test_of_two_groups_that_would_do_one_is_kept() -> None:
    async with memory_store() as store:
        await furnish(store, {**GIVEN, "chairs": "admin"})
        ada = await sign_in(store, person("ada", "heads", "chairs"))
        await sign_in(store, person("ada"))
        assert await groups_of(store, ada) == {"chairs"}


async def test_who_never_was_is_not_kept_nor_missed() -> None:
    async with memory_store() as store:
        await furnish(store, GIVEN)
        ada = await sign_in(store, person("ada", "a-team", "staff"))
        await sign_in(store, person("ada"))
        assert await groups_of(store, ada) == set()
        assert [outcome for outcome, _ in await changes(store)] == [AuditOutcome.DONE] * 2


async def test_an_administrator_by_a_grant_of_their_own_may_lose_all_groups() -> None:
    async with memory_store() as store:
        await furnish(store, GIVEN)
        ada = await sign_in(store, person("ada", "heads"))

        def act(tx: Transaction) -> None:
            tx.accounts.add(Account(name="root", display_name="Root", created_at=tx.now, created_by="system"))
            tx.accounts.add_grant(
                Grant(id=new_id(), account="root", group=None, role="admin", project=None, created_at=tx.now, created_by="system")
            )

        await store.write(act)
        await sign_in(store, person("ada"))
        assert await groups_of(store, ada) == set()
