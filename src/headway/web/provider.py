# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A provider at which people sign in: OpenID Connect, the code flow with PKCE.

What goes out goes by the one door that there is (`access/outward.py`), to the issuer's own host alone, which may be one of a private
network: the operator has named it. It takes ten seconds at most, and what comes back is a megabyte at most.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from headway.access.id_token import ALGORITHMS, KeyUnknown, Person, person_of, read_id_token, usable
from headway.access.outward import Outward, ask
from headway.access.pending import PENDING_LIFE, Pending
from headway.model.clock import Clock
from headway.model.errors import IdTokenInvalid, OutwardFailed, OutwardRefused, ProviderRefused, ProviderUnavailable

SECONDS = 10.0
"""Of one question, its connection included."""
ANSWER_LIMIT = 1_000_000
KNOWN_SECONDS = 3_600.0
"""How long its metadata and keys are kept. A key that is not among them is looked for at once."""
_WELL_KNOWN = "/.well-known/openid-configuration"
_REASON_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    scopes: tuple[str, ...]
    name: str
    """As people know it: what stands on the button."""
    admits: frozenset[str]
    """Who gets in that is not bound to an account yet (`acts/admit.py`)."""
    groups_claim: str | None
    algorithms: tuple[str, ...] = ALGORITHMS
    """With which ID tokens may be signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metadata:
    authorization: str
    token: str
    keys: str
    user_info: str | None
    algorithms: Sequence[str]
    auth_method: str
    says_issuer: bool
    """It names itself when it sends people back (RFC 9207)."""


_OF_CONNECTION = frozenset({"host", "connection", "content-length", "transfer-encoding", "content-encoding"})
"""Headers that whoever makes the connection writes itself, and that say nothing of what has been read."""


class _Only(httpx2.AsyncBaseTransport):
    """Reaches one origin, by the door out, and takes no more than so much of it."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._where = Outward(hosts=frozenset({urlsplit(origin).hostname or ""}))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if origin_of(str(request.url)) != self._origin:
            raise httpx2.UnsupportedProtocol("this is not the issuer's host", request=request)
        body = await request.aread()
        headers = {name: value for name, value in request.headers.items() if name not in _OF_CONNECTION}
        try:
            found = await asyncio.to_thread(
                ask, str(request.url), where=self._where, method=request.method, headers=headers, body=body or None, seconds=SECONDS,
                limit=ANSWER_LIMIT,
            )  # fmt: skip
        except (OutwardRefused, OutwardFailed) as error:
            raise httpx2.ConnectError(error.message, request=request) from error
        said = {name: value for name, value in found.headers.items() if name not in _OF_CONNECTION}
        return httpx2.Response(found.status, headers=said, content=found.body, request=request)


