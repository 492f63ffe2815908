"""Classes 1 to 8, 12 and 19: credentials that are forged, bent, of another kind, or in another place."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from headway.access.secret import derive_key
from headway.access.tokens import AUDIENCE, ISSUER, REFRESH_AUDIENCE, REFRESH_TYPE, TYPE
from tests.security.cases import Case
from tests.unit.access.test_tokens import b64, claims, forge
from tests.unit.web.office import SECRET

Json = dict[str, Any]
OURS: Json = {"alg": "HS256", "typ": TYPE}
U = frozenset({401})


def bearer(number: int, name: str, token: str) -> Case:
    return Case(number=number, name=name, token=token, expect=U, code="unauthorised")


def unsigned(header: Json) -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims()).encode())}."


def forged() -> Iterator[Case]:
    """Tokens as nobody here makes them. All are signed with our own key unless they say otherwise: only the forging is wrong."""
    for alg in (
        "none",
        "NONE",
        "nOnE",
        "None",
        "",
        "HS384",
        "HS512",
        "RS256",
        "ES256",
        "PS256",
        "EdDSA",
        "dir",
        "hs256",
        "HS256 ",
        "A128KW",
    ):
        yield bearer(1, f"alg {alg!r}, unsigned", unsigned({**OURS, "alg": alg}))
        yield bearer(1, f"alg {alg!r}, signed", forge(header={**OURS, "alg": alg}))
    for name, header in {
        "no alg": {"typ": TYPE}, "alg null": {**OURS, "alg": None}, "alg a number": {**OURS, "alg": 256}, "alg a list": {**OURS, "alg": ["HS256"]},
        "alg an object": {**OURS, "alg": {"HS256": 1}}, "a list as header": [OURS], "text as header": "HS256", "a number as header": 7, "null as header": None,
    }.items():  # fmt: skip
        yield bearer(1, name, forge(header=json.dumps(header)))
    yield bearer(1, "our header, no signature", unsigned(OURS))
    yield from _confused()
    for name, more in {
        "kid a path": {"kid": "../../dev/null"}, "kid a device": {"kid": "/dev/null"}, "kid an address": {"kid": "http://127.0.0.1:9/"},
        "kid SQL": {"kid": "' UNION SELECT 'x' --"}, "kid a shell": {"kid": "$(id)"}, "kid NUL": {"kid": "first\0"}, "kid the first": {"kid": "first"},
        "kid long": {"kid": "x" * 1_500}, "kid a number": {"kid": 0}, "kid null": {"kid": None}, "kid a list": {"kid": ["first"]}, "kid an object": {"kid": {}},
        "jku": {"jku": "http://127.0.0.1:9/jwks"}, "x5u": {"x5u": "http://127.0.0.1:9/cert"}, "x5c": {"x5c": ["MIIB"]}, "x5t": {"x5t": "AAAA"},
        "jwk": {"jwk": {"kty": "oct", "k": "AAAA"}}, "jku of a file": {"jku": "file:///etc/passwd"}, "iss in the header": {"iss": ISSUER},
    }.items():  # fmt: skip
        yield bearer(3, name, forge(header={**OURS, **more}))
    for name, more in {
        "crit exp": {"crit": ["exp"], "exp": 1}, "crit empty": {"crit": []}, "crit unknown": {"crit": ["x"], "x": 1}, "crit a text": {"crit": "exp"},
        "b64 false": {"b64": False}, "b64 false, crit": {"b64": False, "crit": ["b64"]}, "b64 true": {"b64": True}, "zip": {"zip": "DEF"}, "cty": {"cty": "JWT"},
        "enc": {"enc": "A128GCM"}, "p2c": {"p2c": 2_000_000_000}, "epk": {"epk": {"kty": "EC"}}, "a name that is ours with a space": {" alg": "HS256"},
    }.items():  # fmt: skip
        yield bearer(4, name, forge(header={**OURS, **more}))
    whole = json.dumps(claims())
    for name, payload in {
        "sub twice": whole[:-1] + ', "sub": "admin"}', "role twice": whole[:-1] + ', "role": "admin"}', "exp twice": whole[:-1] + ', "exp": 9999999999}',
        "a comment": whole[:-1] + "/**/}", "two objects": whole + whole, "a comma too many": whole[:-1] + ",}", "single quotes": whole.replace('"', "'"),
        "nothing": "", "null": "null", "a list": "[]", "text": '"x"', "a number": "1", "deep": "[" * 1_300 + "]" * 1_300, "a BOM": "\ufeff" + whole,
    }.items():  # fmt: skip
        yield bearer(4, f"claims: {name}", forge(payload))
    yield bearer(4, "header: alg twice", forge(header=f'{{"alg":"none","alg":"HS256","typ":"{TYPE}"}}'))
    yield bearer(4, "header: kid twice", forge(header=f'{{"alg":"HS256","typ":"{TYPE}","kid":"a","kid":"first"}}'))
    yield from _times()


def _confused() -> Iterator[Case]:
    """A public key as the secret of HS256."""
    public = rsa.generate_private_key(public_exponent=65_537, key_size=2_048).public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    numbers = public.public_numbers()
    jwk = {"kty": "RSA", "n": b64(numbers.n.to_bytes(256, "big")), "e": "AQAB"}
    for name, key in {
        "PEM": public.public_bytes(serialization.Encoding.PEM, spki), "DER": public.public_bytes(serialization.Encoding.DER, spki),
        "JWK": json.dumps(jwk).encode(), "nothing": b"", "a byte of zero": b"\0", "32 bytes of zero": bytes(32), "the word secret": b"secret",
        "the secret itself": SECRET.encode(), "the name of the issuer": ISSUER.encode(), "the key of sessions": derive_key(SECRET, "sessions"),
        "the key of another name": derive_key(SECRET, "access tokens first"), "the key in capitals": derive_key(SECRET, "Access Tokens"),
    }.items():  # fmt: skip
        yield bearer(2, f"signed with {name}", forge(key=key))
        yield bearer(2, f"signed with {name}, as RS256", forge(header={**OURS, "alg": "RS256"}, key=key))


def _times() -> Iterator[Case]:
    now = int(time.time())
    odd: tuple[tuple[str, object], ...] = (
        ("absent", "absent"), ("text", "9999999999"), ("negative", -1), ("zero", 0), ("null", None), ("true", True), ("a list", [now]), ("an object", {}),
        ("a fraction", now + 0.5), ("huge", 10**30), ("of the year 9999", 253_402_300_799),
    )  # fmt: skip
    for claim in ("exp", "iat"):
        for name, value in odd:
            if (claim, name) != ("iat", "a fraction"):
                yield bearer(5, f"{claim} {name}", forge(claims(**{claim: value})))
    for claim in ("exp", "iat", "nbf"):
        for number in ("1e400", "-1e400", "NaN", "Infinity", "-Infinity", "0x7fffffff", "1_000", "+1", "01", "1e9999999", "9" * 400):
            yield bearer(5, f"{claim} {number[:12]}", forge(json.dumps(claims(**{claim: 4711})).replace("4711", number)))
    for name, changed in {
        "exp a second ago": {"exp": now - 1, "iat": now - 60}, "iat in an hour": {"iat": now + 3_600, "exp": now + 7_200},
        "nbf in an hour": {"nbf": now + 3_600}, "nbf text": {"nbf": "x"}, "nbf null": {"nbf": None}, "exp before iat": {"exp": now - 5, "iat": now + 5},
        "longer than any of ours": {"exp": now + 86_400 * 401}, "a fraction as iat": {"iat": now + 0.5},
    }.items():  # fmt: skip
        yield bearer(5, name, forge(claims(**changed)))


def of_another_kind(made: Json) -> Iterator[Case]:
    """Class 6: what is good somewhere, and not here. `made`: a refresh token, a ticket, a code …, by what each is."""
    for name, changed in {
        "aud of another": {"aud": "other-api"}, "aud a list": {"aud": [AUDIENCE]}, "aud a list of two": {"aud": [AUDIENCE, "x"]}, "aud absent": {"aud": "absent"},
        "aud of refresh": {"aud": REFRESH_AUDIENCE}, "aud with a space": {"aud": f"{AUDIENCE} "}, "aud in capitals": {"aud": AUDIENCE.upper()},
        "iss of another": {"iss": "https://accounts.example"}, "iss absent": {"iss": "absent"}, "iss a list": {"iss": [ISSUER]}, "sub absent": {"sub": "absent"},
        "sub empty": {"sub": ""}, "sub a number": {"sub": 1}, "sub a list": {"sub": ["admin"]}, "jti absent": {"jti": "absent"}, "jti a number": {"jti": 1},
        "role unknown": {"role": "god"}, "role a list": {"role": ["admin"]}, "role an object": {"role": {"admin": True}}, "scopes a text": {"scopes": "run:x:read"},
        "scopes of numbers": {"scopes": [1]}, "65 scopes": {"scopes": ["run:x:read"] * 65}, "sid empty": {"sid": ""}, "sid a number": {"sid": 1},
        "an account and a role": {"act": "eve"}, "an account of another": {"act": "admin", "role": "absent"}, "an account that is a list": {"act": ["eve"], "role": "absent"},
    }.items():  # fmt: skip
        yield bearer(6, name, forge(claims(**changed)))
    for typ in ("JWT", "at+jwt", REFRESH_TYPE, "", None, TYPE.upper(), f"{TYPE} ", "application/" + TYPE, 1, [TYPE]):
        yield bearer(6, f"typ {typ!r}", forge(header={**OURS, "typ": typ}))
    for name, token in made.items():
        yield bearer(6, f"{name} as a token", token)


def bent(number: int, what: str, token: str) -> Iterator[Case]:
    """A credential in every spelling but its own."""
    head, _, tail = token.partition(".")
    for name, other in {
        "padded": token + "=", "padded twice": token + "==", "padded inside": f"{head}=.{tail}", "in capitals": token.upper(), "in small letters": token.lower(),
        "with a dot behind": token + ".", "with a dot in front": "." + token, "with two dots": token.replace(".", "..", 1), "cut": token[:-1],
        "one letter more": token + "A", "percent-encoded": token.replace("e", "%65"), "twice": token + token, "in quotes": f'"{token}"',
        "a tab in front": "\t" + token, "another alphabet": token.replace("-", "+").replace("_", "/") + "+", "with a comma": token + ",",
        "as base64": base64.b64encode(token.encode()).decode(), "with Bearer twice": f"Bearer {token}", "backwards": token[::-1],
    }.items():  # fmt: skip
        if other.strip() != token:
            yield bearer(number, f"{what} {name}", other)


def heavy() -> Iterator[Case]:
    """Class 8: what would cost much if it were looked at closely."""
    for name, token in {
        "4,097 letters": "x" * 4_097, "a megabyte": "x" * 1_000_000, "a hundred thousand dots": "." * 100_000, "five parts (a JWE)": "a.b.c.d.e",
        "a JWE with zip": b64(b'{"alg":"dir","enc":"A128GCM","zip":"DEF"}') + "..a.b.c", "a JWE with p2c": b64(b'{"alg":"PBES2-HS256+A128KW","p2c":2147483647}') + ".a.b.c.d",
        "JSON (RFC 7515 section 7.2)": json.dumps({"payload": "e30", "signatures": []}), "flattened JSON": '{"payload":"e30","protected":"e30","signature":""}',
        "only dots": "..", "one part": "abc", "two parts": "a.b", "four parts": "a.b.c.d", "empty parts": ".." + b64(b"x" * 32), "a long header": b64(b"[" * 3_000) + ".e30.",
        "a header of 3,000 names": b64(json.dumps({f"n{n}": 1 for n in range(200)}).encode()) + ".e30." + b64(b"x" * 32),
    }.items():  # fmt: skip
        yield bearer(8, name, token)


def in_other_places(token: str, key: str) -> Iterator[Case]:
    """Class 12: a credential that is good, where none is taken."""
    for what, secret in (("a token", token), ("a key", key)):
        for name in ("token", "access_token", "api_key", "key", "authorization", "ticket", "jwt", "bearer"):
            yield Case(number=12, name=f"{what} in the query as {name}", path=f"/runs?{name}={secret}", expect=frozenset({401, 422}))
        for name in (
            "X-Api-Key",
            "X-Auth-Token",
            "Api-Key",
            "X-Access-Token",
            "Proxy-Authorization",
            "X-Authorization",
            "WWW-Authenticate",
        ):
            yield Case(number=12, name=f"{what} in {name}", headers=[(name, f"Bearer {secret}")], expect=U, code="unauthorised")
        for scheme in ("Basic", "Digest", "Token", "ApiKey", "Bearer,", "Bear er", "", "JWT", "Negotiate"):
            yield Case(
                number=12, name=f"{what} as {scheme!r}", headers=[("Authorization", f"{scheme} {secret}")], expect=U, code="unauthorised"
            )
        yield Case(
            number=12,
            name=f"{what} in a cookie",
            headers=[("Cookie", f"token={secret}; access_token={secret}")],
            expect=U,
            code="unauthorised",
        )
        yield Case(number=12, name=f"{what} without a scheme", headers=[("Authorization", secret)], expect=U, code="unauthorised")
        twice = [("Authorization", f"Bearer {secret}")] * 2
        yield Case(number=12, name=f"{what} twice", headers=twice, expect=U, code="unauthorised")


def of_proxies() -> Iterator[Case]:
    """Class 19: what a proxy might say of whoever comes, said by whoever comes."""
    for name in (
        "X-User-Id", "X-User", "X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Authenticated-User", "X-Auth-Request-User", "X-Auth-Request-Email",
        "X-WebAuth-User", "X-Goog-Authenticated-User-Email", "X-MS-CLIENT-PRINCIPAL-NAME", "X-Amzn-Oidc-Identity", "X-Forwarded-For", "X-Real-IP",
        "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-URL", "X-Rewrite-URL",
        "X-HTTP-Method-Override", "X-Method-Override", "X-Forwarded-Prefix", "X-Scopes", "X-Roles", "X-Admin",
    ):  # fmt: skip
        for value in ("admin", "127.0.0.1"):
            yield Case(number=19, name=f"{name}: {value}", headers=[(name, value)], expect=U, code="unauthorised")
    doubled = [("X-User-Id", "admin"), ("X-User-Id", "root"), ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "::1")]
    yield Case(number=19, name="all of them, and twice", headers=doubled, expect=U, code="unauthorised")


def own_signature(text: str) -> str:
    """Signed with the first key, whatever it says."""
    return b64(hmac.new(derive_key(SECRET, "access tokens"), text.encode(), hashlib.sha256).digest())
