"""Tokens that are not ours, in every way that one can be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any

import pytest

from headway.access.secret import derive_key
from headway.access.tokens import AUDIENCE, ISSUER, TYPE, Tokens
from headway.model.clock import SystemClock
from headway.model.errors import Unauthorised
from headway.model.second_factor import SecondFactorRequired
from tests.unit.access.clock import SetClock

SECRET = "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"
KEY = derive_key(SECRET, "access tokens")


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    plain = {"iss": ISSUER, "aud": AUDIENCE, "sub": "eve", "iat": now, "exp": now + 600, "jti": "j", "role": "admin"}
    return {key: value for key, value in {**plain, **changed}.items() if value != "absent"}


def forge(payload: Any = None, header: Any = None, key: bytes = KEY) -> str:
    """A token signed with our own key, with any header and payload (text is taken as it is)."""
    header = {"alg": "HS256", "typ": TYPE} if header is None else header
    payload = claims() if payload is None else payload
    parts = [b64((part if isinstance(part, str) else json.dumps(part)).encode()) for part in (header, payload)]
    signed = ".".join(parts)
    return f"{signed}.{b64(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(SECRET)


def test_what_was_issued_is_read(tokens: Tokens) -> None:
    token = tokens.issue("teacher", role="admin", scopes=["run:x:read"], lifetime=timedelta(minutes=5))
    for _ in range(2):
        principal = tokens.read(token)
        assert (principal.id, principal.role, principal.scopes) == ("teacher", "admin", ("run:x:read",))
        assert principal.expires_at is not None
        assert principal.token_id
    assert tokens.read(forge()).id == "eve"


def test_a_token_of_an_account_names_it_and_no_rights(tokens: Tokens) -> None:
    principal = tokens.read(tokens.issue("anna", account="anna", session="s", lifetime=timedelta(minutes=5)))
    assert (principal.id, principal.account, principal.role, principal.scopes, principal.rights) == ("anna", "anna", None, (), None)
    assert principal.session_id == "s"
    assert tokens.read(forge()).account is None
    for more in ({"account": "boris"}, {"role": "viewer"}, {"scopes": ["run:x:read"]}):
        with pytest.raises(ValueError, match="names no rights"):
            tokens.issue("anna", lifetime=timedelta(minutes=5), **({"account": "anna"} | more))


@pytest.mark.parametrize(
    "changed",
    [
        {"act": "eve"}, {"act": "eve", "role": None}, {"act": "anna", "role": "absent"}, {"act": "eve", "role": "absent", "scopes": ["run:x:read"]},
        {"act": "eve", "role": "absent", "scopes": []}, {"act": None, "role": "absent"}, {"act": "", "role": "absent"},
        {"act": ["eve"], "role": "absent"}, {"act": True, "role": "absent"},
    ],
    ids=lambda changed: json.dumps(changed)[:40],
)  # fmt: skip
def test_an_account_that_brings_rights_of_its_own_or_is_somebody_else(tokens: Tokens, changed: dict[str, Any]) -> None:
    with pytest.raises(Unauthorised):
        tokens.read(forge(claims(**changed)))


@pytest.mark.parametrize("alg", ["none", "NONE", "nOnE", "", None, "HS384", "HS512", "RS256", "ES256", "hs256", 1, ["HS256"]])
def test_other_algorithms(tokens: Tokens, alg: object) -> None:
    for token in (forge(header={"alg": alg, "typ": TYPE}), forge(header={"alg": alg, "typ": TYPE}).rpartition(".")[0] + "."):
        with pytest.raises(Unauthorised):
            tokens.read(token)


@pytest.mark.parametrize(
    "more",
    [
        {"kid": "../../dev/null"}, {"kid": "' OR 1=1 --"}, {"jku": "http://127.0.0.1:9/keys"}, {"x5u": "http://127.0.0.1:9/"},
        {"jwk": {"kty": "oct", "k": "AAAA"}}, {"crit": ["exp"], "exp": 1}, {"crit": ["b64"], "b64": False}, {"b64": False}, {"zip": "DEF"},
        {"cty": "JWT"},
    ],
)  # fmt: skip
def test_other_headers(tokens: Tokens, more: dict[str, Any]) -> None:
    with pytest.raises(Unauthorised):
        tokens.read(forge(header={"alg": "HS256", "typ": TYPE, **more}))


@pytest.mark.parametrize("typ", ["JWT", "headway-refresh+jwt", "", None, TYPE.upper()])
def test_other_types(tokens: Tokens, typ: object) -> None:
    with pytest.raises(Unauthorised):
        tokens.read(forge(header={"alg": "HS256", "typ": typ}))


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": "absent"}, {"exp": "9999999999"}, {"exp": -1}, {"exp": 0}, {"exp": 1}, {"exp": 253402300799}, {"exp": 1e300}, {"exp": True},
        {"exp": None}, {"exp": [1]}, {"exp": 10**400}, {"nbf": 9999999999}, {"nbf": "x"}, {"iat": 9999999999}, {"iat": "absent"},
        {"iat": -5}, {"aud": "other"}, {"aud": [AUDIENCE]}, {"aud": "absent"}, {"iss": "other"}, {"iss": "absent"}, {"sub": "absent"},
        {"sub": ""}, {"sub": 7}, {"jti": "absent"}, {"jti": 1}, {"role": "god"}, {"role": 1}, {"scopes": "run:x:read"}, {"scopes": [1]},
        {"scopes": ["x"] * 65},
    ],
    ids=lambda changed: json.dumps(changed)[:40],
)  # fmt: skip
def test_claims_that_we_never_made(tokens: Tokens, changed: dict[str, Any]) -> None:
    with pytest.raises(Unauthorised):
        tokens.read(forge(claims(**changed)))


@pytest.mark.parametrize("number", ["1e400", "NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none(tokens: Tokens, number: str) -> None:
    with pytest.raises(Unauthorised):
        tokens.read(forge(json.dumps(claims(exp=4711)).replace("4711", number)))


def test_names_that_stand_twice(tokens: Tokens) -> None:
    with pytest.raises(Unauthorised):
        tokens.read(forge(json.dumps(claims())[:-1] + ', "sub": "admin"}'))
    with pytest.raises(Unauthorised):
        tokens.read(forge(header=f'{{"alg":"none","alg":"HS256","typ":"{TYPE}"}}'))


def test_another_key(tokens: Tokens) -> None:
    for key in (b"", b"x", SECRET.encode(), derive_key(SECRET, "other"), b"\0" * 32):
        with pytest.raises(Unauthorised):
            tokens.read(forge(key=key))


def test_another_spelling_of_a_good_token(tokens: Tokens) -> None:
    token = tokens.issue("teacher", lifetime=timedelta(minutes=5))
    tokens.read(token)
    last = token[-1]
    twin = next(letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" if letter != last)
    for other in (
        token + "=",
        token + "==",
        " " + token,
        token + "\n",
        token.upper(),
        token[:-1] + twin,
        token + ".",
        token.replace(".", "..", 1),
    ):
        with pytest.raises(Unauthorised):
            tokens.read(other)
    signature = base64.urlsafe_b64decode(token.rpartition(".")[2] + "=")
    spellings = [token[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    same = [other for other in spellings if base64.urlsafe_b64decode(other.rpartition(".")[2] + "=") == signature]
    assert len(same) > 1
    for other in same:
        if other != token:
            with pytest.raises(Unauthorised):
                tokens.read(other)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "." * 100_000, "a.b", "a.b.c", "a.b.c.d.e", "é.é.é", "\0.\0.\0", "eyJhbGciOiJkaXIifQ..a.b.c", "x" * 1_000_000, "[[.[[.[["],
    ids=lambda token: token[:8],
)  # fmt: skip
def test_nonsense_costs_nothing(tokens: Tokens, token: str) -> None:
    began = time.process_time()
    with pytest.raises(Unauthorised):
        tokens.read(token)
    assert time.process_time() - began < 0.05


def test_deep_payload(tokens: Tokens) -> None:
    with pytest.raises(Unauthorised):
        tokens.read(forge("[" * 1_400 + "]" * 1_400))


def test_a_token_ends(tokens: Tokens) -> None:
    clock = SetClock(SystemClock().now())
    timed = Tokens(SECRET, clock)
    token = timed.issue("teacher", lifetime=timedelta(minutes=5))
    assert timed.read(token).id == "teacher"
    clock.moment += timedelta(minutes=4, seconds=59)
    assert timed.read(token).id == "teacher"
    clock.moment += timedelta(seconds=2)
    for _ in range(2):
        with pytest.raises(Unauthorised):
            timed.read(token)
    clock.moment -= timedelta(hours=1)
    with pytest.raises(Unauthorised):
        timed.read(token)


def test_no_token_lives_for_ever(tokens: Tokens) -> None:
    principal = tokens.read(tokens.issue("x", lifetime=timedelta(days=100_000)))
    assert principal.expires_at is not None
    assert (principal.expires_at - SystemClock().now()).days <= 400


def test_a_token_for_enrolment_is_taken_by_nobody_who_does_not_say_so() -> None:
    tokens = Tokens(SECRET)
    token = tokens.issue("ada", account="ada", session="s", lifetime=timedelta(minutes=10), is_enrolling=True)
    for _ in range(2):  # what is remembered of it, too
        with pytest.raises(SecondFactorRequired):
            tokens.read(token)
        assert tokens.read(token, is_for_enrolment=True).is_enrolling
    plain = tokens.issue("ada", account="ada", session="s", lifetime=timedelta(minutes=10))
    assert not tokens.read(plain, is_for_enrolment=True).is_enrolling


@pytest.mark.parametrize("said", [1, 0, "true", None, [], {}])
def test_what_is_said_of_enrolment_is_true_or_false(said: object) -> None:
    with pytest.raises(Unauthorised):
        Tokens(SECRET).read(forge(claims(enr=said)), is_for_enrolment=True)
