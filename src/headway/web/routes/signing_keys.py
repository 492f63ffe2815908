"""The keys with which tokens are signed."""

from __future__ import annotations

from starlette.responses import Response

from headway.acts.signing import known_signing_keys, rotate_keys
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.credential_inputs import RotateKeysInput
from headway.web.credential_outputs import KEYS_ROTATED, SIGNING_KEYS
from headway.web.desk import TheCall

routes = make_routes("tokens")


@routes.get("/signing-keys", **needs(Permission.TOKEN_REVOKE), responses=SIGNING_KEYS)
async def list_signing_keys(call: TheCall) -> Response:
    """Names and times of the keys that sign and verify tokens, the oldest first; empty: nobody has rotated yet. The keys themselves are
    shown to nobody, and kept nowhere."""
    return list_answer(await call.store.read(lambda snapshot: known_signing_keys(snapshot, call.principal)))


@routes.post("/signing-keys", status_code=201, **needs(Permission.TOKEN_REVOKE), responses=KEYS_ROTATED)
async def rotate_signing_keys(call: TheCall, wish: RotateKeysInput | None = None) -> Response:
    """A new key signs, from 15 s from now, when every server knows it; tokens that the older ones have signed stay good until they end.
    With `is_ending_old` they are good no more within 5 s, and the new key signs at once."""
    is_ending_old = wish is not None and wish.is_ending_old
    return answer(await call.store.write(lambda tx: rotate_keys(tx, call.principal, is_ending_old=is_ending_old)), 201)
