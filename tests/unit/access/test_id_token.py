"""ID tokens: one that is right, and every way in which one can be wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from headway.access.id_token import ALGORITHMS, KeyUnknown, Person, person_of, read_id_token, usable
from headway.model.errors import IdTokenInvalid
from headway.testing.clock import START

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
KEYS = KeySet([RSAKey.import_key(KEY.as_dict(private=False)), ECKey.import_key(CURVE.as_dict(private=False))])
NOW = int(START.timestamp())
ISSUER, CLIENT, NONCE = "https://sso.example/realms/uni", "headway", "n-0S6_WzA2Mj"
CLAIMS: dict[str, Any] = {
    "iss": ISSUER, "sub": "248289761001", "aud": CLIENT, "nonce": NONCE, "exp": NOW + 300, "iat": NOW, "email": "Ada@Uni.example",
    "email_verified": True, "name": "Ada", "groups": ["/graders", "Staff", 7, None],
}  # fmt: skip


def signed(claims: dict[str, Any] | None = None, *, key: Any = KEY, header: dict[str, Any] | None = None, **more: Any) -> str:
    given = {name: value for name, value in {**(claims or CLAIMS), **more}.items() if value is not ...}
    head = {"alg": "RS256", "kid": "one", **(header or {})}
    return jwt.encode(head, given, key, algorithms=[head["alg"]])


def read(token: str, **more: Any) -> Any:
    given: dict[str, Any] = {"algorithms": ["RS256", "ES256"], "issuer": ISSUER, "client": CLIENT, "nonce": NONCE, "now": START}
    return read_id_token(token, more.pop("keys", KEYS), **(given | more))


def raw(header: Any, claims: Any = CLAIMS, signature: bytes = b"") -> str:
    def part(value: Any) -> str:
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(text).decode().rstrip("=")

    return ".".join((part(header), part(claims), part(signature)))


def by_public_key(form: str) -> str:
    """HS256 with the provider's public key as the shared secret."""
    public = {"pem": KEY.as_pem(private=False), "json": json.dumps(KEY.as_dict(private=False)).encode()}[form]
    head, body, _ = raw({"alg": "HS256", "kid": "one", "typ": "JWT"}).split(".")
    return f"{head}.{body}.{base64.urlsafe_b64encode(hmac.digest(public, f'{head}.{body}'.encode(), hashlib.sha256)).decode().rstrip('=')}"


def test_the_right_one_is_read() -> None:
    assert read(signed())["sub"] == "248289761001"
    assert read(signed(key=CURVE, header={"alg": "ES256", "kid": "two"}))["sub"] == "248289761001"
    assert read(signed(aud=[CLIENT, "other"], azp=CLIENT))["azp"] == CLIENT
    assert read(signed(exp=NOW - 30))["sub"], "clocks differ"
    assert read(signed(header={"kid": "one"}), keys=KeySet([RSAKey.import_key(KEY.as_dict(private=False))]))


