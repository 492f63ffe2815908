"""What accounts may do is kept, and nothing old is answered by once it is known to be old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import pytest_asyncio

from headway.access.authorise import may
from headway.access.directory import Directory
from headway.access.principal import Principal
from headway.access.tokens import Tokens
from headway.model.account import Account, Grant, Group
from headway.model.errors import StoreUnavailable, Unauthorised
from headway.model.ids import new_id
from headway.model.permissions import Permission
from headway.store.contract import Pace, Snapshot, Transaction
from headway.store.news import AccessChanged
from headway.store.sql.store import SqlStore
from headway.testing.clock import START
from headway.testing.store import memory_store

T = TypeVar("T")
READ = Permission.RUN_READ


class CountingStore:
    """A real store, in front of which somebody counts, and may stand in the door."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.epoch = store.epoch
        self.reads = 0
        self.is_away = False
        self.door = asyncio.Event()
        self.door.set()
        self.answered = asyncio.Event()

    async def read(self, query: Callable[[Snapshot], T]) -> T:
        self.reads += 1
        if self.is_away:
            raise StoreUnavailable(reason="away")
        found = await self._store.read(query)
        self.answered.set()
        await self.door.wait()
        return found

    async def write(self, act: Callable[[Transaction], T], *, pace: Pace = Pace.NOW) -> T:
        return await self._store.write(act, pace=pace)

    async def close(self) -> None:
        await self._store.close()


@pytest_asyncio.fixture
async def store() -> AsyncIterator[CountingStore]:
    async with memory_store() as store:
        yield CountingStore(store)


async def add(store: CountingStore, *names: str, **fields: Any) -> None:
    for name in names:
        account = Account(name=name, display_name=name, created_at=START, created_by="root", **fields)
        await store.write(lambda tx, account=account: tx.accounts.add(account))


async def give(store: CountingStore, role: str, project: str | None = None, **whom: str) -> int:
    """Give a role, and say to nobody but the store that something has changed: the number of the change."""
    grant = Grant(id=new_id(), role=role, project=project, created_at=START, created_by="root", **whom)

    def act(tx: Transaction) -> int:
        number = tx.accounts.next_change()
        tx.accounts.add_grant(grant)
        return number

    return await store.write(act)


async def test_own_grants_and_those_of_groups_add_up(store: CountingStore) -> None:
    await add(store, "anna")
    group = Group(name="g", members=frozenset({"anna"}), created_at=START, created_by="root")
    await store.write(lambda tx: tx.accounts.put_group(group))
    await give(store, "viewer", account="anna")
    await give(store, "operator", "p", group="g")
    rights = await Directory(store).rights_of("anna")
    assert rights.holds(READ, None)
    assert rights.holds(Permission.RUN_START, "p")
    assert not rights.holds(Permission.RUN_START, "q")


async def test_an_account_is_read_once_and_then_known(store: CountingStore) -> None:
    await add(store, "anna", "boris")
    directory = Directory(store)
    first = await directory.rights_of("anna")
    found = await asyncio.gather(*(directory.rights_of("anna") for _ in range(20)))
    assert (store.reads, {id(rights) for rights in found}) == (1, {id(first)})
    found = await asyncio.gather(*(directory.rights_of("boris") for _ in range(5)))
    assert len({id(rights) for rights in found}) == 1, "of those who ask at once, all get what the first has found"
    assert directory.known_count == 2


async def test_a_principal_gets_the_rights_of_its_account_and_of_none_other(store: CountingStore) -> None:
    await add(store, "anna")
    await give(store, "viewer", "p", account="anna")
    directory, tokens = Directory(store), Tokens("k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe")
    bare = tokens.read(tokens.issue("anna", account="anna", lifetime=timedelta(minutes=5)))
    assert not may(bare, READ, "p")
    anna = await directory.resolve(bare)
    assert may(anna, READ, "p")
    assert not may(anna, READ, "q")
    assert await directory.resolve(anna) is anna
    by_token = Principal(id="anna", role="viewer")
    assert await directory.resolve(by_token) is by_token


@pytest.mark.parametrize("name", ["gone", "nobody"])
async def test_a_disabled_account_or_none_is_unauthorised(store: CountingStore, name: str) -> None:
    await add(store, "gone", is_active=False)
    await give(store, "admin", account="gone")
    directory = Directory(store)
    for _ in range(3):
        with pytest.raises(Unauthorised):
            await directory.rights_of(name)
    assert store.reads == 1


