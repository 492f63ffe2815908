"""Where the server is, and with which token: what the program says, else the environment, else what the server of this user wrote down,
or `headway login` was given."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from headway.model.errors import BadSetting
from headway.sdk.sign_in import token_for

DEFAULT_URL = "http://127.0.0.1:8765"
API = "/api/v1"
_FILE_LIMIT = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    url: str
    """``http(s)://host[:port][/path]``, without a slash at the end."""
    token: str | None = field(default=None, repr=False)
    kept_in: Path | None = None
    """The token is one of those that are kept there and renewed (`sdk/sign_in.py`)."""

    @property
    def live_url(self) -> str:
        return "ws" + self.url.removeprefix("http") + API + "/live"


FindConnection = Callable[[], Connection]
"""Asked again whenever nobody answers: a server that was started meanwhile has written down where it is."""


def headway_home() -> Path:
    """The directory of this user's installation; it need not exist."""
    return Path(os.environ.get("HEADWAY_HOME") or Path.home() / ".headway")


def find_connection(url: str | None = None, token: str | None = None, *, home: Path | None = None) -> Connection:
    """Arguments, else ``HEADWAY_URL`` and ``HEADWAY_TOKEN``, else ``connection.json`` of `home`, else this machine's default port.

    The token that a server wrote down is given to that server only, and so is one of `headway login`, which comes before it. Raises
    `BadSetting`.
    """
    home = home or headway_home()
    own_token = token or os.environ.get("HEADWAY_TOKEN") or None
    said = _said(url)
    if said and own_token:
        return Connection(url=said, token=own_token)
    there, token_there = _written(home)
    here = said or there or DEFAULT_URL
    if own_token:
        return Connection(url=here, token=own_token)
    if signed_in := token_for(here, home):
        return Connection(url=here, token=signed_in, kept_in=home)
    return Connection(url=here, token=token_there if here == there else None)


def find_url(url: str | None = None, *, home: Path | None = None) -> str:
    """Where the server is, whoever asks it. Raises `BadSetting`."""
    return _said(url) or _written(home or headway_home())[0] or DEFAULT_URL


def finder(url: str | None = None, token: str | None = None, *, home: Path | None = None) -> FindConnection:
    return lambda: find_connection(url, token, home=home)


def _said(url: str | None) -> str | None:
    said = url or os.environ.get("HEADWAY_URL")
    return checked_url(said, "HEADWAY_URL") if said else None


def _written(home: Path) -> tuple[str | None, str | None]:
    """Address and token, as the server of this home has written them down."""
    path = home / "connection.json"
    written = _read(path)
    return checked_url(written["url"], str(path)) if "url" in written else None, written.get("token")


def _read(path: Path) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            written: Any = json.loads(file.read(_FILE_LIMIT))
    except OSError:
        return {}
    except ValueError as error:
        raise BadSetting(name=str(path), reason="it is not JSON; `headway serve` writes it anew") from error
    if not isinstance(written, dict):
        raise BadSetting(name=str(path), reason="it is not an object; `headway serve` writes it anew")
    known = cast("dict[str, object]", written)
    return {key: value for key in ("url", "token") if isinstance(value := known.get(key), str)}


def checked_url(url: str, where: str) -> str:
    """Without a slash at its end. Raises `BadSetting`, which names `where` it stands, for what is no address of a server."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:
        sound = False
    if not sound or any(letter <= " " for letter in url):
        raise BadSetting(name=where, reason=f"{url!r} is not an address like {DEFAULT_URL}")
    return url.rstrip("/")
