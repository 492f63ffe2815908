"""Accounts, the groups that they are in, roles and grants."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from headway.model.account import Account, Grant, Group, Role
from headway.model.errors import Conflict
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.store.accounts import Identity
from headway.store.contract import Snapshot, Transaction
from headway.store.sql.link import Link
from headway.store.sql.store import SqlStore
from headway.testing.clock import START
from tests.contract.material import after, link_of
from tests.contract.test_store_indexes import plan, prepared_statements, reads_all


def an_account(name: str, **fields: Any) -> Account:
    given: dict[str, Any] = {"display_name": name.title(), "created_at": START, "created_by": "root"}
    return Account(name=name, **(given | fields))


def a_group(name: str, *members: str, **fields: Any) -> Group:
    given: dict[str, Any] = {"created_at": START, "created_by": "root"}
    return Group(name=name, members=frozenset(members), **(given | fields))


def a_grant(**fields: Any) -> Grant:
    given: dict[str, Any] = {"id": new_id(), "role": "viewer", "created_at": START, "created_by": "root"}
    return Grant(**(given | fields))


async def test_an_account_is_kept_as_it_was_made(store: SqlStore) -> None:
    full = an_account(
        "anna", display_name="安娜 é", email="Anna@x.example", password_hash="$argon2id$x", is_active=False, language="zh-CN",
        theme="dark", time_zone="Asia/Shanghai", password_changed_at=after(1), failed_count=3, locked_until=after(9),
    )  # fmt: skip
    plain = an_account("boris")
    await store.write(lambda tx: [tx.accounts.add(each) for each in (full, plain)])
    assert await store.read(lambda s: [s.accounts.get(name) for name in ("anna", "boris", "x' OR 1=1", "")]) == [full, plain, None, None]
    assert await store.read(lambda s: s.accounts.count()) == 2
    assert await store.read(lambda s: s.accounts.standing(["boris", "anna", "nobody"])) == {"anna": False, "boris": True}
    assert await store.read(lambda s: s.accounts.standing([])) == {}
    with pytest.raises(Conflict, match="named anna"):
        await store.write(lambda tx: tx.accounts.add(an_account("anna")))
    assert await store.read(lambda s: s.accounts.get("anna")) == full


async def test_accounts_are_listed_by_name_and_found_by_any_of_their_words(store: SqlStore) -> None:
    people = [
        an_account("anna", display_name="Ärztin 100%", email="a@x.example"), an_account("boris", email="B_S@y.example"), an_account("clara"),
    ]  # fmt: skip
    await store.write(lambda tx: [tx.accounts.add(each) for each in reversed(people)])

    def names(snapshot: Snapshot, **more: Any) -> list[str]:
        return [each.name for each in snapshot.accounts.list(**more)]

    assert await store.read(names) == ["anna", "boris", "clara"]
    assert await store.read(lambda s: names(s, limit=1)) == ["anna"]
    assert await store.read(lambda s: names(s, after="anna", limit=1)) == ["boris"]
    for text, found in (("ÄRZT", ["anna"]), ("0%", ["anna"]), ("b_s", ["boris"]), ("a_s", []), ("example", ["anna", "boris"]), ("!", [])):
        assert await store.read(lambda s, text=text: names(s, text=text)) == found, text
    assert await store.read(lambda s: names(s, text="example", after="anna")) == ["boris"]
    await store.write(lambda tx: tx.accounts.change("clara", display_name="Zoë", email="z@example"))
    assert await store.read(lambda s: names(s, text="zoë")) == ["clara"]
    assert await store.read(lambda s: names(s, text="CLARA")) == ["clara"]


async def test_fields_are_changed_by_name_and_only_those_that_may(store: SqlStore) -> None:
    anna = an_account("anna", failed_count=2)
    await store.write(lambda tx: tx.accounts.add(anna))
    changes: dict[str, Any] = {
        "is_active": False, "password_hash": "x", "password_changed_at": after(3), "locked_until": after(4), "failed_count": 0, "theme": "light",
    }  # fmt: skip
    await store.write(lambda tx: tx.accounts.change("anna", **changes))
    assert await store.read(lambda s: s.accounts.get("anna")) == replace(anna, **changes)
    await store.write(lambda tx: tx.accounts.change("anna"))
    for field in ("name", "created_at", "created_by", "folded", "nothing"):
        with pytest.raises(ValueError, match=field):
            await store.write(lambda tx, field=field: tx.accounts.change("anna", **{field: "x"}))


async def test_wrong_passwords_are_counted_whoever_comes_at_the_same_time(store: SqlStore) -> None:
    await store.write(lambda tx: tx.accounts.add(an_account("anna")))
    counts = await asyncio.gather(*(store.write(lambda tx: tx.accounts.fail("anna", locked_until=None)) for _ in range(4)))
    assert sorted(counts) == [1, 2, 3, 4]
    assert await store.write(lambda tx: tx.accounts.fail("anna", locked_until=after(60))) == 5
    found = await store.read(lambda s: s.accounts.get("anna"))
    assert found
    assert (found.failed_count, found.locked_until) == (5, after(60))
    assert await store.write(lambda tx: tx.accounts.fail("nobody", locked_until=None)) == 0


async def test_an_identity_is_of_one_account(store: SqlStore) -> None:
    here = Identity(issuer="https://id.example", subject="7", account="anna", created_at=START)
    await store.write(lambda tx: [tx.accounts.identify(each) for each in (here, replace(here, account="boris", created_at=after(1)))])
    assert await store.read(lambda s: s.accounts.find_identity("https://id.example", "7")) == here
    assert await store.read(lambda s: s.accounts.find_identity("https://other.example", "7")) is None
    assert await store.read(lambda s: (s.accounts.identities("anna"), s.accounts.identities("boris"))) == ([here], [])
    assert len(here.id) == 32
    await store.write(lambda tx: tx.accounts.forget_identity("https://id.example", "7"))
    assert await store.read(lambda s: s.accounts.find_identity("https://id.example", "7")) is None


async def test_a_group_keeps_who_made_it_and_changes_its_members(store: SqlStore) -> None:
    group = a_group("七班", "anna", "boris", description="Class 7")
    await store.write(lambda tx: tx.accounts.put_group(group))
    assert await store.read(lambda s: s.accounts.group("七班")) == group
    changed = a_group("七班", "boris", "clara", description="x", created_at=after(9), created_by="eve")
    await store.write(lambda tx: tx.accounts.put_group(changed))
    assert await store.read(lambda s: s.accounts.group("七班")) == replace(changed, created_at=START, created_by="root")
    assert await store.read(lambda s: s.accounts.group("nobody")) is None


async def test_groups_are_listed_by_name_or_those_of_an_account(store: SqlStore) -> None:
    groups = [a_group("a", "anna"), a_group("b"), a_group("c", "anna", "boris")]
    await store.write(lambda tx: [tx.accounts.put_group(each) for each in reversed(groups)])
    assert await store.read(lambda s: s.accounts.groups()) == groups
    assert await store.read(lambda s: s.accounts.groups(after="a", limit=1)) == groups[1:2]
    assert await store.read(lambda s: s.accounts.groups(account="anna")) == [groups[0], groups[2]]
    assert await store.read(lambda s: s.accounts.groups(account="anna", after="a")) == [groups[2]]
    assert await store.read(lambda s: s.accounts.groups(account="zoe")) == []


async def test_a_role_is_kept_and_replaced(store: SqlStore) -> None:
    role = Role(
        name="marker",
        permissions=frozenset({Permission.RUN_START}),
        inherits=frozenset({"viewer", "七"}),
        created_at=START,
        created_by="root",
    )
    await store.write(lambda tx: [tx.accounts.put_role(each) for each in (role, replace(role, name="a"))])
    assert await store.read(lambda s: s.accounts.roles()) == [replace(role, name="a"), role]
    narrow = replace(role, permissions=frozenset(), inherits=frozenset(), description="x", created_by="eve")
    await store.write(lambda tx: tx.accounts.put_role(narrow))
    assert await store.read(lambda s: s.accounts.role("marker")) == replace(narrow, created_by="root")
    await store.write(lambda tx: tx.accounts.delete_role("marker"))
    assert await store.read(lambda s: (s.accounts.role("marker"), len(s.accounts.roles()))) == (None, 1)


async def test_a_permission_of_a_newer_version_is_passed_over(store: SqlStore) -> None:
    role = Role(name="marker", permissions=frozenset({Permission.RUN_READ}), created_at=START, created_by="root")
    await store.write(lambda tx: tx.accounts.put_role(role))
    await store.write(lambda tx: link_of(tx).cursor.execute('UPDATE roles SET permissions = \'["run:read", "moon:land"]\''))
    assert await store.read(lambda s: s.accounts.role("marker")) == role


async def test_grants_are_listed_the_newest_first_by_whom_what_and_where(store: SqlStore) -> None:
    grants = [
        a_grant(account="anna"), a_grant(account="anna", project="p"), a_grant(group="g", project="p", role="operator"), a_grant(group="h"),
    ]  # fmt: skip
    await store.write(lambda tx: [tx.accounts.add_grant(each) for each in grants])
    first, second, third, fourth = grants

    async def listed(**more: Any) -> list[Grant]:
        return list(await store.read(lambda s: s.accounts.grants(**more)))

    assert await listed() == [fourth, third, second, first]
    assert await listed(limit=1) == [fourth]
    assert await listed(after=third.id) == [second, first]
    assert await listed(account="anna") == [second, first]
    assert await listed(account="anna", after=second.id) == [first]
    assert await listed(group="g") == [third]
    assert await listed(role="operator") == [third]
    assert await listed(projects=frozenset({"p"})) == [third, second]
    assert await listed(projects=frozenset({"p", None})) == [fourth, third, second, first]
    assert await listed(projects=frozenset({None})) == [fourth, first]
    assert await listed(projects=frozenset({"p", "q"})) == [third, second]
    assert await listed(projects=frozenset()) == []
    assert await listed(projects=frozenset({"p"}), role="viewer", account="anna") == [second]
    assert await listed(account="x' OR 1=1") == []
    assert await listed(after="no id") == []
    assert await store.read(lambda s: (s.accounts.grant(third.id), s.accounts.grant(new_id()), s.accounts.grant("no id"))) == (
        third,
        None,
        None,
    )


async def test_the_same_is_given_once(store: SqlStore) -> None:
    for fields in ({"account": "anna"}, {"account": "anna", "project": "p"}, {"group": "anna"}, {"group": "g", "project": "p"}):
        await store.write(lambda tx, fields=fields: tx.accounts.add_grant(a_grant(**fields)))
        with pytest.raises(Conflict):
            await store.write(lambda tx, fields=fields: tx.accounts.add_grant(a_grant(**fields)))
        await store.write(lambda tx, fields=fields: tx.accounts.add_grant(a_grant(role="admin", **fields)))
    assert len(await store.read(lambda s: s.accounts.grants())) == 8


async def test_all_that_count_for_an_account_come_in_one_query(store: SqlStore) -> None:
    own, of_group, of_other = a_grant(account="anna"), a_grant(group="g", project="p"), a_grant(group="h", project="q")
    of_namesake = a_grant(group="anna")

    def act(tx: Transaction) -> None:
        tx.accounts.put_group(a_group("g", "anna", "boris"))
        tx.accounts.put_group(a_group("h", "boris"))
        for each in (own, of_group, of_other, of_namesake):
            tx.accounts.add_grant(each)

    await store.write(act)

    async def of(account: str) -> set[str]:
        return {each.id for each in await store.read(lambda s: s.accounts.grants_of(account))}

    assert await of("anna") == {own.id, of_group.id}
    assert await of("boris") == {of_group.id, of_other.id}
    assert await of("") == set()
    await store.write(lambda tx: tx.accounts.delete_grant(own.id))
    await store.write(lambda tx: tx.accounts.delete_grant("no id"))
    assert await of("anna") == {of_group.id}


async def test_a_group_takes_its_grants_and_members_along(store: SqlStore) -> None:
    def act(tx: Transaction) -> None:
        for name in ("g", "h"):
            tx.accounts.put_group(a_group(name, "anna"))
            tx.accounts.add_grant(a_grant(group=name))
        tx.accounts.delete_group("g")

    await store.write(act)
    assert [each.name for each in await store.read(lambda s: s.accounts.groups(account="anna"))] == ["h"]
    assert [each.group for each in await store.read(lambda s: s.accounts.grants())] == ["h"]
    await store.write(lambda tx: tx.accounts.put_group(a_group("g")))
    assert await store.read(lambda s: s.accounts.group("g")) == a_group("g")


async def test_the_number_of_changes_goes_up_by_one_and_not_for_what_was_undone(store: SqlStore) -> None:
    assert await store.read(lambda s: s.accounts.change_number()) == 0
    numbers = await asyncio.gather(*(store.write(lambda tx: tx.accounts.next_change()) for _ in range(4)))
    assert sorted(numbers) == [1, 2, 3, 4]

    def fails(tx: Transaction) -> None:
        tx.accounts.next_change()
        raise Conflict

    with pytest.raises(Conflict):
        await store.write(fails)
    assert await store.read(lambda s: s.accounts.change_number()) == 4


WHOLE = {"_page", "_search", "_count", "_groups", "_roles"}
"""People, groups and roles a page at a time; part of a name is in no index."""


async def test_rights_are_found_by_indexes(store: SqlStore) -> None:
    def act(tx: Transaction) -> list[tuple[str, str]]:
        link: Link = link_of(tx)
        for projects, after_ in (({"p"}, None), ({"p", "q"}, new_id()), (None, new_id())):
            tx.accounts.grants(projects=None if projects is None else frozenset(projects), after=after_)
        tx.accounts.grants(group="g")
        tx.accounts.grants(role="r")
        tx.accounts.grants(account="a", projects=frozenset({"p"}))
        kept: dict[Any, Any] = link._prepared  # pyright: ignore[reportPrivateUsage]
        prepared = prepared_statements(tx.accounts) | {str(key): value for key, value in kept.items() if "grants" in key}
        found: list[tuple[str, str]] = []
        for name, statement in prepared.items():
            if not statement.text.startswith("INSERT"):
                count = statement.text.count("%s" if link.is_postgres else "?")
                found.append((name, plan(link, statement.text, (None,) * count)))
        return found

    plans = await store.write(act)
    assert len(plans) > 18
    for name, text in plans:
        if name not in WHOLE:
            assert not reads_all(text), (name, text)
