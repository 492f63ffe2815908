"""RFC 8725, JSON Web Token Best Current Practices: each practice of its section 3, and the attack of section 2 that it is against.

The classes of forgeries that the public test vectors for JWS have names for (ours: computed here, with our own key) are marked by those names.
"""

from __future__ import annotations

import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from headway.access.secret import SHORTEST, check_strength, derive_key
from headway.access.tokens import AUDIENCE, ISSUER, REFRESH_TYPE, TYPE, Tokens
from headway.model.errors import Unauthorised, WeakSecret
from tests.unit.access.test_tokens import KEY, SECRET, b64, claims, forge

OURS: dict[str, Any] = {"alg": "HS256", "typ": TYPE}


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(SECRET)


def expect_refusal(tokens: Tokens, *forged: str) -> None:
    for token in forged:
        with pytest.raises(Unauthorised):
            tokens.read(token)


def test_3_1_one_algorithm_for_one_key(tokens: Tokens) -> None:
    """Perform algorithm verification (section 2.1). Vectors: *AlgorithmConfusion*, *KeyTypeConfusion*, *UnsignedToken*."""
    public = rsa.generate_private_key(public_exponent=65_537, key_size=2_048).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    expect_refusal(tokens, *[forge(header={**OURS, "alg": alg}) for alg in ("none", "HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA")])
    expect_refusal(tokens, forge(key=pem), forge(header={**OURS, "alg": "RS256"}, key=pem))


def test_3_2_appropriate_algorithms(tokens: Tokens) -> None:
    """A signature of a strong algorithm that is not ours is none, however right it is. Vectors: *WrongPrimitive*."""
    rsa_key, ec_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048), ec.generate_private_key(ec.SECP256R1())
    for alg, sign in (
        ("RS256", lambda text: rsa_key.sign(text, padding.PKCS1v15(), hashes.SHA256())),
        ("PS256", lambda text: rsa_key.sign(text, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())),
        ("ES256", lambda text: ec_key.sign(text, ec.ECDSA(hashes.SHA256()))),
    ):
        for header in ({**OURS, "alg": alg}, {**OURS, "alg": alg, "jwk": {"kty": "EC"}}):
            signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims()).encode())}"
            expect_refusal(tokens, f"{signed}.{b64(sign(signed.encode()))}")


@pytest.mark.parametrize("size", [0, 1, 16, 31, 33, 48, 64])
def test_3_3_all_operations_are_validated_and_a_mac_is_whole(tokens: Tokens, size: int) -> None:
    """Validate all cryptographic operations (section 2.3). Vectors: *TruncatedMac*, *ModifiedMac*, *EmptySignature*, *LongMac*."""
    head, payload, _ = forge().split(".")
    whole = hmac.new(KEY, f"{head}.{payload}".encode(), "sha256").digest()
    expect_refusal(tokens, f"{head}.{payload}.{b64((whole * 2)[:size])}")


