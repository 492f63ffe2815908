"""Rotation over the routes and between servers: nobody is signed out, unless that is what was asked for."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from headway.access.principal import SYSTEM
from headway.access.tokens import Tokens, key_named_in
from headway.acts.signing import rotate_keys
from headway.assembly.revocations import RevocationWatch
from headway.assembly.signing import SigningWatch
from headway.model.session import LONGEST_TOKEN_LIFE
from headway.model.signing_key import FIRST_KEY, HEARD_WITHIN
from headway.store.news import Changed
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock
from headway.testing.store import memory_store
from tests.unit.web.office import SECRET, Office, problem
from tests.waiting import eventually_async


class Node:
    """A server, as far as tokens go: its keys and revocations come from the store alone."""

    def __init__(self, store: SqlStore) -> None:
        self.tokens = Tokens(SECRET, store.clock)
        self.turns = 0
        self.signing = SigningWatch(store, self.tokens)
        self.signing.turned = self._turn
        self.revocations = RevocationWatch(store, self.tokens.revoke)

    def _turn(self) -> None:
        self.turns += 1

    async def look(self) -> None:
        await self.signing.look()
        await self.revocations.look()

    def issue(self) -> str:
        return self.tokens.issue("anna", role="viewer", lifetime=timedelta(days=30))

    def reads(self, *tokens: str) -> list[bool]:
        return [self._reads(token) for token in tokens]

    def _reads(self, token: str) -> bool:
        try:
            return self.tokens.read(token).id == "anna"
        except Exception:
            return False


async def test_at_no_moment_of_a_rotation_is_a_good_token_refused_by_any_node() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        one, two = Node(store), Node(store)
        await one.look()
        await two.look()
        before = one.issue()
        made = await store.write(lambda tx: rotate_keys(tx, SYSTEM, is_ending_old=False))
        assert made.ended == ()
        await one.look()  # it has heard at once; the other hears after 4 s
        during = one.issue()
        assert key_named_in(during) == FIRST_KEY
        assert two.reads(before, during) == [True, True]
        clock.advance(4)
        await two.look()
        clock.advance(HEARD_WITHIN.total_seconds() - 4)
        after = one.issue()
        assert key_named_in(after) == made.key.id
        for node in (one, two):
            assert node.reads(before, during, after) == [True, True, True]
        await one.look()
        await one.look()
        assert one.turns == 1, "told once that another key signs"


async def test_a_node_that_starts_later_knows_all_keys() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        one = Node(store)
        issued = [one.issue()]
        for _ in range(3):
            await store.write(lambda tx: rotate_keys(tx, SYSTEM, is_ending_old=False))
            clock.advance(60)
            await one.look()
            issued.append(one.issue())
        assert len({key_named_in(token) for token in issued}) == 4
        late = Node(store)
        await late.look()
        assert late.reads(*issued) == [True] * 4


async def test_keys_that_are_ended_end_on_all_nodes_and_the_new_one_signs_at_once() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        one, two = Node(store), Node(store)
        before = one.issue()
        made = await store.write(lambda tx: rotate_keys(tx, SYSTEM, is_ending_old=True))
        assert made.ended == (FIRST_KEY,)
        for node in (one, two):
            await node.look()
        after = one.issue()
        for node in (one, two):
            assert node.reads(before, after) == [False, True]
        again = await store.write(lambda tx: rotate_keys(tx, SYSTEM, is_ending_old=True))
        assert again.ended == (made.key.id,)
        await two.look()
        assert two.reads(before, after, two.issue()) == [False, False, True]


async def test_a_key_goes_when_its_last_token_has_ended() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        for days in (0, 1, 401):
            clock.advance(timedelta(days=days).total_seconds())
            await store.write(lambda tx: rotate_keys(tx, SYSTEM, is_ending_old=False))
        left = await store.read(lambda snapshot: [key.id for key in snapshot.signing_keys.list()])
        assert FIRST_KEY not in left
        assert len(left) == 2
        clock.advance(LONGEST_TOKEN_LIFE.total_seconds())


async def test_there_are_never_more_than_fifty_keys() -> None:
    clock = FakeClock()
    async with memory_store(clock=clock) as store:
        for _ in range(60):
            clock.advance(60)
            await store.write(lambda tx: rotate_keys(tx, SYSTEM, is_ending_old=False))
        assert len(await store.read(lambda snapshot: list(snapshot.signing_keys.list()))) == 50


async def test_the_news_are_heard_without_waiting() -> None:
    async with memory_store() as store:
        node = Node(store)
        await node.look()
        keeping = asyncio.create_task(node.signing.keep())
        made = await store.write(lambda tx: rotate_keys(tx, SYSTEM, is_ending_old=True))
        node.signing.hear([Changed(what="presets")])
        node.signing.hear([Changed(what="signing keys")])
        await eventually_async(lambda: key_named_in(node.issue()) == made.key.id, what="the new key signs")
        keeping.cancel()
        await asyncio.wait([keeping])


async def test_rotating_over_the_routes(office: Office) -> None:
    assert (await office.ask("GET", "/signing-keys")).json()["items"] == []
    made = (await office.ask("POST", "/signing-keys")).json()
    assert (made["ended"], made["key"]["created_by"]) == ([], "somebody")
    listed = (await office.ask("GET", "/signing-keys")).json()["items"]
    assert [key["id"] for key in listed] == [FIRST_KEY, made["key"]["id"]]
    assert set(listed[0]) == {"id", "created_at", "signs_from", "created_by"}
    assert (await office.ask("GET", "/runs")).status_code == 200
    ended = (await office.ask("POST", "/signing-keys", json={"is_ending_old": True})).json()["ended"]
    assert set(ended) == {FIRST_KEY, made["key"]["id"]}
    for name in ended:
        office.tokens.revoke(name)  # what the news do in a server
    problem(await office.ask("GET", "/runs"), 401, "unauthorised")


async def test_who_may_rotate(office: Office) -> None:
    for role in ("viewer", "operator", "developer"):
        for verb in ("GET", "POST"):
            problem(await office.ask(verb, "/signing-keys", token=office.token(role=role)), 403, "forbidden")
    for wrong in ({"is_ending_old": "yes"}, {"is_ending_old": 1}, {"key": "x"}, []):
        problem(await office.ask("POST", "/signing-keys", json=wrong), 422, "invalid")
