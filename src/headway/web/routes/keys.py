"""API keys: what programs show instead of a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from headway.access.api_keys import SpeltKey, make_key
from headway.acts import api_keys as acts
from headway.acts.api_keys import MakeApiKey
from headway.model.api_key import ApiKey
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.credential_inputs import ApiKeyInput, ApiKeyRotationInput
from headway.web.credential_outputs import API_KEY, API_KEY_CREATED, API_KEYS, show_api_key
from headway.web.desk import TheCall

routes = make_routes("tokens")

KeyName = Annotated[str, Path(max_length=NAME_LIMIT, examples=["019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"])]


@routes.get("/keys", **needs(Permission.TOKEN_CREATE), responses=API_KEYS)
async def list_api_keys(
    call: TheCall, is_all: Annotated[bool, Query(strict=False)] = False, after: Annotated[str | None, Query(max_length=NAME_LIMIT)] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Response:  # fmt: skip
    """One's own API keys, the newest first; everybody's with `is_all`, which needs `token:revoke`. Never their secrets. `next_cursor` is
    the `after` of the next page."""
    found = await call.store.read(
        lambda snapshot: acts.list_api_keys(snapshot, call.principal, is_all=is_all, after=after, limit=limit + 1)
    )
    more = found[limit - 1].id if len(found) > limit else None
    return list_answer([show_api_key(key) for key in found[:limit]], more)


@routes.post("/keys", status_code=201, **needs(Permission.TOKEN_CREATE), responses=API_KEY_CREATED)
async def create_api_key(call: TheCall, wish: ApiKeyInput) -> Response:
    """An API key: it may what its scopes name, of what its owner may at the moment of asking. The answer is the only place where the key
    itself is ever shown."""
    spelt = make_key()
    made = MakeApiKey(
        name=wish.name, scopes=tuple(wish.scopes), lifetime=timedelta(days=wish.days), prefix=spelt.prefix,
        secret_hash=call.desk.seal.of(spelt.secret),
    )  # fmt: skip
    return _shown_once(spelt, await call.store.write(lambda tx: acts.make_api_key(tx, made, call.principal)))


@routes.post("/keys/{key}/rotation", status_code=201, **needs(Permission.TOKEN_CREATE), responses=API_KEY_CREATED)
async def rotate_api_key(call: TheCall, key: KeyName, wish: ApiKeyRotationInput | None = None) -> Response:
    """A new secret for the key; the old one stays good for `grace_seconds`, a day if nothing is said. A key that has `token:create` among
    its scopes may rotate itself."""
    wish = wish or ApiKeyRotationInput()
    fresh = make_key()
    seal = call.desk.seal.of(fresh.secret)
    lifetime = None if wish.days is None else timedelta(days=wish.days)
    grace = timedelta(seconds=wish.grace_seconds)
    rotated = await call.store.write(
        lambda tx: acts.rotate_api_key(tx, key, call.principal, secret_hash=seal, grace=grace, lifetime=lifetime)
    )
    return _shown_once(SpeltKey(prefix=rotated.prefix, secret=fresh.secret), rotated)


@routes.delete("/keys/{key}", **needs(Permission.TOKEN_CREATE), responses=API_KEY)
async def revoke_api_key(call: TheCall, key: KeyName) -> Response:
    """End the key: no server takes it any more, and what it opened is closed, within 5 s. One's own; anybody's with `token:revoke`."""
    return answer(show_api_key(await call.store.write(lambda tx: acts.revoke_api_key(tx, key, call.principal))))


def _shown_once(spelt: SpeltKey, key: ApiKey) -> Response:
    return answer({"key": spelt.text, "id": key.id, "prefix": key.prefix, "name": key.name, "expires_at": key.expires_at}, 201)