@pytest.mark.parametrize("bit", range(0, 256, 17))
def test_3_3_one_bit_of_the_mac_makes_another_mac(tokens: Tokens, bit: int) -> None:
    head, payload, _ = forge().split(".")
    whole = bytearray(hmac.new(KEY, f"{head}.{payload}".encode(), "sha256").digest())
    assert tokens.read(f"{head}.{payload}.{b64(bytes(whole))}").id == "eve"
    whole[bit // 8] ^= 1 << bit % 8
    expect_refusal(tokens, f"{head}.{payload}.{b64(bytes(whole))}")


def test_3_4_inputs_of_operations_are_validated(tokens: Tokens) -> None:
    """Validate cryptographic inputs (section 2.5): no key comes with a token. Vectors: *EmbeddedKey*, *InvalidCurve*."""
    for more in ({"jwk": {"kty": "oct", "k": b64(KEY)}}, {"epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, {"x5c": ["MIIB"]}):
        expect_refusal(tokens, forge(header={**OURS, **more}), forge(header={**OURS, **more}, key=b"another"))


@pytest.mark.parametrize("weak", ["", "secret", "a" * 64, "password" * 8, "0" * (SHORTEST - 1), "changeme-changeme-changeme-changeme"])
def test_3_5_keys_have_enough_entropy(weak: str) -> None:
    """Ensure cryptographic keys have sufficient entropy (section 2.2). Vectors: *WeakKey*, *ShortKey*."""
    with pytest.raises(WeakSecret):
        check_strength(weak)
    assert len(derive_key(SECRET, "access tokens")) == 32


def test_3_6_nothing_is_unpacked_before_it_is_verified(tokens: Tokens) -> None:
    """Avoid compression of encryption inputs (section 2.4). Vectors: *Compressed*."""
    expect_refusal(tokens, forge(header={**OURS, "zip": "DEF"}), f"{b64(b'{}')}..{b64(b'x')}.{b64(b'x')}.{b64(b'x')}")


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1"])
def test_3_7_utf_8_and_nothing_else(tokens: Tokens, coding: str) -> None:
    """Use UTF-8 (section 2.6). Vectors: *Encoding*."""
    for part in (0, 1):
        texts = [json.dumps(OURS), json.dumps(claims(sub="é"), ensure_ascii=False)]
        parts = [b64(text.encode(coding if at == part else "utf-8")) for at, text in enumerate(texts)]
        signed = ".".join(parts)
        mac = hmac.new(KEY, signed.encode(), "sha256").digest()
        if texts[part].encode(coding) != texts[part].encode():
            expect_refusal(tokens, f"{signed}.{b64(mac)}")


@pytest.mark.parametrize(
    "changed", [{"iss": "absent"}, {"iss": "other"}, {"sub": "absent"}, {"sub": ""}, {"sub": 7}, {"iss": [ISSUER]}], ids=str
)
def test_3_8_issuer_and_subject_are_validated(tokens: Tokens, changed: dict[str, Any]) -> None:
    """Validate issuer and subject (section 2.8). Vectors: *InvalidIssuer*."""
    expect_refusal(tokens, forge(claims(**changed)))


@pytest.mark.parametrize(
    "audience", ["absent", "other", "", None, 7, [AUDIENCE], [AUDIENCE, "other"], {AUDIENCE: True}, AUDIENCE.upper()], ids=repr
)
def test_3_9_audience_is_validated(tokens: Tokens, audience: Any) -> None:
    """Use and validate audience (section 2.7). Vectors: *InvalidAudience*."""
    expect_refusal(tokens, forge(claims(aud=audience)))


def test_3_10_received_claims_are_not_trusted(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not trust received claims (section 2.9): nothing is looked up, opened or called by what a header says. Vectors: *KidInjection*."""
    touched: list[object] = []
    plain_open = open

    def watched_open(file: object, *more: object, **named: object) -> object:
        if "dev/null" in str(file) or "http" in str(file):
            touched.append(file)
        return plain_open(file, *more, **named)  # type: ignore[call-overload]

    monkeypatch.setattr("builtins.open", watched_open)
    monkeypatch.setattr("socket.socket.connect", lambda *_: touched.append("connect"))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: touched.append("getaddrinfo"))
    for more in (
        {"kid": "../../dev/null"}, {"kid": "' OR 1=1 --"}, {"jku": "http://127.0.0.1:9/"}, {"x5u": "http://127.0.0.1:9/"}, {"kid": "http://127.0.0.1:9/"},
    ):  # fmt: skip
        expect_refusal(tokens, forge(header={**OURS, **more}))
    assert touched == []


@pytest.mark.parametrize("typ", ["absent", "JWT", "at+jwt", REFRESH_TYPE, "", None, f"application/{TYPE}", TYPE.upper()], ids=repr)
def test_3_11_types_are_explicit(tokens: Tokens, typ: Any) -> None:
    """Use explicit typing (section 2.8). Vectors: *TypeConfusion*."""
    expect_refusal(tokens, forge(header={"alg": "HS256", **({} if typ == "absent" else {"typ": typ})}))


def test_3_12_kinds_of_tokens_exclude_each_other(tokens: Tokens) -> None:
    """Use mutually exclusive validation rules for different kinds of JWTs (section 2.7)."""
    refresh = tokens.issue_refresh("device", 1, tokens.clock.now() + timedelta(days=1))
    expect_refusal(tokens, refresh)
    # Even with the type of the other, the audience and the claims are not those of an access token.
    _, payload, _ = refresh.split(".")
    signed = f"{b64(json.dumps(OURS).encode())}.{payload}"
    expect_refusal(tokens, f"{signed}.{b64(hmac.new(KEY, signed.encode(), 'sha256').digest())}")
