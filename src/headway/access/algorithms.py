"""By which algorithms Headway makes what others must not read, change or guess, and which it takes: ``HEADWAY_ALGORITHMS``.

Of each use the first that is named *makes*, and all that are named are *taken*: another one is taken everywhere first, then makes, and the
old one is no longer named once nothing is left that it made. What is made says how, where it is kept, so that both can lie side by side
(RFC 7696, crypto agility; OWASP ASVS 5.0, 11.2.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

OFFERED: Mapping[str, tuple[str, ...]] = {
    "tokens": ("HS256", "HS384", "HS512"),
    "secrets": ("AES-256-GCM", "AES-256-GCM-SIV", "ChaCha20-Poly1305"),
    "seals": ("HMAC-SHA-256", "HMAC-SHA-512", "HMAC-SHA3-256"),
    "audit": ("SHA-256", "SHA-512", "SHA3-256"),
    "anchors": ("Ed25519", "Ed448", "ML-DSA-65"),
}
"""Of each use what there is; the first is what makes where nothing is said. All are worth 128 bits at least, and of each use one is built
differently from the others: should one be broken, another is there. ML-DSA-65 (FIPS 204) stands against a quantum computer, as all that
is symmetric here does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithms:
    """Each a list of names out of `OFFERED`, of one at least: the first makes, all are taken."""

    tokens: tuple[str, ...] = ("HS256",)
    """JSON Web Tokens of ours (RFC 7518 section 3.2)."""
    secrets: tuple[str, ...] = ("AES-256-GCM",)
    """Values of secrets, seeds of second factors, sign-ins under way."""
    seals: tuple[str, ...] = ("HMAC-SHA-256",)
    """What is kept of codes, cookies and API keys."""
    audit: tuple[str, ...] = ("SHA-256",)
    """The chain of the audit log."""
    anchors: tuple[str, ...] = ("Ed25519",)
    """What the chain is anchored with."""


def read_algorithms(text: str) -> Algorithms:
    """From words such as ``tokens=HS512+HS256,anchors=ML-DSA-65+Ed25519``. Raises `ValueError`, which says what there is."""
    given: dict[str, tuple[str, ...]] = {}
    for word in (each.strip() for each in text.split(",")):
        if not word:
            continue
        use, equals, listed = (part.strip() for part in word.partition("="))
        if use not in OFFERED or not equals:
            raise ValueError(f"{word!r} names no use; write use=algorithm+algorithm, of {', '.join(OFFERED)}")
        if use in given:
            raise ValueError(f"{use} stands twice")
        names = tuple(name.strip() for name in listed.split("+"))
        unknown = [name for name in names if name not in OFFERED[use]]
        if unknown or len(set(names)) != len(names):
            raise ValueError(f"{use}={listed}: each of {', '.join(OFFERED[use])} may be named once, the one that makes first")
        given[use] = names
    return Algorithms(**given)


def spell(algorithms: Algorithms) -> str:
    """The inverse of `read_algorithms`: what differs from the defaults."""
    usual = Algorithms()
    named = {field.name: getattr(algorithms, field.name) for field in fields(algorithms)}
    return ",".join(f"{use}={'+'.join(names)}" for use, names in named.items() if names != getattr(usual, use))
