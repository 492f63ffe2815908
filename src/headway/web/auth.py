"""Who may call a route: every route says what it needs, and one that says nothing cannot be made.

The token is read, and the permission asked, before a byte of the body is read and on the route that matched, never on
the path as text.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from headway.access.authorise import holds_anywhere
from headway.access.principal import Principal
from headway.acts.audit import nobody
from headway.acts.grants import givers_of
from headway.model.audit import Action
from headway.model.errors import (
    Forbidden,
    HeadwayError,
    IdTokenInvalid,
    Invalid,
    NotAdmitted,
    OriginRefused,
    ProviderRefused,
    RateLimited,
    SignInCodeInvalid,
    SignInExpired,
    SignInRefused,
    TicketInvalid,
    Unauthorised,
)
from headway.model.permissions import Permission
from headway.web.arguments import Plan
from headway.web.bodies import JSON_LIMIT, StrictRequest
from headway.web.cookies import check_origin, read_session
from headway.web.desk import Call, Desk
from headway.web.kept_reads import KEPT
from headway.web.outputs import PROBLEM
from headway.web.problems import UnsupportedMediaType, status_of
from headway.web.refusals import Refusal, occasion_of

PREFIX = "/api/v1"
PERMISSION = "x-permission"
ANONYMOUS = "anonymous"
SESSION = "session"
OWNER = "account"
_LIMIT = "x-body-limit"
_BATCH = "x-batch"
_PAGES = "x-for-pages"
_PACED = "x-is-paced"
_TICKET = "x-takes-ticket"
_ENROLMENT = "x-is-for-enrolment"
TICKET = "ticket"
"""The name in the query under which a ticket comes."""
MISTAKES = frozenset({400, 401, 403, 404, 405, 408, 413, 415, 422})


def needs(
    permission: Permission, *, body_limit: int = JSON_LIMIT, is_batch: bool = False, body: Any = None, takes_ticket: bool = False
) -> dict[str, Any]:
    """Arguments of a route: the permission that its caller must hold, how large its body may be, for a body that is no JSON its
    description for OpenAPI, and whether a ticket in the address does where there is no token."""
    extra: dict[str, Any] = {PERMISSION: str(permission), "security": [{"token": []}]}
    if body_limit != JSON_LIMIT:
        extra[_LIMIT] = body_limit
    if is_batch:
        extra[_BATCH] = True
    if body is not None:
        extra["requestBody"] = body
    if takes_ticket:
        extra[_TICKET] = True
        extra["security"] = [{"token": []}, {"ticket": []}]
    return {"openapi_extra": extra}


def anonymous(*, is_for_pages: bool = False, is_paced: bool = False) -> dict[str, Any]:
    """Arguments of a route that everyone may call; `is_for_pages`: only from a page of this server, because it sets a cookie;
    `is_paced`: whoever makes many mistakes must wait, because a secret could be guessed."""
    extra: dict[str, Any] = {PERMISSION: ANONYMOUS}
    return {"openapi_extra": extra | {name: True for name, is_set in ((_PAGES, is_for_pages), (_PACED, is_paced)) if is_set}}


def by_session() -> dict[str, Any]:
    """Arguments of a route that a page of this server calls with the cookie of a session. No other route takes the cookie."""
    return {"openapi_extra": {PERMISSION: SESSION, _PAGES: True, "security": [{"session": []}]}}


def by_owner(*, is_for_enrolment: bool = False) -> dict[str, Any]:
    """Arguments of a route that is about the caller's own account: with a token of a session of it, and with no other (an API key does
    not change the account that it belongs to). `is_for_enrolment`: also while they have to set up a second factor before anything else."""
    extra: dict[str, Any] = {PERMISSION: OWNER, "security": [{"token": []}]}
    return {"openapi_extra": extra | ({_ENROLMENT: True} if is_for_enrolment else {})}


async def _owner(request: Request) -> Principal:
    return request.scope["headway.owner"]


TheOwner = Annotated[Principal, Depends(_owner)]


def make_routes(tag: str) -> APIRouter:
    """An empty router under ``/api/v1``, to be filled by a file of `web/routes`."""
    return APIRouter(route_class=GuardedRoute, prefix=PREFIX, tags=[tag], responses=PROBLEM, generate_unique_id_function=operation_of)


def operation_of(route: APIRoute) -> str:
    """`list_runs` as `listRuns`: the name that generated clients give to the call."""
    first, *others = route.name.split("_")
    return first + "".join(word.capitalize() for word in others)


Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """A route that answers only to those who hold what it needs."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = _bare(self._handle)

    def get_route_handler(self) -> Handle:
        inner = Plan(self).answer
        extra = self.openapi_extra or {}
        need: str | None = extra.get(PERMISSION)
        if need is None:
            raise TypeError(f"{self.path} does not say what permission it needs")
        permission = None if need in {ANONYMOUS, SESSION, OWNER} else Permission(need)
        is_for_pages: bool = extra.get(_PAGES, False)
        is_paced: bool = extra.get(_PACED, False)
        limit: int = extra.get(_LIMIT, JSON_LIMIT)
        is_batch: bool = extra.get(_BATCH, False)
        takes_ticket: bool = extra.get(_TICKET, False)
        is_for_enrolment: bool = extra.get(_ENROLMENT, False)
        is_read = self.methods == {"GET"}
        keeping = KEPT.get(self.path.removeprefix(PREFIX)) if is_read else None
        is_change = permission is not None and not is_read and not need.endswith(":read")

        async def handle(request: Request) -> Response:
            desk: Desk = request.app.state.desk
            caller = request.client.host if request.client else "?"
            occasion = occasion_of(request)
            principal = nobody(occasion)
            try:
                _check_request(request)
                if is_for_pages or is_paced:
                    desk.patience.check(caller)
                if is_for_pages:
                    check_origin(desk, request)
                if need == SESSION:
                    request.scope["headway.session"] = await read_session(desk, request)
                if need == OWNER:
                    desk.patience.check(caller)
                    found = await desk.directory.resolve(await _principal(desk, request, is_for_enrolment=is_for_enrolment))
                    principal = request.scope["headway.owner"] = _account_owner(found.on(occasion))
                if permission is not None:
                    desk.patience.check(caller)
                    found = await desk.directory.resolve(await _principal(desk, request, takes_ticket=takes_ticket))
                    principal = found.on(occasion)
                    caller = principal.token_id or principal.id
                    desk.patience.check(caller)
                    call = request.scope["headway.call"] = Call(desk=desk, principal=principal, permission=permission)
                    if not holds_anywhere(principal, permission):
                        raise Forbidden(permission=need)
                    strict = StrictRequest(request.scope, request.receive, limit=limit, is_batch=is_batch)
                    if desk.reads is not None and keeping is not None:
                        return await desk.reads.answer(keeping, request, principal, call.seen, lambda: inner(strict))
                    response = await inner(strict)
                    if desk.reads is not None and is_change:
                        await desk.reads.changed(principal)
                    return response
                return await inner(StrictRequest(request.scope, request.receive, limit=limit, is_batch=is_batch))
            except Forbidden as error:
                desk.patience.note(caller)
                _note(desk, request, principal, error)
                await _hide(request)
                await _say_who_can_give(request, error)
                raise
            except HeadwayError as error:
                if status_of(type(error)) in MISTAKES:
                    desk.patience.note(caller)
                _note(desk, request, principal, error)
                raise

        self._handle = handle  # FastAPI asks for it while it makes the route
        return handle


