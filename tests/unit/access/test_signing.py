"""Keys that sign one after the other: what the older ones signed stays good, and nobody names a key that is not held."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headway.access.secret import derive_key
from headway.access.tokens import TYPE, Tokens, key_named_in
from headway.model.clock import SystemClock
from headway.model.errors import DeviceEnded, Unauthorised
from headway.model.session import LONGEST_TOKEN_LIFE
from headway.model.signing_key import FIRST_KEY, SigningKey
from tests.unit.access.clock import SetClock
from tests.unit.access.test_tokens import SECRET, claims, forge

NOW = SystemClock().now()
SECOND = SigningKey(id="5f0c2a91b7d4", created_at=NOW, signs_from=NOW, created_by="anna")
FIRST = SigningKey(id=FIRST_KEY, created_at=NOW - timedelta(days=9), signs_from=NOW - timedelta(days=9), created_by="system")


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def tokens(clock: SetClock) -> Tokens:
    return Tokens(SECRET, clock)


def issue(tokens: Tokens, days: float = 30) -> str:
    return tokens.issue("anna", role="viewer", lifetime=timedelta(days=days))


def test_the_first_key_is_not_named(tokens: Tokens) -> None:
    """Tokens of before the first rotation stay what they were, to the letter."""
    assert tokens.read(issue(tokens)).signed_with == FIRST_KEY
    assert key_named_in(issue(tokens)) == FIRST_KEY


def test_what_an_older_key_signed_stays_good(tokens: Tokens) -> None:
    before = issue(tokens)
    tokens.keys.hold([FIRST, SECOND])
    after = issue(tokens)
    assert key_named_in(after) == SECOND.id
    assert (tokens.read(before).signed_with, tokens.read(after).signed_with) == (FIRST_KEY, SECOND.id)


def test_a_key_signs_from_its_time_on_and_verifies_before(tokens: Tokens, clock: SetClock) -> None:
    """A server whose clock is a little ahead of another's has its tokens taken there."""
    third = SigningKey(id="0" * 12, created_at=NOW, signs_from=NOW + timedelta(seconds=15), created_by="anna")
    tokens.keys.hold([FIRST, SECOND, third])
    assert key_named_in(issue(tokens)) == SECOND.id
    clock.moment += timedelta(seconds=15)
    early = issue(tokens)
    assert key_named_in(early) == third.id
    clock.moment -= timedelta(seconds=15)
    assert tokens.read(early).signed_with == third.id


def test_a_key_that_is_gone_takes_its_tokens_along(tokens: Tokens) -> None:
    before = issue(tokens)
    assert tokens.read(before).id == "anna"
    tokens.keys.hold([SECOND])
    with pytest.raises(Unauthorised):
        tokens.read(before)
    with pytest.raises(Unauthorised):
        tokens.read(forge())
    assert tokens.read(issue(tokens)).id == "anna"


def test_a_key_that_was_ended_takes_its_tokens_along(tokens: Tokens) -> None:
    before = issue(tokens)
    tokens.keys.hold([FIRST, SECOND])
    after = issue(tokens)
    assert tokens.read(before).id == tokens.read(after).id == "anna"
    tokens.revoke(FIRST_KEY)
    with pytest.raises(Unauthorised):
        tokens.read(before)
    assert tokens.read(after).id == "anna"


def test_the_keys_of_two_names_are_two(tokens: Tokens) -> None:
    """A token that names another key than the one that signed it is nobody's."""
    tokens.keys.hold([FIRST, SECOND])
    ours = {"alg": "HS256", "typ": TYPE}
    assert tokens.read(forge(claims(), ours)).signed_with == FIRST_KEY
    with pytest.raises(Unauthorised):
        tokens.read(forge(claims(), {**ours, "kid": SECOND.id}))
    with pytest.raises(Unauthorised):
        tokens.read(forge(claims(), ours, key=derive_key(SECRET, f"access tokens {SECOND.id}")))
    assert (
        tokens.read(forge(claims(), {**ours, "kid": SECOND.id}, key=derive_key(SECRET, f"access tokens {SECOND.id}"))).signed_with
        == SECOND.id
    )


@pytest.mark.parametrize(
    "kid",
    [
        FIRST_KEY, "", " ", SECOND.id.upper(), f"{SECOND.id} ", f"{SECOND.id}\0", f"./{SECOND.id}", "../../dev/null", "/dev/null", "file:///etc/passwd",
        "http://127.0.0.1:9/keys", "' OR 1=1 --", "' UNION SELECT 'key", "%00", "*", None, 0, 1, True, [], [SECOND.id], {}, {"id": SECOND.id},
        "x" * 2_000, "é", "\u202e",
    ],
    ids=lambda kid: f"{kid!r}"[:30],
)  # fmt: skip
def test_a_kid_is_one_of_a_closed_set_and_nothing_else(tokens: Tokens, kid: object) -> None:
    """RFC 8725 section 3.10: it is looked up in a dictionary; no path, query or address is ever made of it."""
    tokens.keys.hold([FIRST, SECOND])
    with pytest.raises(Unauthorised):
        tokens.read(forge(header={"alg": "HS256", "typ": TYPE, "kid": kid}))


def test_two_servers_with_one_secret_read_each_others_tokens(tokens: Tokens, clock: SetClock) -> None:
    other = Tokens(SECRET, clock)
    for server in (tokens, other):
        server.keys.hold([FIRST, SECOND])
    assert other.read(issue(tokens)).id == "anna"
    stranger = Tokens("another secret, of 32 bytes at the least: 4711", clock)
    stranger.keys.hold([FIRST, SECOND])
    with pytest.raises(Unauthorised):
        stranger.read(issue(tokens))


def test_refresh_tokens_and_access_tokens_are_never_taken_for_each_other(tokens: Tokens) -> None:
    refresh = tokens.issue_refresh("019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12", 3, NOW + timedelta(days=30))
    assert tokens.read_refresh(refresh) == ("019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12", 3)
    with pytest.raises(Unauthorised):
        tokens.read(refresh)
    with pytest.raises(DeviceEnded):
        tokens.read_refresh(issue(tokens))


def test_a_refresh_token_ends_with_its_time_its_device_and_its_key(tokens: Tokens, clock: SetClock) -> None:
    refresh = tokens.issue_refresh("device", 3, NOW + timedelta(days=30))
    clock.moment += timedelta(days=30)
    with pytest.raises(DeviceEnded):
        tokens.read_refresh(refresh)
    clock.moment = NOW
    assert tokens.read_refresh(refresh) == ("device", 3)
    tokens.revoke("device")
    with pytest.raises(DeviceEnded):
        tokens.read_refresh(refresh)
    other = tokens.issue_refresh("another", 1, NOW + timedelta(days=30))
    tokens.revoke(FIRST_KEY)
    with pytest.raises(DeviceEnded):
        tokens.read_refresh(other)


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 5_000, "hwk_0_0", "é.é.é"])
def test_what_is_no_refresh_token(tokens: Tokens, token: str) -> None:
    with pytest.raises(DeviceEnded):
        tokens.read_refresh(token)


def test_a_key_outlives_the_longest_token(tokens: Tokens, clock: SetClock) -> None:
    longest = tokens.issue("anna", role="viewer", lifetime=LONGEST_TOKEN_LIFE)
    tokens.keys.hold([FIRST, SECOND])
    clock.moment += LONGEST_TOKEN_LIFE - timedelta(seconds=2)
    assert tokens.read(longest).id == "anna"
