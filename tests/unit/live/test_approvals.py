"""The channel `approvals`: how many requests wait for whoever looks, and whether the list of them is another."""

from __future__ import annotations

from itertools import count

from headway.access.principal import Principal
from headway.acts.approvals import ask, decide, withdraw
from headway.model.approval import Approval, ApprovalKind, Verdict
from tests.unit.live.theatre import Theatre, Viewer
from tests.waiting import eventually_async

NUMBERS = count()


async def asked(theatre: Theatre, by: str = "ada", project: str = "default", needed: int = 1) -> Approval:
    what = {"run": next(NUMBERS)}
    return await theatre.store.write(
        lambda tx: ask(tx, Principal(id=by), kind=ApprovalKind.RUN_DELETE, what=what, project=project, needed=needed)
    )


async def voted(theatre: Theatre, approval: Approval, by: str) -> Approval:
    return await theatre.store.write(lambda tx: decide(tx, approval.id, Principal(id=by, role="operator"), Verdict.APPROVED))


async def looking(theatre: Theatre, who: str) -> Viewer:
    viewer = theatre.viewer()
    viewer.hello(who)
    viewer.say({"type": "subscribe", "id": 1, "channel": "approvals"})
    await viewer.until("approvals")
    return viewer


def told(viewer: Viewer) -> list[tuple[int, int]]:
    return [(each["waiting"], each["open"]) for each in viewer.of("approvals")]


async def expect(viewer: Viewer, *expected: tuple[int, int]) -> None:
    await eventually_async(lambda: told(viewer) == list(expected), what=f"{expected}, heard {told(viewer)}")


async def test_each_is_told_how_many_wait_for_them(theatre: Theatre) -> None:
    await asked(theatre)
    ada, bob = await looking(theatre, "ada"), await looking(theatre, "bob")
    (first,) = bob.of("subscribed")
    assert (first["channel"], first["result"]) == ("approvals", "fresh")
    await expect(ada, (0, 1))
    await expect(bob, (1, 1))
    second = await asked(theatre, needed=2)
    await expect(bob, (1, 1), (2, 2))
    await voted(theatre, second, "bob")
    await expect(bob, (1, 1), (2, 2), (1, 2))
    await expect(ada, (0, 1), (0, 2), (0, 2))
    stamps = [each["stamp"] for each in ada.of("approvals")]
    assert len(set(stamps)) == 3, "one has a vote more: the list is another"
    await theatre.store.write(lambda tx: withdraw(tx, second.id, Principal(id="ada")))
    await expect(ada, (0, 1), (0, 2), (0, 2), (0, 1))


async def test_nobody_hears_of_what_they_may_not_see(theatre: Theatre) -> None:
    theatre.hidden.add("secret")
    bob, ada = await looking(theatre, "bob"), await looking(theatre, "ada")
    await asked(theatre, project="secret")
    await expect(ada, (0, 0), (0, 1))
    await asked(theatre)
    await expect(bob, (0, 0), (1, 1))


async def test_lost_news_are_found(theatre: Theatre) -> None:
    bob = await looking(theatre, "bob")
    theatre.is_deaf = True
    await asked(theatre)
    await theatre.hub.compare_tops()
    await expect(bob, (0, 0), (1, 1))


async def test_it_begins_anew_and_has_no_fields(theatre: Theatre) -> None:
    bob = await looking(theatre, "bob")
    bob.say({"type": "unsubscribe", "channel": "approvals"}, {"type": "subscribe", "id": 2, "channel": "approvals"})
    await expect(bob, (0, 0), (0, 0))
    bob.say({"type": "unsubscribe", "channel": "approvals"}, {"type": "subscribe", "id": 3, "channel": "approvals", "has_view": True})
    refused = await bob.until("error")
    assert refused["code"] == "invalid_message"