class OidcProvider:
    """One for each server."""

    def __init__(self, settings: ProviderSettings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        self._metadata: tuple[_Metadata, float] | None = None
        self._keys: tuple[KeySet, float] | None = None

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def issuer(self) -> str:
        return self.settings.issuer

    @property
    def admits(self) -> frozenset[str]:
        return self.settings.admits

    async def begin(self, *, back: str, to: str, account: str | None = None) -> tuple[str, Pending]:
        """Where the browser goes, and what it has to bring back. `back`: our address to which it is sent from there; `to`: the page
        where it ends. Raises `ProviderUnavailable`."""
        metadata = await self._find_metadata()
        pending = Pending(
            state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(64), to=to, account=account,
            ends_at=self._clock.now().timestamp() + PENDING_LIFE.total_seconds(),
        )  # fmt: skip
        async with self._client(metadata, back) as client:
            url, _ = client.create_authorization_url(
                metadata.authorization, state=pending.state, code_verifier=pending.verifier, nonce=pending.nonce
            )
        return url, pending

    async def end(self, pending: Pending, *, back: str, code: str, issuer: str | None) -> Person:
        """Who came back with the code. `issuer`: as the address says it, where it does.

        Raises `ProviderUnavailable`, `ProviderRefused`, `IdTokenInvalid`.
        """
        metadata = await self._find_metadata()
        if issuer != self.settings.issuer and (issuer is not None or metadata.says_issuer):
            raise IdTokenInvalid(reason="the answer is another provider's")
        async with self._client(metadata, back) as client:
            token = await self._exchange(client, metadata, code, pending.verifier)
            id_token, access = token.get("id_token"), token.get("access_token")
            if not isinstance(id_token, str):
                raise IdTokenInvalid(reason="there is none")
            claims = await self._read(metadata, id_token, pending.nonce)
            if metadata.user_info is not None and isinstance(access, str) and self._wants_more(claims):
                claims = {**await self._user_info(client, metadata.user_info, access, claims["sub"]), **claims}
        return person_of(claims, groups_claim=self.settings.groups_claim)

    def _wants_more(self, claims: Mapping[str, Any]) -> bool:
        wanted = {"email", *filter(None, [self.settings.groups_claim])}
        return not wanted <= set(claims)

    async def _read(self, metadata: _Metadata, id_token: str, nonce: str) -> Mapping[str, Any]:
        for is_fresh in (False, True):
            keys = await self._find_keys(metadata, is_fresh=is_fresh)
            try:
                return read_id_token(
                    id_token, keys, algorithms=metadata.algorithms, issuer=self.settings.issuer, client=self.settings.client_id,
                    nonce=nonce, now=self._clock.now(),
                )  # fmt: skip
            except KeyUnknown:
                continue
        raise IdTokenInvalid(reason="its key is not the provider's")

    async def _exchange(self, client: Any, metadata: _Metadata, code: str, verifier: str) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(SECONDS):
                return await client.fetch_token(metadata.token, grant_type="authorization_code", code=code, code_verifier=verifier)
        except OAuthError as error:
            if error.error in {"server_error", "temporarily_unavailable"}:
                raise self._away() from error
            raise ProviderRefused(reason=_plain(error.description or error.error)) from error
        except (httpx2.HTTPError, TimeoutError, ValueError) as error:
            raise self._away() from error

    async def _user_info(self, client: Any, url: str, access: str, subject: str) -> Mapping[str, Any]:
        found = await self._get(client, url, {"Authorization": f"Bearer {access}"})
        # OpenID Connect Core section 5.3.2: what is said of somebody else must not be used.
        return found if found.get("sub") == subject else {}

    def _client(self, metadata: _Metadata | None = None, back: str | None = None) -> Any:
        """An `AsyncOAuth2Client`, which says nothing of its types."""
        settings = self.settings
        return AsyncOAuth2Client(
            client_id=settings.client_id, client_secret=settings.client_secret, scope=" ".join(settings.scopes), redirect_uri=back,
            token_endpoint_auth_method=None if metadata is None else metadata.auth_method, code_challenge_method="S256",
            transport=_Only(origin_of(settings.issuer)), follow_redirects=False, trust_env=False, timeout=SECONDS,
            headers={"Accept-Encoding": "identity", "User-Agent": "headway"},
        )  # fmt: skip

    async def _get(self, client: Any, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            async with asyncio.timeout(SECONDS):
                response = await client.request("GET", url, withhold_token=True, headers=headers)
            found: Any = response.json() if response.status_code == 200 else None
        except (httpx2.HTTPError, TimeoutError, ValueError) as error:
            raise self._away() from error
        if not isinstance(found, dict):
            raise self._away()
        return cast("dict[str, Any]", found)

    async def _find_metadata(self) -> _Metadata:
        now = self._clock.monotonic()
        if self._metadata is None or now - self._metadata[1] > KNOWN_SECONDS:
            async with self._client() as client:
                found = await self._get(client, self.settings.issuer.rstrip("/") + _WELL_KNOWN)
            self._metadata = (self._metadata_of(found), now)
        return self._metadata[0]

    def _metadata_of(self, found: Mapping[str, Any]) -> _Metadata:
        """Raises `ProviderUnavailable` for metadata that are not the issuer's, or of which we can use nothing."""
        issuer = self.settings.issuer
        if found.get("issuer") != issuer:
            raise ProviderUnavailable(reason="its metadata name another issuer than HEADWAY_OIDC_ISSUER")
        asked = [found.get("token_endpoint"), found.get("jwks_uri"), found.get("userinfo_endpoint") or issuer]
        if not all(isinstance(url, str) and origin_of(url) == origin_of(issuer) for url in asked):
            raise ProviderUnavailable(reason="its metadata name addresses at another host than the issuer's")
        authorization = found.get("authorization_endpoint")
        if not isinstance(authorization, str) or urlsplit(authorization).scheme not in {"https", urlsplit(issuer).scheme}:
            raise ProviderUnavailable(reason="its metadata name no address at which people sign in")
        algorithms = usable(_words(found, "id_token_signing_alg_values_supported"), self.settings.algorithms)
        if not algorithms:
            raise ProviderUnavailable(reason="it signs in no way that we take")
        methods = _words(found, "token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = next((each for each in ("client_secret_basic", "client_secret_post") if each in methods), methods[0])
        user_info = found.get("userinfo_endpoint")
        return _Metadata(
            authorization=authorization, token=found["token_endpoint"], keys=found["jwks_uri"],
            user_info=user_info if isinstance(user_info, str) else None, algorithms=algorithms,
            auth_method="none" if self.settings.client_secret is None else method,
            says_issuer=found.get("authorization_response_iss_parameter_supported") is True,
        )  # fmt: skip

    async def _find_keys(self, metadata: _Metadata, *, is_fresh: bool) -> KeySet:
        now = self._clock.monotonic()
        if is_fresh or self._keys is None or now - self._keys[1] > KNOWN_SECONDS:
            async with self._client() as client:
                found = await self._get(client, metadata.keys)
            self._keys = (_keys_of(found), now)
        return self._keys[0]

    def _away(self) -> ProviderUnavailable:
        return ProviderUnavailable(reason=f"{self.settings.name} does not answer")


def origin_of(url: str) -> str:
    """Scheme, host and port. Of text that is no address, the empty one."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname and not parts.username else ""


def _keys_of(found: Mapping[str, Any]) -> KeySet:
    """Those that are public, and for signatures. A kind that is not known here is no reason to do without the others."""
    keys: list[Any] = []
    given = found.get("keys")
    for each in cast("list[Any]", given)[:100] if isinstance(given, list) else []:
        if isinstance(each, dict) and cast("dict[str, Any]", each).get("kty") in {"RSA", "EC", "OKP"} and each.get("use", "sig") == "sig":
            try:
                keys.append(JWKRegistry.import_key(cast("Any", each)))
            except (JoseError, ValueError, TypeError, KeyError):
                continue
    return KeySet(keys)


def _words(found: Mapping[str, Any], name: str) -> list[str]:
    value = found.get(name)
    return [each for each in cast("list[object]", value) if isinstance(each, str)] if isinstance(value, list) else []


def _plain(text: object) -> str:
    """What a stranger has written, as one line."""
    return "".join(letter for letter in str(text) if letter.isprintable())[:_REASON_LIMIT]
