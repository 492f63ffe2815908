"""A token that is revoked is taken nowhere any more, and what it opened is closed: here at once, on other servers within 5 s."""

from __future__ import annotations

from datetime import timedelta

import httpx2

from headway.access.principal import SYSTEM
from headway.acts.revoke import revoke_session, revoke_token
from headway.assembly.revocations import RevocationWatch
from tests.unit.web.office import problem
from tests.unit.web.test_sign_out import WITHIN, Lobby, ended, expect_silence, lobby
from tests.waiting import eventually_async

__all__ = ["lobby"]


def id_of(lobby: Lobby, token: str) -> str:
    token_id = lobby.desk.tokens.read(token).token_id
    assert token_id is not None
    return token_id


async def test_a_revoked_token_ends_with_all_that_it_opened_and_no_other(lobby: Lobby) -> None:
    run = await lobby.theatre.run()
    token, other = lobby.token(None), lobby.token(None)
    gone, there = await lobby.watch(run, token), await lobby.watch(run, other)
    answer = await lobby.ask("POST", "/revocations", other, json={"token": token})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["by"], made["id"]) == ("system", (await lobby.ask("GET", "/revocations", other)).json()["items"][0]["id"])
    assert await ended(gone, 4501) < WITHIN
    await eventually_async(lambda: gone[0].close_code == 4501)
    await expect_silence(lobby, run, gone, there)
    problem(await lobby.ask("GET", "/runs", token), 401, "unauthorised")
    problem(await lobby.ask("GET", "/live/sse", token, params={"channel": run.channel}), 401, "unauthorised")
    assert (await lobby.ask("GET", "/runs", other)).status_code == 200
    await lobby.leave()


async def test_a_ticket_of_a_revoked_token_opens_nothing(lobby: Lobby) -> None:
    run, token = await lobby.theatre.run(), lobby.token(None)
    ticket = (await lobby.ask("POST", "/live/tickets", token)).json()["ticket"]
    await lobby.ask("POST", "/revocations", lobby.token(None), json={"token": token})
    async with httpx2.AsyncClient(base_url=f"http://{lobby.address}/api/v1") as client:
        answer = await client.get("/live/sse", params={"channel": run.channel, "ticket": ticket})
    problem(answer, 401, "ticket_invalid")


async def test_its_id_will_do_where_nobody_has_the_token(lobby: Lobby) -> None:
    token, other = lobby.token(None), lobby.token(None)
    answer = await lobby.ask("POST", "/revocations", other, json={"id": id_of(lobby, token)})
    assert answer.status_code == 201
    problem(await lobby.ask("GET", "/runs", token), 401, "unauthorised")


async def test_what_is_no_token_is_refused_with_a_word_on_why(lobby: Lobby) -> None:
    token = lobby.token(None)
    for wish in ({}, {"token": token, "id": "x"}, {"token": "a.b.c"}, {"id": ""}, {"id": "x\n"}, {"id": "x" * 101}, {"token": 7}):
        problem(await lobby.ask("POST", "/revocations", token, json=wish), 422, "invalid")
    again = lobby.token(None)
    assert (await lobby.ask("POST", "/revocations", token, json={"token": again})).status_code == 201
    refused = await lobby.ask("POST", "/revocations", token, json={"token": again})
    assert "has ended already" in problem(refused, 422, "invalid")["detail"]


async def test_it_takes_the_right_to(lobby: Lobby) -> None:
    mine = lobby.desk.tokens.issue("li", scopes=["project:default:run:*"], lifetime=timedelta(hours=1))
    for answer in (await lobby.ask("POST", "/revocations", mine, json={"token": mine}), await lobby.ask("GET", "/revocations", mine)):
        assert problem(answer, 403, "forbidden")["permission"] == "token:revoke"


async def test_another_server_finds_what_it_has_not_heard(lobby: Lobby) -> None:
    """Also one that has just started, to which a session that has ended is like a token."""
    heard: list[str] = []
    watch = RevocationWatch(lobby.theatre.store, heard.append)
    await watch.look()
    assert heard == []
    await lobby.theatre.store.write(lambda tx: revoke_token(tx, "one", SYSTEM))
    await lobby.theatre.store.write(lambda tx: revoke_session(tx, "two", "anna"))
    await watch.look()
    await watch.look()
    assert heard == ["one", "two"], "each once, in order"
    later: list[str] = []
    await RevocationWatch(lobby.theatre.store, later.append).look()
    assert later == ["one", "two"]
    tokens = lobby.desk.tokens
    fresh = tokens.issue("anna", role="admin", lifetime=timedelta(minutes=9), session="two")
    problem(await lobby.ask("GET", "/runs", fresh), 401, "unauthorised")
