"""Tokens for programs that a person signs in: a short one, and one that buys the next."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Request
from starlette.responses import Response

from headway.acts.devices import open_device, renew_device
from headway.model.device import Device
from headway.model.errors import RefreshTokenReused
from headway.model.session import TOKEN_LIFE
from headway.web.auth import anonymous, make_routes
from headway.web.bodies import answer
from headway.web.credential_inputs import RefreshInput, TokenInput
from headway.web.credential_outputs import TOKENS_CREATED, show_tokens
from headway.web.desk import Desk, TheDesk
from headway.web.refusals import occasion_of

routes = make_routes("tokens")


@routes.post("/tokens", status_code=201, **anonymous(is_paced=True), responses=TOKENS_CREATED)
async def create_tokens(desk: TheDesk, request: Request, wish: TokenInput) -> Response:
    """Exchange the code of a sign-in link for a token of ten minutes and a refresh token of thirty days: for a program that is no
    browser, and is to go on after its person has left."""
    seals, occasion = desk.seal.each(wish.code), occasion_of(request)
    return _tokens(desk, await desk.store.write(lambda tx: open_device(tx, code_hashes=seals, name=wish.name, occasion=occasion)))


@routes.post("/tokens/refresh", status_code=201, **anonymous(is_paced=True), responses=TOKENS_CREATED)
async def refresh_tokens(desk: TheDesk, request: Request, wish: RefreshInput) -> Response:
    """The next token, and the next refresh token: the one that was sent is good no more. One that comes a second time signs the device
    out, with all its tokens; but for ten seconds, in which the answer may have been lost, it buys the same again."""
    device, number = desk.tokens.read_refresh(wish.refresh_token)
    renewed = await desk.store.write(lambda tx: renew_device(tx, device, number, occasion_of(request)))
    if renewed.is_reused:
        raise RefreshTokenReused
    return _tokens(desk, renewed.device)


def _tokens(desk: Desk, device: Device) -> Response:
    lifetime = max(timedelta(seconds=1), min(TOKEN_LIFE, device.expires_at - desk.tokens.clock.now()))
    token = desk.tokens.issue(
        device.subject, role=device.role, scopes=device.scopes, lifetime=lifetime, session=device.id, account=device.account
    )
    refresh = desk.tokens.issue_refresh(device.id, device.number, device.expires_at)
    return answer(show_tokens(token, int(lifetime.total_seconds()), refresh, device), 201)
