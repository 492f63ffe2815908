"""Signed tokens: HS256 JSON Web Tokens of exactly the shape that we give out, and of no other.

The signature is checked by joserfc with an explicit list of one algorithm. Before that, and after, everything is compared
with what `issue` would have made: the header to the letter, base64 in its one canonical spelling, each claim by type.
So what the standards leave open (kid, jku, crit, b64, padding, duplicate names) is closed here by not being ours.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from headway.access.principal import Principal
from headway.access.secret import derive_key
from headway.model.clock import Clock, SystemClock
from headway.model.errors import Unauthorised
from headway.model.ids import new_id
from headway.model.permissions import ROLES
from headway.model.revocation import REVOCATIONS_KEPT
from headway.model.session import LONGEST_TOKEN_LIFE

ISSUER = "headway"
AUDIENCE = "headway-api"
TYPE = "headway-access+jwt"
TOKEN_LIMIT = 4_096
"""Characters of a token. Checked first, so that a huge one costs nothing."""
LEEWAY = timedelta(seconds=30)
"""How far the clocks of two servers may differ."""
SCOPE_LIMIT = 64
REMEMBERED = 1_024
"""Tokens whose signature was checked before; 0.5 us to look up against 40 us to check again."""

_ALGORITHMS = ["HS256"]
_HEADER = {"alg": "HS256", "typ": TYPE}


class Tokens:
    """Gives out tokens and reads them. One for each server process."""

    def __init__(self, secret: str, clock: Clock | None = None) -> None:
        """`clock`: None: this machine's. Servers that share a secret need one that they share, too: the store's."""
        self._key = OctKey.import_key(derive_key(secret, "access tokens"))
        self.clock = clock or SystemClock()
        self._known: OrderedDict[bytes, tuple[Principal, float, float]] = OrderedDict()
        self._revoked: OrderedDict[str, None] = OrderedDict()

    def issue(
        self, subject: str, *, role: str | None = None, scopes: Sequence[str] = (), lifetime: timedelta, session: str | None = None,
        account: str | None = None,
    ) -> str:  # fmt: skip
        """A token for `subject`, good for `lifetime` (at most 400 days), and no longer than its `session`, if it is given to one.

        `account`: the one whose rights it has, which is `subject` itself; such a token names neither role nor scope. Raises `ValueError`
        for one that does.
        """
        if account is not None and (account != subject or role is not None or scopes):
            raise ValueError("a token of an account names no rights, and nobody else")
        now = int(self.clock.now().timestamp())
        lifetime = min(lifetime, LONGEST_TOKEN_LIFE)
        claims: dict[str, Any] = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + int(lifetime.total_seconds()), "jti": new_id(),
        }  # fmt: skip
        if role is not None:
            claims["role"] = role
        if scopes:
            claims["scopes"] = list(scopes)
        if session is not None:
            claims["sid"] = session
        if account is not None:
            claims["act"] = account
        return jwt.encode(dict(_HEADER), claims, self._key, algorithms=_ALGORITHMS)

    def revoke(self, id: str) -> None:
        """Take the token with this id no more, and none of the session with it. The store remembers them for all processes
        (`acts/revoke.py`)."""
        self._revoked[id] = None
        if len(self._revoked) > REVOCATIONS_KEPT:
            self._revoked.popitem(last=False)

    def is_revoked(self, id: str | None) -> bool:
        return id in self._revoked

    def read(self, token: str) -> Principal:
        """Whose token this is. Raises `Unauthorised`, always with the same sentence, for every other thing."""
        if len(token) > TOKEN_LIMIT:
            raise Unauthorised
        now = self.clock.now().timestamp()
        fingerprint = hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=16).digest()
        known = self._known.get(fingerprint)
        if known is None:
            known = self._check(token, now)
            self._known[fingerprint] = known
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(fingerprint)
        principal, not_before, ends = known
        if not not_before <= now < ends:
            self._known.pop(fingerprint, None)
            raise Unauthorised
        if self.is_revoked(principal.session_id) or self.is_revoked(principal.token_id):
            raise Unauthorised
        return principal

    def seconds_left(self, principal: Principal) -> float | None:
        """For which the token that `principal` came with is good; None: without end."""
        return None if principal.expires_at is None else (principal.expires_at - self.clock.now()).total_seconds()

    def is_over(self, principal: Principal) -> bool:
        """Whether the token that `principal` came with has ended since, by itself or before its time."""
        left = self.seconds_left(principal)
        return (left is not None and left <= 0) or self.is_revoked(principal.session_id) or self.is_revoked(principal.token_id)

    def _check(self, token: str, now: float) -> tuple[Principal, float, float]:
        try:
            _check_spelling(token)
            claims = jwt.decode(token, self._key, algorithms=_ALGORITHMS).claims
            return _principal(claims, now)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise Unauthorised from error


def _check_spelling(token: str) -> None:
    """Raise ValueError unless the token is spelt as we spell it."""
    parts = token.split(".", 3)
    if len(parts) != 3 or not token.isascii():
        raise ValueError("not three parts")
    header, payload, signature = (_decode(part) for part in parts)
    if json.loads(header, object_pairs_hook=_unique) != _HEADER or len(signature) != 32:
        raise ValueError("not our header")
    json.loads(payload, object_pairs_hook=_unique, parse_constant=_refuse)


def _decode(part: str) -> bytes:
    try:
        plain = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if base64.urlsafe_b64encode(plain).rstrip(b"=").decode() != part:
        raise ValueError("not canonical base64")
    return plain


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _principal(claims: Mapping[str, Any], now: float) -> tuple[Principal, float, float]:
    issued, ends = _moment(claims, "iat"), _moment(claims, "exp")
    not_before = _moment(claims, "nbf") if "nbf" in claims else issued
    leeway = LEEWAY.total_seconds()
    if claims.get("iss") != ISSUER or claims.get("aud") != AUDIENCE:
        raise ValueError("not for us")
    if issued > now + leeway or not 0 < ends - issued <= LONGEST_TOKEN_LIFE.total_seconds():
        raise ValueError("no sensible life")
    subject, token_id, role = claims.get("sub"), claims.get("jti"), claims.get("role")
    scopes = cast("object", claims.get("scopes", []))
    if not isinstance(subject, str) or not subject or not isinstance(token_id, str) or not token_id:
        raise ValueError("nobody's")
    if role is not None and (not isinstance(role, str) or role not in ROLES):
        raise ValueError("no such role")
    if not isinstance(scopes, list):
        raise TypeError("scopes")
    words = [scope for scope in cast("list[object]", scopes) if isinstance(scope, str)]
    if len(words) != len(cast("list[object]", scopes)) or len(words) > SCOPE_LIMIT:
        raise ValueError("scopes")
    session_id = claims.get("sid")
    if session_id is not None and (not isinstance(session_id, str) or not session_id):
        raise ValueError("no such session")
    account = claims.get("act")
    if "act" in claims and (account != subject or "role" in claims or "scopes" in claims):
        raise ValueError("an account with rights of its token")
    principal = Principal(
        id=subject, role=role, scopes=tuple(words), account=subject if account else None, expires_at=datetime.fromtimestamp(ends, UTC),
        token_id=token_id, session_id=session_id,
    )  # fmt: skip
    return principal, max(not_before, issued) - leeway, ends


def _moment(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value < 253_402_300_800:
        raise ValueError(name)
    return value
