"""Signed tokens: JSON Web Tokens of exactly the shape that we give out, and of no other. They are signed by HS256, unless another algorithm
was chosen (`access/algorithms.py`).

The signature is checked by joserfc with an explicit list of one algorithm. Before that, and after, everything is compared
with what `issue` would have made: the header to the letter, base64 in its one canonical spelling, each claim by type.
So what the standards leave open (jku, crit, b64, padding, duplicate names) is closed here by not being ours. `kid` names
one of the keys that this server holds in memory: it is looked up in a dictionary, and nothing else is done with it. `alg` is
one of those that are taken, and the key is that of this algorithm alone.
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

from headway.access.algorithms import OFFERED, Algorithms
from headway.access.principal import Principal
from headway.access.signing import KEY_BYTES, SigningKeys
from headway.model.clock import Clock, SystemClock
from headway.model.errors import DeviceEnded, Unauthorised
from headway.model.ids import new_id
from headway.model.permissions import ROLES
from headway.model.revocation import REVOCATIONS_KEPT
from headway.model.second_factor import SecondFactorRequired
from headway.model.session import LONGEST_TOKEN_LIFE
from headway.model.signing_key import FIRST_KEY

ISSUER = "headway"
AUDIENCE = "headway-api"
TYPE = "headway-access+jwt"
REFRESH_AUDIENCE = "headway-refresh"
REFRESH_TYPE = "headway-refresh+jwt"
"""Another type and another audience than those of access tokens: neither is ever taken for the other."""
TOKEN_LIMIT = 4_096
"""Characters of a token. Checked first, so that a huge one costs nothing."""
LEEWAY = timedelta(seconds=30)
"""How far the clocks of two servers may differ."""
SCOPE_LIMIT = 64
REMEMBERED = 1_024
"""Tokens whose signature was checked before; 0.5 us to look up against 40 us to check again."""
_USUAL = Algorithms()


class Tokens:
    """Gives out tokens and reads them. One for each server process."""

    def __init__(self, secret: str, clock: Clock | None = None, *, algorithms: Algorithms = _USUAL) -> None:
        """`clock`: None: this machine's. Servers that share a secret need one that they share, too: the store's."""
        self._taken = algorithms.tokens
        self.keys = SigningKeys(secret, self._taken)
        self.clock = clock or SystemClock()
        self._known: OrderedDict[bytes, tuple[Principal, float, float]] = OrderedDict()
        self._revoked: OrderedDict[str, None] = OrderedDict()

    def issue(
        self, subject: str, *, role: str | None = None, scopes: Sequence[str] = (), lifetime: timedelta, session: str | None = None,
        account: str | None = None, is_enrolling: bool = False,
    ) -> str:  # fmt: skip
        """A token for `subject`, good for `lifetime` (at most 400 days), and no longer than its `session`, if it is given to one.

        `is_enrolling`: it is good for setting up a second factor, and for nothing else.

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
        if is_enrolling:
            claims["enr"] = True
        return self._sign(claims, TYPE)

    def issue_refresh(self, device: str, number: int, ends_at: datetime) -> str:
        """The refresh token of this number, which a device shows for its next token."""
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": ISSUER, "aud": REFRESH_AUDIENCE, "sub": device, "iat": now, "exp": int(ends_at.timestamp()), "num": number,
        }  # fmt: skip
        return self._sign(claims, REFRESH_TYPE)

    def read_refresh(self, token: str) -> tuple[str, int]:
        """Device and number. Raises `DeviceEnded` for every other thing."""
        try:
            claims, key = self._decode(token, REFRESH_TYPE)
            device, number, ends = claims.get("sub"), claims.get("num"), _moment(claims, "exp")
            if claims.get("iss") != ISSUER or claims.get("aud") != REFRESH_AUDIENCE or ends <= self.clock.now().timestamp():
                raise ValueError("not for us, or not any more")
            if not isinstance(device, str) or type(number) is not int or self.is_revoked(device) or self.is_revoked(key):
                raise ValueError("no device's")
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise DeviceEnded from error
        return device, number

    def _sign(self, claims: Mapping[str, Any], type_: str) -> str:
        name = self.keys.signing(self.clock.now())
        algorithm = self._taken[0]
        header = {"alg": algorithm, "typ": type_} | ({} if name == FIRST_KEY else {"kid": name})
        key = self.keys.get(name, algorithm)
        assert key is not None
        return jwt.encode(header, dict(claims), key, algorithms=[algorithm])

    def revoke(self, id: str) -> None:
        """Take the token with this id no more, and none of the session, or signed by the key, with it. The store remembers them for all
        processes (`acts/revoke.py`)."""
        self._revoked[id] = None
        if len(self._revoked) > REVOCATIONS_KEPT:
            self._revoked.popitem(last=False)

    def is_revoked(self, id: str | None) -> bool:
        return id in self._revoked

    def read(self, token: str, *, is_for_enrolment: bool = False) -> Principal:
        """Whose token this is. Raises `Unauthorised`, always with the same sentence, for every other thing; and `SecondFactorRequired` for
        one that is good for enrolment alone, unless it comes for that."""
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
        if not self.keys.holds(principal.signed_with or FIRST_KEY) or self.is_over_before_its_time(principal):
            raise Unauthorised
        if principal.is_enrolling and not is_for_enrolment:
            raise SecondFactorRequired
        return principal

    def is_over_before_its_time(self, principal: Principal) -> bool:
        """Whether the token that `principal` came with was revoked, or its session, or the key that signed it."""
        return any(self.is_revoked(each) for each in (principal.token_id, principal.session_id, principal.signed_with))

    def seconds_left(self, principal: Principal) -> float | None:
        """For which the token that `principal` came with is good; None: without end."""
        return None if principal.expires_at is None else (principal.expires_at - self.clock.now()).total_seconds()

    def is_over(self, principal: Principal) -> bool:
        """Whether the token that `principal` came with has ended since, by itself or before its time."""
        left = self.seconds_left(principal)
        return (left is not None and left <= 0) or self.is_revoked(principal.session_id) or self.is_revoked(principal.token_id)

    def _check(self, token: str, now: float) -> tuple[Principal, float, float]:
        try:
            claims, name = self._decode(token, TYPE)
            return _principal(claims, now, name)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise Unauthorised from error

    def _decode(self, token: str, type_: str) -> tuple[Mapping[str, Any], str]:
        """The claims of a token of this type, and the name of the key that signed it."""
        if len(token) > TOKEN_LIMIT:
            raise ValueError("longer than any of ours")
        name, algorithm = _check_spelling(token, type_, self._taken)
        key = self.keys.get(name, algorithm)
        if key is None:
            raise ValueError("no key of ours")
        return jwt.decode(token, key, algorithms=[algorithm]).claims, name