WRONG = {
    "another issuer": {"iss": "https://sso.example/realms/other"},
    "the issuer with a slash": {"iss": ISSUER + "/"},
    "no issuer": {"iss": ...},
    "another audience": {"aud": "another-client"},
    "other audiences": {"aud": ["another-client", "a third"]},
    "no audience": {"aud": ...},
    "an audience that is an object": {"aud": {CLIENT: 1}},
    "two audiences and no party": {"aud": [CLIENT, "another-client"]},
    "two audiences and another party": {"aud": [CLIENT, "another-client"], "azp": "another-client"},
    "another party": {"azp": "another-client"},
    "over": {"exp": NOW - 61},
    "no end": {"exp": ...},
    "an end as text": {"exp": str(NOW + 300)},
    "an end that is true": {"exp": True},
    "an end at infinity": {"exp": 1e400},
    "an end in the year 10000": {"exp": 253_402_300_800},
    "made in the future": {"iat": NOW + 61},
    "made yesterday": {"iat": NOW - 86_400},
    "no time": {"iat": ...},
    "not yet": {"nbf": NOW + 120},
    "another nonce": {"nonce": "n-0S6_WzA2Mk"},
    "no nonce": {"nonce": ...},
    "an empty nonce": {"nonce": ""},
    "a nonce that is a list": {"nonce": [NONCE]},
    "nobody": {"sub": ...},
    "an empty subject": {"sub": ""},
    "a number as subject": {"sub": 7},
    "a long subject": {"sub": "x" * 256},
    "a subject of two lines": {"sub": "a\nb"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_claim_that_is_not_as_it_must_be(name: str) -> None:
    with pytest.raises(IdTokenInvalid):
        read(signed(**WRONG[name]))


FORGED = {
    "no signature": lambda: raw({"alg": "none", "typ": "JWT"}),
    "no signature, spelt otherwise": lambda: raw({"alg": "nOnE", "kid": "one"}),
    "no algorithm": lambda: raw({"kid": "one"}),
    "a shared secret: the public key": lambda: by_public_key("pem"),
    "a shared secret: the public key as JSON": lambda: by_public_key("json"),
    "a shared secret of its own": lambda: signed(key=OctKey.import_key("x" * 32), header={"alg": "HS256"}),
    "a key of its own under our name": lambda: signed(key=OTHER),
    "a key that comes with it": lambda: signed(key=OTHER, header={"jwk": OTHER.as_dict(private=False)}),
    "a signature that was taken away": lambda: signed().rpartition(".")[0] + ".",
    "claims that were changed": lambda: ".".join((signed().split(".")[0], raw({}, {**CLAIMS, "sub": "1"}).split(".")[1], signed().split(".")[2])),
    "an algorithm that is not announced": lambda: signed(header={"alg": "RS512"}),
    "a token of another kind": lambda: signed(header={"typ": "at+jwt"}),
    "a header that must be understood": lambda: raw({"alg": "RS256", "kid": "one", "crit": ["x"], "x": 1}),
    "another curve's key": lambda: signed(key=KEY, header={"kid": "two"}),
    "nothing": lambda: "",
    "text": lambda: "a.b.c",
    "dots": lambda: "." * 10_000,
    "a list as header": lambda: raw([1]),
    "depth": lambda: raw(b"[" * 9_000),
    "a long one": lambda: signed(x="y" * 20_000),
    "claims that are a list": lambda: raw({"alg": "RS256", "kid": "one"}, [1]),
    "five parts": lambda: signed() + ".a.b",
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_token_that_is_not_the_providers(name: str) -> None:
    with pytest.raises(IdTokenInvalid):
        read(FORGED[name]())


def test_an_unknown_key_is_told_apart_for_the_provider_may_have_changed_it() -> None:
    with pytest.raises(KeyUnknown):
        read(signed(header={"kid": "three"}))
    with pytest.raises(KeyUnknown):
        read(signed(), keys=KeySet([]))
    nameless = RSAKey.import_key({name: value for name, value in KEY.as_dict(private=False).items() if name != "kid"})
    token = jwt.encode({"alg": "RS256"}, CLAIMS, RSAKey.import_key({k: v for k, v in OTHER.as_dict(private=True).items() if k != "kid"}))
    with pytest.raises(KeyUnknown):
        read(token, keys=KeySet([nameless]))


def test_no_algorithm_of_a_shared_secret_is_usable() -> None:
    assert usable(["none", "HS256", "HS384", "HS512"]) == []
    assert usable(["HS256", "ES256", "RS256"]) == ["RS256", "ES256"]
    assert usable([]) == ["RS256"]


def test_an_operator_takes_fewer() -> None:
    assert usable(["RS256", "ES256", "EdDSA"], ["EdDSA", "ES256"]) == ["ES256", "EdDSA"]
    assert usable([], ["ES256"]) == []
    assert usable(["HS256"], ["HS256"]) == []
    assert not [each for each in ALGORITHMS if each.startswith("HS") or each == "none"]


def test_what_is_known_of_a_person() -> None:
    found = person_of(CLAIMS, groups_claim="groups")
    assert (found.email, found.name, found.groups) == ("ada@uni.example", "Ada", frozenset({"graders", "staff"}))
    assert person_of(CLAIMS, groups_claim=None).groups is None
    assert person_of(CLAIMS, groups_claim="other").groups is None


@pytest.mark.parametrize(
    "more",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email": 5},
        {"email": "a@b@c"},
        {"email": "a @b"},
        {"email": ""},
    ],
)
def test_an_address_that_nobody_verified_is_none(more: dict[str, Any]) -> None:
    found: Person = person_of({**CLAIMS, **more}, groups_claim=None)
    assert found.email is None


@pytest.mark.parametrize(("said", "groups"), [("a", {"a"}), ([], set()), ({"a": 1}, set()), ([["a"], "b\n", "x" * 256, "b"], {"b"})])
def test_groups_of_every_shape(said: Any, groups: set[str]) -> None:
    assert person_of({**CLAIMS, "groups": said}, groups_claim="groups").groups == groups


def test_only_so_many_groups_are_heard() -> None:
    found = person_of({**CLAIMS, "groups": [f"g{number}" for number in range(10_000)]}, groups_claim="groups").groups
    assert found is not None
    assert len(found) == 200


def test_the_clock_decides() -> None:
    token = signed()
    assert read(token, now=START + timedelta(minutes=5))
    with pytest.raises(IdTokenInvalid):
        read(token, now=START + timedelta(minutes=7))
