"""Tokens by another algorithm than HS256: each is taken where it is named, with a key of its own, and nowhere else."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from datetime import timedelta
from typing import Any

import pytest

from headway.access.algorithms import OFFERED, Algorithms
from headway.access.secret import derive_key
from headway.access.signing import KEY_BYTES, SigningKeys
from headway.access.tokens import REFRESH_TYPE, TYPE, Tokens, algorithm_named_in, key_named_in
from headway.model.clock import SystemClock
from headway.model.errors import DeviceEnded, Unauthorised
from headway.model.signing_key import FIRST_KEY, SigningKey
from tests.unit.access.test_tokens import KEY, SECRET, b64, claims

TOKENS = OFFERED["tokens"]
HASHES: dict[str, Any] = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
NOW = SystemClock().now()
SECOND = SigningKey(id="5f0c2a91b7d4", created_at=NOW, signs_from=NOW - timedelta(seconds=1), created_by="anna")


def by(*names: str) -> Tokens:
    return Tokens(SECRET, algorithms=Algorithms(tokens=names))


def key_of(algorithm: str, name: str = FIRST_KEY) -> bytes:
    """As a server that takes it has it."""
    keys = SigningKeys(SECRET, [algorithm])
    keys.hold([SigningKey(id=name, created_at=NOW, signs_from=NOW, created_by="")])
    found = keys.get(name, algorithm)
    assert found is not None
    return found.raw_value


def forge(algorithm: str, *, said: object = None, key: bytes | None = None, size: int | None = None, **more: Any) -> str:
    """Signed by this algorithm, with our key of it. `said`: the header says another one."""
    header = {"alg": algorithm if said is None else said, "typ": TYPE, **more}
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims()).encode())}"
    mac = hmac.new(key_of(algorithm) if key is None else key, signed.encode(), HASHES[algorithm]).digest()
    return f"{signed}.{b64(mac if size is None else (mac + mac)[:size])}"


def expect_refusal(tokens: Tokens, *forged: str) -> None:
    for token in forged:
        with pytest.raises(Unauthorised):
            tokens.read(token)


@pytest.mark.parametrize("algorithm", TOKENS)
def test_what_was_issued_by_each_is_read_and_an_altered_byte_is_found(algorithm: str) -> None:
    tokens = by(algorithm)
    token = tokens.issue("teacher", role="admin", scopes=["run:x:read"], lifetime=timedelta(minutes=5))
    for _ in range(2):
        principal = tokens.read(token)
        assert (principal.id, principal.role, principal.scopes) == ("teacher", "admin", ("run:x:read",))
    assert (algorithm_named_in(token), key_named_in(token)) == (algorithm, FIRST_KEY)
    assert tokens.read(forge(algorithm)).id == "eve"
    for at in range(len(token) - 1):
        altered = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        expect_refusal(tokens, altered)


@pytest.mark.parametrize("algorithm", TOKENS)
def test_it_is_taken_where_it_is_named_alone(algorithm: str) -> None:
    token = by(algorithm).issue("teacher", lifetime=timedelta(minutes=5))
    refresh = by(algorithm).issue_refresh("device", 3, NOW + timedelta(days=1))
    for other in TOKENS:
        both = by(other) if other == algorithm else by(other, algorithm)
        assert both.read(token).id == "teacher"
        assert both.read_refresh(refresh) == ("device", 3)
        if other != algorithm:
            expect_refusal(by(other), token, forge(algorithm))
            with pytest.raises(DeviceEnded):
                by(other).read_refresh(refresh)


def test_the_algorithm_in_the_header_cannot_be_exchanged() -> None:
    """RFC 8725 section 2.1. Also where all are taken: no key is that of another algorithm."""
    for tokens in (by("HS256"), by("HS512"), by("HS512", "HS256"), by(*TOKENS)):
        for algorithm in TOKENS:
            for said in ("none", "None", "", None, 0, ["HS256"], "hs512", "HS512 ", "RS256", "ES512", "EdDSA", "A256KW", "dir"):
                expect_refusal(tokens, forge(algorithm, said=said if said is not None else False))
            for said in set(TOKENS) - {algorithm}:
                sizes = (None, KEY_BYTES[said])
                expect_refusal(tokens, *[forge(algorithm, said=said, size=size) for size in sizes])
                expect_refusal(tokens, *[forge(said, key=key_of(algorithm), said=each) for each in (said, algorithm)])


@pytest.mark.parametrize("algorithm", TOKENS)
@pytest.mark.parametrize("size", [0, 1, 16, 31, 32, 33, 47, 48, 49, 63, 64, 65])
def test_a_mac_is_whole(algorithm: str, size: int) -> None:
    if size != KEY_BYTES[algorithm]:
        expect_refusal(by(*TOKENS), forge(algorithm, size=size))


def test_each_algorithm_has_a_key_of_its_own_as_long_as_its_hash() -> None:
    """RFC 8725 section 3.1, RFC 7518 section 3.2; and what was derived yesterday is derived tomorrow."""
    assert key_of("HS256") == KEY
    assert key_of("HS256", SECOND.id) == derive_key(SECRET, f"access tokens {SECOND.id}")
    assert key_of("HS384").hex() == ("0bdaf7739637902612bc75e42e0db51365ef0047cd5135dc987222cd407e6c1a78a147301e5c760a95792fe5cfa89d06")
    assert key_of("HS512").hex() == (
        "724ea14f3f4551cbd4f1bcf308dba5a50f1fe4cff7a7a3b3b4026768eb6f39648e59c6cdf98e35817ee5185184cca65b1d7c634a118095e10241125b806ebeb0"
    )
    keys = [key_of(algorithm, name) for algorithm in TOKENS for name in (FIRST_KEY, SECOND.id)]
    assert len({key[:32] for key in keys}) == len(keys)
    assert [len(key_of(algorithm)) for algorithm in TOKENS] == [HASHES[algorithm]().digest_size for algorithm in TOKENS]


def test_keys_are_rotated_under_each_algorithm() -> None:
    tokens = by("HS512", "HS256")
    old = [by("HS256").issue("anna", lifetime=timedelta(days=1)), tokens.issue("anna", lifetime=timedelta(days=1))]
    first = SigningKey(id=FIRST_KEY, created_at=NOW, signs_from=NOW - timedelta(days=9), created_by="system")
    tokens.keys.hold([first, SECOND])
    fresh = tokens.issue("anna", lifetime=timedelta(days=1))
    assert (key_named_in(fresh), algorithm_named_in(fresh)) == (SECOND.id, "HS512")
    assert [tokens.read(each).signed_with for each in [*old, fresh]] == [FIRST_KEY, FIRST_KEY, SECOND.id]
    tokens.keys.hold([SECOND])
    expect_refusal(tokens, *old)
    assert tokens.read(fresh).signed_with == SECOND.id
    expect_refusal(tokens, forge("HS512", kid=SECOND.id), forge("HS512", kid=FIRST_KEY))


def test_what_is_remembered_of_a_token_is_of_that_very_token() -> None:
    tokens = by("HS512", "HS256")
    good = tokens.issue("anna", lifetime=timedelta(days=1))
    assert tokens.read(good).id == "anna"
    head, payload, mac = good.split(".")
    other = b64(json.dumps({"alg": "HS256", "typ": TYPE}).encode())
    expect_refusal(tokens, f"{other}.{payload}.{mac}", f"{other}.{payload}.{mac[:43]}", f"{head}.{payload}.{mac[:43]}")
    tokens.revoke(FIRST_KEY)
    expect_refusal(tokens, good)


def test_what_is_none_of_ours_names_no_algorithm() -> None:
    refresh = by("HS512").issue_refresh("device", 3, NOW + timedelta(days=1))
    for other in ("", "a.b.c", "x" * 5_000, refresh, forge("HS256", said="none"), forge("HS256", said="HS512")):
        assert algorithm_named_in(other) is None
    assert REFRESH_TYPE != TYPE


def test_nodes_that_change_one_after_the_other_take_each_others_tokens() -> None:
    """At each step some have gone it and some have not."""
    path = [("HS256",), ("HS256", "HS512"), ("HS512", "HS256"), ("HS512",)]
    for behind, ahead in itertools.pairwise(path):
        for one, other in ((by(*behind), by(*ahead)), (by(*ahead), by(*behind))):
            assert other.read(one.issue("anna", lifetime=timedelta(days=1))).id == "anna"
    expect_refusal(by(*path[0]), by(*path[2]).issue("anna", lifetime=timedelta(days=1)))  # who leaves a step out
