"""Signing in at a provider: to it, and back. Browsers come here by themselves, not pages: whoever wants HTML is sent to the page that says
what went wrong, and everybody else gets the problem."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import RedirectResponse, Response

from headway.access.pending import Pending
from headway.acts.admit import bind, sign_in_by_provider, unbind
from headway.acts.proof import check_proof
from headway.acts.sign_in import end_replaced
from headway.model.errors import HeadwayError, NoProvider, ProviderRefused, SignInExpired
from headway.model.permissions import Permission
from headway.web.account_inputs import AccountName, IdentityId, IdentityInput
from headway.web.account_outputs import WAY_OUT, WayOut
from headway.web.auth import TheOwner, anonymous, by_owner, make_routes, needs
from headway.web.bodies import answer
from headway.web.cookies import pending_cookie, read_pending, session_before
from headway.web.desk import Desk, Provider, TheCall, TheDesk
from headway.web.inputs import Target
from headway.web.refusals import occasion_of
from headway.web.signing_in import check_address, gone, make_browser, session_cookie

routes = make_routes("sessions")

CALLBACK = "/api/v1/oidc/callback"
_TEXT = 4_096
Said = Annotated[str | None, Query(max_length=_TEXT)]
_AWAY: dict[int | str, dict[str, Any]] = {303: {"description": "To the provider, or back to a page."}}


@routes.get("/oidc/start", status_code=303, response_class=RedirectResponse, **anonymous(), responses=_AWAY)
async def start_at_provider(
    desk: TheDesk, request: Request, to: Annotated[Target, Query(description="The page where it ends: a path of this server.")] = "/"
) -> Response:
    """Go to the provider to sign in there."""
    try:
        await check_address(desk, request)
        url, pending = await _provider(desk).begin(back=desk.url + CALLBACK, to=to)
        pending = replace(
            pending, session=await session_before(desk, request)
        )  # from the provider it is not sent along (`SameSite=Strict`)
    except HeadwayError as error:
        return _to_page(desk, request, error)
    return _redirect(url, pending_cookie(desk, request, pending))


@routes.get("/oidc/callback", status_code=303, response_class=RedirectResponse, **anonymous(), responses=_AWAY)
async def end_at_provider(
    desk: TheDesk, request: Request, code: Said = None, state: Said = None, error: Said = None, error_description: Said = None,
    iss: Said = None,
) -> Response:  # fmt: skip
    """Back from the provider: a session is opened for whoever it says it is, and the browser sent to the page where it was to end."""
    try:
        provider = _provider(desk)
        await check_address(desk, request)
        pending = read_pending(desk, request)
        if pending is None or state is None or not hmac.compare_digest(pending.state.encode(), state.encode("utf-8", "replace")):
            raise SignInExpired
        if error is not None or code is None:
            raise ProviderRefused(reason=_plain(error_description or error or "it has sent no code"))
        cookies = await _end(desk, request, provider, pending, code, iss)
    except HeadwayError as problem:
        return _to_page(desk, request, problem)
    return _redirect(desk.url + pending.to, *cookies, pending_cookie(desk, request, None))


@routes.post("/account/identities", status_code=201, **by_owner(), responses=WAY_OUT)
async def begin_identity(desk: TheDesk, owner: TheOwner, request: Request, wish: IdentityInput | None = None) -> Response:
    """Bind an identity at the provider to one's account, to sign in by it from then on: where the browser is to go for that."""
    await desk.store.read(lambda snapshot: check_proof(snapshot, owner))
    to = wish.to if wish is not None else "/"
    url, pending = await _provider(desk).begin(back=desk.url + CALLBACK, to=to, account=owner.id)
    return answer(WayOut(url=url), 201, Set_Cookie=pending_cookie(desk, request, pending))


@routes.delete("/account/identities/{identity}", status_code=204, **by_owner())
async def delete_own_identity(desk: TheDesk, owner: TheOwner, identity: IdentityId) -> Response:
    """Take an identity off one's account. All other sign-ins end. Refused (`last_way_in`) where no way would be left to sign in. Where
    `HEADWAY_OIDC_ADMIT` lets in whoever has the account's verified e-mail, the next sign-in at the provider binds it again."""
    await desk.store.write(lambda tx: unbind(tx, owner, owner.id, identity, issuer=_issuer(desk)))
    return gone()


@routes.delete("/accounts/{account}/identities/{identity}", status_code=204, **needs(Permission.USER_ADMIN))
async def delete_identity(call: TheCall, account: AccountName, identity: IdentityId) -> Response:
    """Take an identity off an account. All its sign-ins end. Refused (`last_way_in`) where no way would be left to sign in: make a link
    (`POST …/password-links`) first. Disabling the account keeps out whoever has the identity at once."""
    desk = call.desk
    await desk.store.write(lambda tx: unbind(tx, call.principal, account, identity, issuer=_issuer(desk)))
    return gone()


async def _end(desk: Desk, request: Request, provider: Provider, pending: Pending, code: str, issuer: str | None) -> list[str]:
    """The cookies that come of it."""
    person = await provider.end(pending, back=desk.url + CALLBACK, code=code, issuer=issuer)
    account = pending.account
    if account is not None:
        await desk.store.write(lambda tx: bind(tx, person, account, occasion_of(request)))
        return []
    browser, secret = make_browser(desk, request)
    session = await desk.store.write(lambda tx: sign_in_by_provider(tx, person, admits=provider.admits, browser=browser))
    before = pending.session
    if before is not None:
        await desk.store.write(lambda tx: end_replaced(tx, before, browser.occasion))
    return [session_cookie(desk, request, session, secret)]


def _provider(desk: Desk) -> Provider:
    if desk.provider is None:
        raise NoProvider
    return desk.provider


def _issuer(desk: Desk) -> str | None:
    return None if desk.provider is None else desk.provider.issuer


def _redirect(url: str, *cookies: str) -> Response:
    response = RedirectResponse(url, 303)
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response


def _to_page(desk: Desk, request: Request, error: HeadwayError) -> Response:
    """Raises the error for who wants no page."""
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    return _redirect(f"{desk.url}/sign-in?problem={error.code}", pending_cookie(desk, request, None))


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:200]