async def test_whoever_was_told_of_a_change_answers_by_it(store: CountingStore) -> None:
    await add(store, "anna", "boris")
    directory, heard = Directory(store), list[frozenset[str] | None]()
    directory.on_change.append(heard.append)
    anna = await directory.resolve(Principal(id="anna", account="anna"))
    await directory.rights_of("boris")
    number = await give(store, "viewer", account="anna")
    assert directory.is_current(anna)
    directory.hear(AccessChanged(accounts=frozenset({"anna", "unknown"}), number=number))
    assert not directory.is_current(anna)
    assert may(await directory.resolve(anna), READ, None)
    assert (store.reads, heard) == (3, [frozenset({"anna", "unknown"})])
    directory.hear(AccessChanged(number=number + 1))
    assert (directory.known_count, heard[1:]) == (0, [None])


async def test_what_was_read_before_a_change_is_not_kept_after_it(store: CountingStore) -> None:
    await add(store, "anna")
    directory = Directory(store)
    store.door.clear()
    asking = asyncio.create_task(directory.rights_of("anna"))
    await store.answered.wait()  # it has read, and not yet kept
    number = await give(store, "viewer", account="anna")
    directory.hear(AccessChanged(accounts=frozenset({"anna"}), number=number))
    store.door.set()
    assert (await asking).holds(READ, None)
    assert (await directory.rights_of("anna")).holds(READ, None)
    assert store.reads == 2


async def test_lost_news_are_found_by_the_number(store: CountingStore) -> None:
    await add(store, "anna")
    directory, heard = Directory(store), list[frozenset[str] | None]()
    await directory.look()
    directory.on_change.append(heard.append)
    assert not (await directory.rights_of("anna")).holds(READ, None)
    await give(store, "viewer", account="anna")
    assert not (await directory.rights_of("anna")).holds(READ, None)
    await directory.look()
    assert (await directory.rights_of("anna")).holds(READ, None)
    await directory.look()
    assert heard == [None]


async def test_what_all_news_have_told_is_not_forgotten_twice(store: CountingStore) -> None:
    await add(store, "anna", "boris")
    directory, heard = Directory(store), list[frozenset[str] | None]()
    await directory.look()
    directory.on_change.append(heard.append)
    numbers = [await give(store, role, account="anna") for role in ("viewer", "operator", "developer")]
    for number in numbers[:2]:
        directory.hear(AccessChanged(accounts=frozenset({"anna"}), number=number))
    await directory.rights_of("boris")
    heard.clear()
    directory.hear(AccessChanged(accounts=frozenset({"anna"}), number=numbers[2]))
    await directory.look()
    assert (heard, directory.known_count) == ([frozenset({"anna"})], 1)
    fourth, fifth = await give(store, "admin", account="anna"), await give(store, "viewer", account="boris")
    assert fifth == fourth + 1
    directory.hear(AccessChanged(accounts=frozenset({"boris"}), number=fifth))  # and never the fourth
    await directory.look()
    assert heard[-1] is None


async def test_memory_is_bounded_by_accounts_and_by_their_projects(store: CountingStore) -> None:
    await add(store, "anna", "boris", "clara", "zoe")
    for project in ("p", "q", "r"):
        await give(store, "viewer", project, account="anna")
        await give(store, "viewer", project, account="zoe")
    directory = Directory(store, accounts_kept=2, projects_kept=4)
    for name in ("anna", "boris", "anna", "clara"):
        await directory.rights_of(name)
    assert (directory.known_count, store.reads) == (2, 3)
    await directory.rights_of("anna")
    assert store.reads == 3  # boris was not asked for longest
    rights = await directory.rights_of("zoe")
    assert rights.holds(READ, "r")
    await directory.rights_of("zoe")
    assert (directory.known_count, store.reads) == (1, 4)  # anna and zoe together have too many projects
    await directory.rights_of("anna")
    assert store.reads == 5
    tiny = Directory(store, projects_kept=2)
    assert (await tiny.rights_of("anna")).holds(READ, "p")
    assert tiny.known_count == 0


async def test_without_the_store_nobody_new_gets_in_and_who_is_known_stays(store: CountingStore) -> None:
    await add(store, "anna", "boris")
    directory = Directory(store)
    await directory.rights_of("anna")
    store.is_away = True
    await directory.rights_of("anna")
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await directory.rights_of("boris")
    with pytest.raises(StoreUnavailable):
        await directory.look()
    store.is_away = False
    await directory.rights_of("boris")