def key_named_in(token: str) -> str:
    """The name of the key that a token of ours was signed with, by its own word."""
    return _named_in(token)[0]


def algorithm_named_in(token: str) -> str | None:
    """By which a token of ours was signed, by its own word; None: it is none of ours."""
    return _named_in(token)[1]


def _named_in(token: str) -> tuple[str, str | None]:
    try:
        return _check_spelling(token, TYPE, OFFERED["tokens"])
    except (ValueError, TypeError, RecursionError):
        return FIRST_KEY, None


def _check_spelling(token: str, type_: str, taken: Sequence[str]) -> tuple[str, str]:
    """The name of the key that is said to have signed, and by which algorithm, one of those `taken`. Raises ValueError unless the token is
    spelt as we spell it."""
    parts = token.split(".", 3)
    if len(parts) != 3 or not token.isascii():
        raise ValueError("not three parts")
    header, payload, signature = (_decode(part) for part in parts)
    named = json.loads(header.decode(), object_pairs_hook=_unique)
    if not isinstance(named, dict):
        raise ValueError("not our header")  # noqa: TRY004 - it is what was sent, and no type of ours
    said = cast("dict[str, object]", named)
    name, algorithm = said.pop("kid", FIRST_KEY), said.get("alg")
    if not isinstance(algorithm, str) or algorithm not in taken or len(signature) != KEY_BYTES[algorithm]:
        raise ValueError("by no algorithm that is taken")
    # The first key is the one that is not named.
    if said != {"alg": algorithm, "typ": type_} or not isinstance(name, str) or (name == FIRST_KEY and b'"kid"' in header):
        raise ValueError("not our header")
    json.loads(payload.decode(), object_pairs_hook=_unique, parse_constant=_refuse)  # of bytes it would take UTF-16, and a BOM
    return name, algorithm


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


def _principal(claims: Mapping[str, Any], now: float, key: str) -> tuple[Principal, float, float]:
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
    account, is_enrolling = claims.get("act"), claims.get("enr", False)
    if not isinstance(is_enrolling, bool):
        raise TypeError("enr")
    if "act" in claims and (account != subject or "role" in claims or "scopes" in claims):
        raise ValueError("an account with rights of its token")
    principal = Principal(
        id=subject, role=role, scopes=tuple(words), account=subject if account else None, expires_at=datetime.fromtimestamp(ends, UTC),
        token_id=token_id, session_id=session_id, signed_with=key, is_enrolling=is_enrolling,
    )  # fmt: skip
    return principal, max(not_before, issued) - leeway, ends


def _moment(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value < 253_402_300_800:
        raise ValueError(name)
    return value
