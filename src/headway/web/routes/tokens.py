"""Tokens that end before their time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from headway.acts.revoke import newest_revocations, revoke_token
from headway.model.errors import Invalid, Unauthorised
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import Desk, TheCall
from headway.web.inputs import RevocationInput
from headway.web.live_outputs import REVOCATION_CREATED, REVOCATIONS

routes = make_routes("sessions")


@routes.get("/revocations", **needs(Permission.TOKEN_REVOKE), responses=REVOCATIONS)
async def list_revocations(call: TheCall, limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> Response:
    """Tokens and sessions that have ended before their time, the newest first, until their last token would have ended by itself."""
    return list_answer(await call.store.read(lambda snapshot: newest_revocations(snapshot, call.principal, limit=limit)))


@routes.post("/revocations", status_code=201, **needs(Permission.TOKEN_REVOKE), responses=REVOCATION_CREATED)
async def create_revocation(call: TheCall, wish: RevocationInput) -> Response:
    """End a token before its time: no server takes it any more, and what it opened is closed, within 5 s. Say the token itself, or its
    id (`jti`)."""
    token, ends_at = await _named(call.desk, wish)
    return answer(await call.store.write(lambda tx: revoke_token(tx, token, call.principal, ends_at=ends_at)), 201)


async def _named(desk: Desk, wish: RevocationInput) -> tuple[str, datetime | None]:
    """The token's id, and when it would end by itself, where that is known."""
    if wish.token is None and wish.id is not None:
        return wish.id, None
    if wish.token is None or wish.id is not None:
        raise Invalid("token, id: give one of them.", field="token")
    try:
        principal = await desk.read_token(wish.token, is_for_enrolment=True)
    except Unauthorised:
        raise Invalid("token: is no token of this installation, or it has ended already.", field="token") from None
    assert principal.token_id is not None
    return principal.token_id, principal.expires_at
