"""How the settings of a provider are written: its issuer, the scopes, and who is admitted."""

from __future__ import annotations

from urllib.parse import urlsplit

NONE, KNOWN = "none", "known"
"""Words of `HEADWAY_OIDC_ADMIT`; the others are domains. ``known``: who has an account with the address that the provider has verified."""
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def read_issuer(value: str) -> str:
    """To the letter as the provider writes it. Raises ValueError."""
    parts = urlsplit(value)
    if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)) or not parts.hostname or parts.username:
        raise ValueError("it must begin with https://")
    if parts.query or parts.fragment or not value.isprintable():
        raise ValueError("write it as the provider does, such as https://sso.example.org/realms/main")
    return value


def read_scopes(value: str) -> tuple[str, ...]:
    """Raises ValueError."""
    scopes = tuple(value.replace(",", " ").split())
    if "openid" not in scopes:
        raise ValueError("`openid` must be one of them")
    return scopes


def read_admits(value: str) -> tuple[str, ...]:
    """Raises ValueError."""
    words = tuple(word.strip() for word in value.lower().split(",") if word.strip())
    for word in words:
        if word not in {NONE, KNOWN} and ("." not in word or any(letter in word for letter in "@*/ ")):
            raise ValueError(f"{word!r} is neither `none` nor `known` nor a domain such as example.org")
    if NONE in words and len(words) > 1:
        raise ValueError("`none` stands alone")
    return () if words == (NONE,) else words
