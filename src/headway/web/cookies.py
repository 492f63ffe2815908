"""The cookie of a session: the one credential that a browser sends by itself, so the only one that a page of others might use.

It is sent to `/api/v1/session` alone, and taken there alone, and only from a page of this very server. What it buys is a
short token; everything else wants that token, which no other page can have.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from headway.access.pending import PENDING_LIFE, Pending
from headway.access.seal import Seals
from headway.acts.sign_in import find_session
from headway.model.errors import OriginRefused, SessionEnded, Unauthorised
from headway.model.session import Session
from headway.web.desk import Desk

COOKIE_PATH = "/api/v1/session"
_HOST, _SECURE = "__Host-", "__Secure-"
PREFIX = "headway.prefix"
"""In the scope of a request: the path under which another app has mounted us (`web/mounted.py`)."""


def check_origin(desk: Desk, request: Request) -> None:
    """Raise `OriginRefused` unless a page of this server asks.

    Browsers send `Origin` with every POST and DELETE, and `Sec-Fetch-Site` with everything over TLS or from this machine; a
    page can set neither. What sends none of them is no page, and has its token.
    """
    headers = request.headers
    origins, sites = headers.getlist("origin"), headers.getlist("sec-fetch-site")
    if len(origins) > 1 or len(sites) > 1 or not (origins or sites):
        raise OriginRefused
    if sites and sites[0] != "same-origin":
        raise OriginRefused
    if origins and origins[0].lower() != desk.url:  # a proxy may have changed Host, and HEADWAY_PUBLIC_URL then says what it was
        page = urlsplit(origins[0])
        if page.scheme not in {"http", "https"} or page.netloc.lower() != headers.get("host", "").lower():
            raise OriginRefused


def set_cookie(desk: Desk, request: Request, secret: str, seconds: int) -> str:
    """The value of `Set-Cookie`; no seconds: the cookie is taken back."""
    prefix = request.scope.get(PREFIX, "")
    own, age, rest = prefix + COOKIE_PATH, f"Max-Age={seconds}", "HttpOnly; SameSite=Strict"
    if not _is_encrypted(desk, request):
        return f"{cookie_name(desk)}={secret}; {age}; Path={own}; {rest}"
    if prefix:
        # Inside the app of somebody else the cookie stays with us, and another name says no more than that it came over TLS.
        return f"{_SECURE}{cookie_name(desk)}={secret}; {age}; Path={own}; {rest}; Secure"
    # No page of a neighbour under the same domain can set this name (RFC 6265bis section 4.1.3.2), which wants the path `/`.
    return f"{_HOST}{cookie_name(desk)}={secret}; {age}; Path=/; {rest}; Secure"


def cookie_name(desk: Desk) -> str:
    return f"headway_session_{desk.seal.name}"


def _sent(desk: Desk, request: Request) -> str | None:
    """The secret that the browser has sent. Over TLS a cookie without a prefix is not taken: anybody on the way could have set it."""
    names = [_HOST, _SECURE] if _is_encrypted(desk, request) else [_HOST, _SECURE, ""]
    return next((found for name in names if (found := request.cookies.get(name + cookie_name(desk)))), None)


def _is_encrypted(desk: Desk, request: Request) -> bool:
    """What the browser says of its page's address, which a proxy in between cannot hide; `X-Forwarded-Proto` anybody can write."""
    return request.headers.get("origin", desk.url).startswith("https:")


def pending_cookie(desk: Desk, request: Request, pending: Pending | None) -> str:
    """The value of `Set-Cookie` for a sign-in by a provider; None: it is taken back. `Lax`, because the browser comes back from another
    site; over TLS no other host, and no page of another path, can set it in our place (`__Host-`)."""
    sealed, seconds = ("", 0) if pending is None else (desk.pending_seal.close(pending), int(PENDING_LIFE.total_seconds()))
    attributes = f"{_pending_name(desk, request)}={sealed}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax"
    return f"{attributes}; Secure" if _is_encrypted(desk, request) else attributes


def read_pending(desk: Desk, request: Request) -> Pending | None:
    """The sign-in that this browser has begun; None: none, or too long ago."""
    sealed = request.cookies.get(_pending_name(desk, request), "")
    return desk.pending_seal.open(sealed, desk.tokens.clock.now())


def _pending_name(desk: Desk, request: Request) -> str:
    name = f"headway_pending_{desk.seal.name}"
    return f"__Host-{name}" if _is_encrypted(desk, request) else name


async def read_session(desk: Desk, request: Request) -> Session:
    """The session whose cookie the request carries. Raises `Unauthorised` without one, `SessionEnded` when it is over."""
    seals = sent_seals(desk, request)
    return await desk.store.read(lambda snapshot: find_session(snapshot, seals))


def sent_seals(desk: Desk, request: Request) -> Seals:
    """Of the cookie that the request carries. Raises `Unauthorised` without one, `SessionEnded` for one that was not made here."""
    secret = _sent(desk, request)
    if not secret:
        raise Unauthorised("You are not signed in. Run `headway open` on the machine of the server, and follow its link.")
    if len(secret) > desk.seal.limit:
        raise SessionEnded
    return desk.seal.each(secret)


async def session_before(desk: Desk, request: Request) -> str | None:
    """The id of the session that this browser has while it signs in to another, which then ends. Without TLS none is brought along: that
    cookie is for `COOKIE_PATH` alone."""
    try:
        return (await read_session(desk, request)).id
    except Unauthorised:
        return None
