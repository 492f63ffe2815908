"""Servers at which somebody has signed in on this machine (`headway login`): their tokens, in a file that its owner alone reads.

A token lives ten minutes, and a refresh token buys the next of both, once: one that comes again later signs the program out (RFC 9700,
section 4.14.2). So of all processes one at a time renews, under a lock, and what it got is on disk before anybody uses it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import ssl
import tempfile
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from headway.model.errors import BadSetting, HeadwayError, ServerUnreachable, ServerUntrusted, SignInCodeInvalid, Unauthorised

try:
    import fcntl
except ImportError:  # Windows has no such locks: there one process is to renew
    fcntl = None

FILE, LOCK = "sign-ins.json", "sign-ins.lock"
EARLY_SECONDS = 60.0
"""A token is renewed so long before its end: twice as early as a live connection is told of it (`token_expiring`)."""
LOCK_SECONDS, LOOK_SECONDS = 15.0, 0.05
"""So long others are waited for who renew, and how often it is looked whether they have."""
ASK_SECONDS = 4.0
"""Of one question for tokens."""
TRIES = 2
"""An answer that was lost can be asked for again within ten seconds."""
_LIMIT = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTokens:
    url: str
    """Of the server, without a slash at the end."""
    token: str = field(repr=False)
    ends_at: float
    """Of the token: seconds since 1970, by the clock of this machine."""
    refresh_token: str = field(repr=False)
    refresh_ends_at: str


def sign_in(url: str, code: str, name: str, home: Path) -> KeptTokens:
    """Exchange the code of a sign-in link for tokens, and keep them in `home`, which is made. One that was there before is replaced.

    Raises `SignInCodeInvalid`, `ServerUnreachable`, `ServerUntrusted`, `BadSetting`.
    """
    status, said = _ask(url, "/tokens", {"code": code, "name": name})
    if status != 201:
        raise SignInCodeInvalid(str(said.get("detail") or "") or None) if status in (401, 403) else _odd(url, status, said)
    made = _kept_of(url, said)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(home):
        _write(home, {**_read(home), url: made})
    return made


def forget(url: str, home: Path) -> KeptTokens | None:
    """Keep no tokens of this server any more: those that there were. Raises `BadSetting`."""
    with _locked(home) if home.is_dir() else contextlib.nullcontext():
        known = _read(home)
        gone = known.pop(url, None)
        if gone is not None:
            _write(home, known)
    return gone


def kept(url: str, home: Path) -> KeptTokens | None:
    """As it stands in the file. Raises `BadSetting` for a file that is none of ours."""
    return _read(home).get(url)


def token_for(url: str, home: Path, *, refused: str | None = None) -> str | None:
    """A token that is good for a while, renewed if need be; None: nobody is signed in there, or not any more.

    `refused`: the server did not take this one, whatever it says of its end. Where nobody answers who could renew, the old one is given.
    """
    found = kept(url, home)
    if found is None or _is_good(found, refused):
        return None if found is None else found.token
    with _locked(home) as is_ours:
        found = kept(url, home)  # another process may have renewed it meanwhile
        if found is None or not is_ours or _is_good(found, refused):
            return None if found is None else found.token
        try:
            renewed = _renew(found)
        except HeadwayError:
            return found.token
        known = _read(home)
        if renewed is None:
            known.pop(url, None)
        else:
            known[url] = renewed
        _write(home, known)
        return None if renewed is None else renewed.token


def _is_good(found: KeptTokens, refused: str | None) -> bool:
    return found.token != refused and time.time() < found.ends_at - EARLY_SECONDS


def _renew(found: KeptTokens) -> KeptTokens | None:
    """None: the program is signed out. Raises `ServerUnreachable`, `Unauthorised` and what else is no answer to the question."""
    for left in reversed(range(TRIES)):
        try:
            status, said = _ask(found.url, "/tokens/refresh", {"refresh_token": found.refresh_token})
        except ServerUnreachable:
            if not left:
                raise
            continue
        if status == 201:
            return _kept_of(found.url, said)
        if status == 401:
            return None
        raise _odd(found.url, status, said)
    raise Unauthorised


def _kept_of(url: str, said: dict[str, Any]) -> KeptTokens:
    try:
        return KeptTokens(
            url=url, token=str(said["token"]), ends_at=time.time() + float(said["expires_in"]), refresh_token=str(said["refresh_token"]),
            refresh_ends_at=str(said["refresh_expires_at"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise _odd(url, 201, said) from error


def _odd(url: str, status: int, said: dict[str, Any]) -> HeadwayError:
    return ServerUnreachable(f"{url} answered {status}: {said.get('detail', 'not as Headway does')}", url=url)


# --- the wire ------------------------------------------------------------------------------------------------------


def _ask(url: str, path: str, content: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """One question on a connection of its own: `Http` asks here for the token that it sends along."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        wire: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=ASK_SECONDS, context=ssl.create_default_context()
        )
    else:
        wire = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ASK_SECONDS)
    try:
        wire.request("POST", f"{parts.path}/api/v1{path}", body=json.dumps(content), headers={"Content-Type": "application/json"})
        reply = wire.getresponse()
        said: Any = json.loads(reply.read(_LIMIT) or b"{}")
        return reply.status, cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    except ssl.SSLCertVerificationError as error:
        raise ServerUntrusted(url=url, reason=error.verify_message) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ServerUnreachable(url=url) from error
    finally:
        wire.close()


# --- the file ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _locked(home: Path) -> Generator[bool]:
    """One process at a time; False: another holds it for longer than anybody renews."""
    if fcntl is None:
        yield True
        return
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + LOCK_SECONDS
        is_ours = False
        while not is_ours and time.monotonic() < until:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_ours = True
            except BlockingIOError:
                time.sleep(LOOK_SECONDS)
        yield is_ours
    finally:
        os.close(descriptor)


def _read(home: Path) -> dict[str, KeptTokens]:
    path = home / FILE
    try:
        written: Any = json.loads(path.read_bytes()[:_LIMIT])
        names = [each.name for each in fields(KeptTokens)]
        return {one["url"]: KeptTokens(**{name: one[name] for name in names}) for one in written["sign_ins"]}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadSetting(name=str(path), reason="it cannot be read; `headway login` writes it anew once it is deleted") from error


def _write(home: Path, known: dict[str, KeptTokens]) -> None:
    text = json.dumps({"sign_ins": [asdict(one) for one in known.values()]}, indent=1)
    descriptor, name = tempfile.mkstemp(dir=home, prefix=FILE)  # for its owner alone
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(home / FILE)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
