"""How the text of each kind of setting becomes a value. Each raises ValueError with what to do. Standard library only."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from headway.model import addresses
from headway.model.addresses import Networks

SECOND_FACTORS = ("optional", "required")
LOG_LEVELS = ("debug", "info", "warning", "error")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
Read = Callable[[str], Any]


def read_text(value: str) -> str:
    if not value or "\0" in value:
        raise ValueError("it is empty")
    return value


def read_words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def read_whole(low: int, high: int) -> Read:
    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a whole number") from None
        if not low <= number <= high:
            raise ValueError(f"{number} is not between {low} and {high}")
        return number

    return read


def read_days(value: str) -> float:
    try:
        days = float(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a number of days") from None
    if not 0 < days <= 36_500:
        raise ValueError(f"{value} is not between 0 and 36500")
    return days


def read_size(value: str) -> int:
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
    factor = units.get(value[-1:].upper(), 1)
    digits = value[:-1] if factor > 1 else value
    if not digits.isdecimal() or not 0 < int(digits) * factor < 1 << 50:
        raise ValueError(f"{value!r} is not a size; write bytes, or 512K, 64M, 1G")
    return int(digits) * factor


def read_level(value: str) -> str:
    if value.lower() not in LOG_LEVELS:
        raise ValueError(f"{value!r} is not one of {', '.join(LOG_LEVELS)}")
    return value.lower()


def read_second_factor(value: str) -> str:
    if value.lower() not in SECOND_FACTORS:
        raise ValueError(f"{value!r} is not one of {', '.join(SECOND_FACTORS)}")
    return value.lower()


def read_home(value: str) -> Path:
    path = Path(read_text(value)).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path} is not a directory")
    return path


def read_database(value: str) -> str:
    scheme = urlsplit(value).scheme
    if scheme.split("+")[0] not in ("sqlite", "postgresql", "postgres"):
        raise ValueError("it must begin with sqlite:/// or postgresql://")
    return value


def read_node(value: str) -> str:
    if not value.isprintable() or not 0 < len(value) <= 100:
        raise ValueError("write 1 to 100 printable characters")
    return value


def read_redis(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("redis", "rediss", "unix") or not (parts.hostname or parts.path):
        raise ValueError("it must begin with redis://, rediss:// or unix://")
    return value


def read_broker(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ValueError("it must begin with redis:// or rediss://")
    return value


def read_prefix(value: str) -> str:
    if not 0 < len(value) <= 50 or not all(letter.isascii() and (letter.isalnum() or letter in "-_.") for letter in value):
        raise ValueError("write 1 to 50 letters, digits, hyphens, underscores and dots")
    return value


def read_artifacts(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/"):
        raise ValueError("it must begin with file:///")
    return value


def read_hosts(value: str) -> tuple[str, ...]:
    hosts = read_words(value.lower())
    if any("/" in host or "*" in host or " " in host for host in hosts):
        raise ValueError("write host names alone, such as headway.example.org, separated by commas")
    return hosts


def read_networks(value: str) -> Networks:
    try:
        return addresses.read_networks(value)
    except ValueError as error:
        raise ValueError(f"write addresses or networks, such as 10.0.0.5,192.168.7.0/24: {error}") from None


def read_origins(value: str) -> tuple[str, ...]:
    origins = tuple(origin.rstrip("/") for origin in read_words(value.lower()))
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or "*" in origin:
            raise ValueError(f"{origin!r} is not an origin; write https://headway.example.org")
    return origins


def read_public_url(value: str) -> str:
    origins = read_origins(value)
    if len(origins) != 1:
        raise ValueError("write the one address at which people reach the server, such as https://headway.example.org")
    return origins[0]


def read_server(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("write the address of a server, such as https://headway.example.org")
    return value.rstrip("/")


def read_issuer(value: str) -> str:
    parts = urlsplit(value)
    is_here = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not (parts.scheme == "https" or (parts.scheme == "http" and is_here)) or not parts.hostname or parts.username:
        raise ValueError("it must begin with https://")
    if parts.query or parts.fragment or not value.isprintable():
        raise ValueError("write it as the provider does, such as https://sso.example.org/realms/main")
    return value


def read_file(value: str) -> Path:
    """Whether there is one is found out by whoever reads it: not every process may."""
    return Path(read_text(value)).expanduser().absolute()


def read_stolen(value: str) -> str:
    """Whether there is such a file is found out by the server: no other process needs it."""
    if "://" not in value:
        return str(read_file(value))
    parts = urlsplit(value)
    is_here = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not (parts.scheme == "https" or (parts.scheme == "http" and is_here)) or not parts.hostname or parts.username:
        raise ValueError("write a path, or an address that begins with https://")
    if parts.query or parts.fragment or not value.isprintable():
        raise ValueError("write the address before the five digits, such as https://api.pwnedpasswords.com/range")
    return value.rstrip("/")


def read_command(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise ValueError(f"it cannot be read as words: {error}") from None
    if len(words) < 2 or not any("{file}" in word for word in words[1:]) or "{" in words[0] or "\0" in value:
        raise ValueError("write a program and its arguments, with {file} for the path, such as clamdscan --fdpass --no-summary {file}")
    return value


def read_scopes(value: str) -> tuple[str, ...]:
    scopes = tuple(value.replace(",", " ").split())
    if "openid" not in scopes:
        raise ValueError("`openid` must be one of them")
    return scopes


def read_admits(value: str) -> tuple[str, ...]:
    words = read_words(value.lower())
    for word in words:
        if word not in {"none", "known"} and ("." not in word or any(letter in word for letter in "@*/ ")):
            raise ValueError(f"{word!r} is neither `none` nor `known` nor a domain such as example.org")
    if "none" in words and len(words) > 1:
        raise ValueError("`none` stands alone")
    return () if words == ("none",) else words
