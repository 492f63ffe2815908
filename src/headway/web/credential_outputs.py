"""What answers about keys, share links and devices look like: never a secret, but in the one answer that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from headway.acts.signing import KeyRotated
from headway.model.api_key import ApiKey
from headway.model.device import Device
from headway.model.share_link import ShareLink
from headway.model.signing_key import SigningKey
from headway.web.outputs import RUN_ID, many, one

Json = dict[str, Any]

_AT = "2026-11-22T09:30:00.125Z"
_KEY_ID = "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyShown:
    id: str
    prefix: str
    """The beginning of the key behind `hwk_`: enough to recognise it, of no use to anybody else."""
    name: str
    scopes: tuple[str, ...]
    owner: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    """To the minute; null: never."""
    rotated_at: datetime | None
    old_until: datetime | None
    """Until when the secret of before the last rotation is good, too."""
    revoked_at: datetime | None


class ApiKeyCreated(BaseModel):
    key: str
    """The key itself. It is shown this once, and kept nowhere."""
    id: str
    prefix: str
    name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLinkShown:
    id: str
    run: str
    label: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    opened_count: int
    opened_at: datetime | None
    revoked_at: datetime | None


class ShareLinkCreated(BaseModel):
    url: str
    """The link itself. It is shown this once, and kept nowhere."""
    id: str
    label: str
    expires_at: datetime


class ShareTokenCreated(BaseModel):
    token: str
    """Reads this run, and nothing else."""
    expires_in: int
    run: str
    link_expires_at: datetime


class TokensCreated(BaseModel):
    token: str
    expires_in: int
    refresh_token: str
    """Good once, for the next of both."""
    refresh_expires_at: datetime


def show_api_key(key: ApiKey) -> ApiKeyShown:
    return ApiKeyShown(**{name: getattr(key, name) for name in ApiKeyShown.__slots__})


def show_share_link(link: ShareLink) -> ShareLinkShown:
    return ShareLinkShown(**{name: getattr(link, name) for name in ShareLinkShown.__slots__})


def show_tokens(token: str, seconds: int, refresh_token: str, device: Device) -> Json:
    return {"token": token, "expires_in": seconds, "refresh_token": refresh_token, "refresh_expires_at": device.expires_at}


_SIGNING_KEY: Json = {"id": "5f0c2a91b7d4", "created_at": _AT, "signs_from": "2026-11-22T09:30:15.125Z", "created_by": "admin"}
_API_KEY: Json = {
    "id": _KEY_ID,
    "prefix": "5f0c2a91b7d4",
    "name": "nightly import",
    "scopes": ["run:read"],
    "owner": "admin",
    "created_at": _AT,
    "expires_at": "2027-02-20T09:30:00.125Z",
    "used_at": None,
    "rotated_at": None,
    "old_until": None,
    "revoked_at": None,
}
_CREATED: Json = {"key": "hwk_5f0c2a91b7d4_9c1e…", "id": _KEY_ID, "prefix": "5f0c2a91b7d4", "name": "nightly import", "expires_at": _AT}
_LINK: Json = {
    "id": _KEY_ID,
    "run": RUN_ID,
    "label": "parents of 7b",
    "created_at": _AT,
    "created_by": "li",
    "expires_at": "2026-11-29T09:30:00.125Z",
    "opened_count": 3,
    "opened_at": _AT,
    "revoked_at": None,
}
_TOKENS: Json = {
    "token": "eyJhbGciOi…",
    "expires_in": 600,
    "refresh_token": "eyJhbGciOi…",
    "refresh_expires_at": "2026-12-22T09:30:00.125Z",
}

SIGNING_KEYS = many("SigningKey", SigningKey, _SIGNING_KEY, "Signing keys.")
KEYS_ROTATED = one(201, KeyRotated, {"key": _SIGNING_KEY, "ended": []}, "The new key, and which have ended.")
API_KEYS = many("ApiKey", ApiKeyShown, _API_KEY, "API keys.")
API_KEY = one(200, ApiKeyShown, _API_KEY, "The key as it is now.")
API_KEY_CREATED = one(201, ApiKeyCreated, _CREATED, "The key: write it down now.")
SHARE_LINKS = many("ShareLink", ShareLinkShown, _LINK, "Share links.")
SHARE_LINK_CREATED = one(
    201, ShareLinkCreated, {"url": "https://headway.example/share#code=PvJ2…", "id": _KEY_ID, "label": "parents of 7b", "expires_at": _AT},
    "The link: send it now.",
)  # fmt: skip
SHARE_TOKEN_CREATED = one(
    201, ShareTokenCreated, {"token": "eyJhbGciOi…", "expires_in": 600, "run": RUN_ID, "link_expires_at": _AT}, "The token."
)
TOKENS_CREATED = one(201, TokensCreated, _TOKENS, "A token, and what buys the next.")
