"""Credentials that are not what they seem: refused, all with the same words, and none with a trace."""

from __future__ import annotations

from tests.security.cases import Tried
from tests.security.credentials import bent, forged, heavy, in_other_places, of_another_kind, of_proxies
from tests.unit.web.office import Office
from tests.unit.web.test_api_keys import make
from tests.unit.web.test_devices import sign_in
from tests.unit.web.test_sessions import link
from tests.unit.web.test_share_links import share


async def test_1_to_5_and_8_what_is_forged_is_refused_with_the_same_words(office: Office) -> None:
    answers = await Tried(office).all([*forged(), *heavy()])
    assert len(answers) >= 150
    assert {answer.json()["detail"] for answer in answers} == {"This needs a valid token."}
    assert len({frozenset(answer.json()) for answer in answers}) == 1, "nothing tells one from another"


async def test_6_what_is_good_elsewhere_is_not_good_here(office: Office) -> None:
    run = (await office.start())["id"]
    device, key = await sign_in(office), await make(office)
    made = {
        "a refresh token": device["refresh_token"],
        "a ticket": (await office.ask("POST", "/live/tickets")).json()["ticket"],
        "the code of a sign-in link": (await link(office))["code"],
        "the code of a share link": (await share(office, run))["code"],
        "the id of a key": key["id"],
        "the prefix of a key": f"hwk_{key['prefix']}",
        "the seal of a key": office.desk.seal.of(key["key"][-64:]),
        "a key with the seal as its secret": f"hwk_{key['prefix']}_{office.desk.seal.of(key['key'][-64:])}",
    }
    await Tried(office).all(of_another_kind(made))


async def test_7_what_was_revoked_is_refused_in_every_spelling(office: Office) -> None:
    token, key = office.token(role="admin"), (await make(office))["key"]
    for each in (token, key):
        assert (await office.ask("GET", "/runs", token=each)).status_code == 200
        assert (await office.ask("POST", "/revocations", json={"token": each})).status_code == 201
    office.tokens.revoke(office.tokens.read(token).token_id or "")
    office.desk.keys.hear([])
    key_id = (await office.ask("GET", "/keys")).json()["items"][0]["id"]
    office.tokens.revoke(key_id)
    cases = [*bent(7, "a revoked token", token), *bent(7, "a revoked key", key)]
    assert len(cases) >= 30
    await Tried(office).all(cases)
    for each in (token, key):
        assert (await office.ask("GET", "/runs", token=each)).status_code == 401


async def test_7_a_good_one_is_good_in_its_own_spelling_alone(office: Office) -> None:
    token, key = office.token(role="admin"), (await make(office))["key"]
    await Tried(office).all([*bent(7, "a good token", token), *bent(7, "a good key", key)])
    for each in (token, key):
        assert (await office.ask("GET", "/runs", token=each)).status_code == 200


async def test_12_and_19_what_stands_elsewhere_is_not_looked_at(office: Office) -> None:
    key = (await make(office))["key"]
    await Tried(office).all([*in_other_places(office.admin, key), *of_proxies()])