def _bare(handle: Handle) -> ASGIApp:
    """FastAPI's own opens stacks for what the functions of a route may leave open: those of a plan leave nothing."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handle(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


def _check_request(request: Request) -> None:
    if b"%00" in request.scope.get("raw_path", b"") or b"%00" in request.scope["query_string"]:
        raise Invalid("The address must not hold the character NUL.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType(wanted="plain bytes")


async def _principal(desk: Desk, request: Request, *, takes_ticket: bool = False, is_for_enrolment: bool = False) -> Principal:
    given = request.headers.getlist("authorization")
    if takes_ticket and not given:
        tickets = request.query_params.getlist(TICKET)
        if len(tickets) == 1:
            principal = desk.tickets.take(tickets[0])
            if desk.tokens.is_revoked(principal.token_id) or desk.tokens.is_revoked(principal.signed_with):
                raise TicketInvalid
            return principal
    if len(given) != 1:
        raise Unauthorised
    scheme, _, token = given[0].partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorised
    return await desk.read_token(token, is_for_enrolment=is_for_enrolment)


def _account_owner(principal: Principal) -> Principal:
    if principal.account is None or principal.session_id is None:
        raise Forbidden("This is for the owner of an account, signed in at a browser.", permission=OWNER)
    return principal


def _note(desk: Desk, request: Request, by: Principal, error: HeadwayError) -> None:
    """For the audit log, if it is a refusal that says something of the caller: a call without any token says nothing."""
    given = "authorization" in request.headers or TICKET in request.query_params or "cookie" in request.headers
    match error:
        case Forbidden() | OriginRefused():
            action = Action.CALL_REFUSED
        case SignInRefused():
            return  # noted where it is known whose password it was (`web/signing_in.py`)
        case SignInCodeInvalid() | SignInExpired() | ProviderRefused() | IdTokenInvalid() | NotAdmitted():
            action = Action.SIGN_IN_FAILED
        case Unauthorised() if given:
            action = Action.TOKEN_REFUSED
        case RateLimited():
            action = Action.CALLER_SLOWED
        case _:
            return
    path = request.scope["path"][:200]
    said = {"code": error.code, "permission": error.fields.get("permission"), "method": request.method}
    desk.refusals.note(Refusal(by=by, action=action, target=path, after={key: value for key, value in said.items() if value}))


async def _hide(request: Request) -> None:
    """Turn `Forbidden` into `RunNotFound` for a run of which the caller may not know."""
    call: Call | None = request.scope.get("headway.call")
    run: str | None = request.path_params.get("run")
    if call is not None and run is not None:
        raise call.refusal(await call.store.read(lambda snapshot: snapshot.runs.get(run)), run)


async def _say_who_can_give(request: Request, error: Forbidden) -> None:
    """Tell people with an account, in `can_be_given_by`, whom they may ask. Others are told no names."""
    call: Call | None = request.scope.get("headway.call")
    permission = error.fields.get("permission")
    if call is None or call.principal.account is None or permission is None:
        return
    asked, project = Permission(permission), error.fields.get("project")
    error.fields["can_be_given_by"] = await call.store.read(lambda snapshot: givers_of(snapshot, asked, project))
