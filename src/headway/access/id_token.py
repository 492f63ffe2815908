"""What a provider says of somebody: the ID token (OpenID Connect Core section 3.1.3.7), believed only when every claim is as it must be."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from headway.model.errors import IdTokenInvalid

ALGORITHMS = ("RS256", "ES256", "PS256", "RS384", "ES384", "PS384", "RS512", "ES512", "PS512", "EdDSA", "Ed25519")
"""Signed with a private key. None of a shared secret: a provider that could be talked into HS256 would let its public key forge."""
LEEWAY = timedelta(seconds=60)
"""How far the clocks may differ."""
OLDEST = timedelta(hours=1)
"""An ID token is made when the code is exchanged."""
TOKEN_LIMIT = 16_384
GROUPS_LIMIT = 200
_TEXT_LIMIT = 255


class KeyUnknown(Exception):
    """Signed with a key that is not among those that we know, as far as can be told: the provider may have changed its keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who somebody is, as the provider says."""

    issuer: str
    subject: str
    email: str | None = None
    """In small letters, and only if the provider has verified it."""
    name: str | None = None
    groups: frozenset[str] | None = None
    """None: nothing is said of groups."""
    claims: Mapping[str, Any] = field(default_factory=dict[str, Any])


def usable(advertised: Sequence[str], taken: Sequence[str] = ALGORITHMS) -> list[str]:
    """Of the algorithms that a provider says it signs with those that we take, and the operator does. Without a word of the provider,
    RS256 (Discovery section 3)."""
    return [each for each in ALGORITHMS if each in (advertised or ("RS256",)) and each in taken]


def read_id_token(
    token: str, keys: KeySet, *, algorithms: Sequence[str], issuer: str, client: str, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """The claims. Raises `KeyUnknown`, and `IdTokenInvalid` for everything else that is not as it must be."""
    if len(token) > TOKEN_LIMIT:
        raise IdTokenInvalid(reason="it is too long")
    header = _header(token)
    if header.get("alg") not in algorithms or header.get("alg") not in ALGORITHMS:
        raise IdTokenInvalid(reason="it is signed in a way that the provider does not announce, or that we do not take")
    if "crit" in header or header.get("typ", "JWT") not in {"JWT", "jwt"}:
        raise IdTokenInvalid(reason="its header is not one of an ID token")
    try:
        claims = jwt.decode(token, keys, algorithms=list(algorithms)).claims
    except InvalidKeyIdError as error:
        raise KeyUnknown from error
    except BadSignatureError as error:
        if "kid" not in header:
            raise KeyUnknown from error  # keys without names: it may be another one by now
        raise IdTokenInvalid(reason="its signature is not the provider's") from error
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise IdTokenInvalid(reason="its signature is not the provider's") from error
    _check(claims, issuer=issuer, client=client, nonce=nonce, now=now.timestamp())
    return claims


def _header(token: str) -> dict[str, Any]:
    try:
        head = token.split(".", 1)[0]
        header: Any = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError) as error:
        raise IdTokenInvalid(reason="it is none") from error
    if not isinstance(header, dict):
        raise IdTokenInvalid(reason="it is none")
    return cast("dict[str, Any]", header)


def _check(claims: Mapping[str, Any], *, issuer: str, client: str, nonce: str, now: float) -> None:
    subject = claims.get("sub")
    if claims.get("iss") != issuer:
        raise IdTokenInvalid(reason="another issuer made it")
    if not isinstance(subject, str) or not 0 < len(subject) <= _TEXT_LIMIT or not subject.isprintable():
        raise IdTokenInvalid(reason="it is nobody's")
    audience = claims.get("aud")
    named: list[object] = cast("list[object]", audience) if isinstance(audience, list) else [audience]
    if client not in named:
        raise IdTokenInvalid(reason="it is for another client")
    if (len(named) > 1 or "azp" in claims) and claims.get("azp") != client:
        raise IdTokenInvalid(reason="it was made for another client")
    leeway = LEEWAY.total_seconds()
    if _number(claims, "exp") <= now - leeway:
        raise IdTokenInvalid(reason="it is too old")
    if not now - OLDEST.total_seconds() <= _number(claims, "iat") <= now + leeway:
        raise IdTokenInvalid(reason="it was not made just now")
    if "nbf" in claims and _number(claims, "nbf") > now + leeway:
        raise IdTokenInvalid(reason="it is not good yet")
    if claims.get("nonce") != nonce:
        raise IdTokenInvalid(reason="it does not belong to this sign-in")


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 253_402_300_800:
        raise IdTokenInvalid(reason=f"its {name} is no time")
    return float(value)


def person_of(claims: Mapping[str, Any], *, groups_claim: str | None) -> Person:
    """What of the claims is of use; what is of another type than it must be is left out."""
    email = _text(claims.get("email"))
    is_verified = claims.get("email_verified") is True and email is not None and re.fullmatch(r"[^@\s]+@[^@\s]+", email) is not None
    return Person(
        issuer=claims["iss"],
        subject=claims["sub"],
        email=email.lower() if is_verified and email is not None else None,
        name=_text(claims.get("name")) or _text(claims.get("preferred_username")),
        groups=None if groups_claim is None else _groups(claims.get(groups_claim)),
        claims=claims,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _TEXT_LIMIT and value.isprintable() else None


def _groups(value: object) -> frozenset[str] | None:
    """Names as groups here have them: in small letters, and without the slash that Keycloak puts in front."""
    if value is None:
        return None
    said = cast("list[object]", value) if isinstance(value, list) else [value]
    return frozenset(text.lstrip("/").lower() for each in said[:GROUPS_LIMIT] if (text := _text(each)))
