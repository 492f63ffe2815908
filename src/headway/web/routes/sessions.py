"""Signing in at a browser: a link that is good once, the session that it opens, and the short tokens that the session gets."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from headway.access.authorise import holds_anywhere, may
from headway.access.principal import Principal
from headway.acts.second_factors import must_enrol
from headway.acts.sign_in import SEEN_EVERY, end_replaced, end_session, see_session
from headway.model.permissions import Permission
from headway.model.second_factor import Voucher
from headway.model.session import TOKEN_LIFE, Session
from headway.store.contract import Snapshot
from headway.web.account_inputs import PasswordSignInInput, SessionInput
from headway.web.account_outputs import SIGN_IN_WAYS, ProviderNamed, SignInWays
from headway.web.auth import anonymous, by_session, make_routes, needs
from headway.web.bodies import answer
from headway.web.cookies import sent_seals, session_before, set_cookie
from headway.web.desk import Desk, TheCall, TheDesk
from headway.web.inputs import SignInLinkInput
from headway.web.links import make_link
from headway.web.outputs import SESSION, SESSION_CREATED, SIGN_IN_LINK, TOKEN_CREATED
from headway.web.refusals import occasion_of
from headway.web.second_factor_outputs import CODE_AWAITED, VoucherInput, code_awaited
from headway.web.signing_in import by_code, by_password, by_second_factor, session_cookie

routes = make_routes("sessions")


async def _session(request: Request) -> Session:
    return request.scope["headway.session"]


TheSession = Annotated[Session, Depends(_session)]


@routes.post("/sign-in-links", status_code=201, **needs(Permission.SESSION_CREATE), responses=SIGN_IN_LINK)
async def create_link(call: TheCall, wish: SignInLinkInput | None = None) -> Response:
    """A link that signs in whoever follows it first, within ten minutes, as the caller."""
    return answer(await make_link(call.desk, call.principal, wish.to if wish else None), 201)


@routes.post("/sessions", status_code=201, **anonymous(is_for_pages=True), responses=SESSION_CREATED | CODE_AWAITED)
async def create_session(desk: TheDesk, request: Request, wish: SessionInput) -> Response:
    """Exchange the code of a sign-in link for a session; its secret comes as a cookie that no script can read. A link that is for setting
    a password wants one with it, and says so (`password_wanted`); it goes past no second factor."""
    return await _signed_in(desk, request, *await by_code(desk, request, wish.code, wish.password))


@routes.post("/sessions/by-password", status_code=201, **anonymous(is_for_pages=True), responses=SESSION_CREATED | CODE_AWAITED)
async def create_session_by_password(desk: TheDesk, request: Request, wish: PasswordSignInInput) -> Response:
    """Sign in by name and password. Ten wrong ones in a row lock the name for a quarter of an hour, whoever's it is; what is wrong is not
    said. Where the account has a second factor, a right one is answered by a voucher and no session: `POST /api/v1/sessions/by-code`."""
    return await _signed_in(desk, request, *await by_password(desk, request, wish.name, wish.password))


@routes.post("/sessions/by-code", status_code=201, **anonymous(is_for_pages=True), responses=SESSION_CREATED)
async def create_session_by_code(desk: TheDesk, request: Request, wish: VoucherInput) -> Response:
    """The second step: a code of the account's authenticator app, or a recovery code, with the voucher that came for the password. A wrong
    code counts as a wrong password does; the voucher is good until a right one comes, for five minutes."""
    session, secret, left = await by_second_factor(desk, request, wish.voucher, wish.code)
    return await _signed_in(desk, request, session, secret, recovery_codes_left=left)


@routes.get("/sign-in-ways", **anonymous(), responses=SIGN_IN_WAYS)
async def show_sign_in_ways(desk: TheDesk) -> Response:
    """How people sign in here: what a page has to ask for."""
    has_accounts = await desk.store.read(lambda snapshot: bool(snapshot.accounts.list(limit=1)))
    provider = None if desk.provider is None else ProviderNamed(name=desk.provider.name)
    return answer(SignInWays(has_password=has_accounts, provider=provider))


@routes.post("/session/tokens", status_code=201, **by_session(), responses=TOKEN_CREATED)
async def create_token(desk: TheDesk, request: Request, session: TheSession) -> Response:
    """A token for the next ten minutes, to be kept in memory only, and sent as `Authorization: Bearer`."""

    def look(snapshot: Snapshot) -> tuple[bool, timedelta, bool]:
        is_enrolling = desk.is_factor_required and must_enrol(snapshot, session)
        return snapshot.now - session.seen_at >= SEEN_EVERY, session.expires_at - snapshot.now, is_enrolling

    is_due, left, is_enrolling = await desk.store.read(look)
    if is_due:
        seals = sent_seals(desk, request)
        await desk.store.write(lambda tx: see_session(tx, seals))
    lifetime = max(timedelta(seconds=1), min(TOKEN_LIFE, left))
    token = desk.tokens.issue(
        session.subject, role=session.role, scopes=session.scopes, lifetime=lifetime, session=session.id, account=session.account,
        is_enrolling=is_enrolling,
    )  # fmt: skip
    principal = await _principal(desk, session, is_enrolling=is_enrolling)
    return answer({"token": token, "expires_in": int(lifetime.total_seconds()), "principal": principal}, 201)


@routes.get("/session", **by_session(), responses=SESSION)
async def show_session(desk: TheDesk, session: TheSession) -> Response:
    """Who is signed in here, since when, and until when."""
    times = {"created_at": session.created_at, "seen_at": session.seen_at, "expires_at": session.expires_at}
    return answer({"id": session.id, "principal": await _principal(desk, session), **times})


@routes.delete("/session", status_code=204, **by_session())
async def delete_session(desk: TheDesk, request: Request, session: TheSession) -> Response:
    """Sign out: the session ends at once, and with it its tokens and live connections; the cookie is taken back."""
    await desk.store.write(lambda tx: end_session(tx, session.id, by=session.subject, occasion=occasion_of(request)))
    return Response(status_code=204, headers={"Set-Cookie": set_cookie(desk, request, "", 0)})


async def _signed_in(
    desk: Desk, request: Request, session: Session | Voucher, secret: str, *, recovery_codes_left: int | None = None
) -> Response:
    if isinstance(session, Voucher):
        return answer(code_awaited(session, secret), 202)
    cookie = session_cookie(desk, request, session, secret)
    before = await session_before(desk, request)
    if before is not None:
        await desk.store.write(lambda tx: end_replaced(tx, before, occasion_of(request)))
    said = {"principal": await _principal(desk, session), "expires_at": session.expires_at, "recovery_codes_left": recovery_codes_left}
    return answer(said, 201, Set_Cookie=cookie)


async def _principal(desk: Desk, session: Session, *, is_enrolling: bool | None = None) -> dict[str, Any]:
    """Raises `Unauthorised` for an account that has been disabled."""
    if is_enrolling is None:
        is_enrolling = desk.is_factor_required and await desk.store.read(lambda snapshot: must_enrol(snapshot, session))
    principal = await desk.directory.resolve(
        Principal(id=session.subject, role=session.role, scopes=session.scopes, account=session.account)
    )
    return {
        "id": session.subject,
        "role": session.role,
        "scopes": session.scopes,
        "permissions": [permission.value for permission in Permission if not is_enrolling and may(principal, permission, None)],
        "permissions_somewhere": [
            permission.value for permission in Permission if not is_enrolling and holds_anywhere(principal, permission)
        ],
        "is_enrolling": is_enrolling,
    }
