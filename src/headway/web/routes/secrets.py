"""Secrets that runs are given: which there are, set, delete, encrypt again. No route answers with a value."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from starlette.responses import Response

from headway.access.vault import Vault
from headway.acts.secrets import SecretSeen, delete_secret, list_secrets, rotate_secrets, set_secret
from headway.model.errors import Unavailable
from headway.model.events import NAME_LIMIT
from headway.model.permissions import Permission
from headway.model.secret import SECRET_NAME
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import Call, TheCall
from headway.web.inputs import RotationInput, SecretInput
from headway.web.outputs import many, one

routes = make_routes("secrets")

_SECRET: dict[str, Any] = {
    "name": "OPENAI_KEY", "project": None, "version": 3, "set_at": "2026-11-22T09:30:00.125Z", "set_by": "admin", "is_current": True,
}  # fmt: skip
SECRETS = many("Secret", SecretSeen, _SECRET, "Secrets, by name.")
SECRET = one(200, SecretSeen, _SECRET, "The secret, without its value.")
ROTATED = one(200, dict[str, int], {"count": 4}, "How many were encrypted again.")
SecretName = Annotated[
    str,
    Path(
        max_length=64, description="Name of the secret.", examples=["OPENAI_KEY"],
        json_schema_extra={"pattern": f"^{SECRET_NAME.pattern}$"},
    ),
]  # fmt: skip


class NoSecretsKey(Unavailable):
    """This server has no key for secrets; see HEADWAY_SECRETS_KEY."""


@routes.get("/secrets", **needs(Permission.SECRET_READ), responses=SECRETS)
async def list_all(call: TheCall) -> Response:
    """Names, versions, who set them and when: of the projects in which the caller may use secrets, and of all projects together."""
    vault = _vault(call)
    return list_answer(await call.store.read(lambda snapshot: list_secrets(snapshot, call.principal, vault)))


@routes.put("/secrets/{secret}", **needs(Permission.SECRET_EDIT), responses=SECRET)
async def put_secret(call: TheCall, secret: SecretName, wish: SecretInput) -> Response:
    """Set a secret: a new version, and the older one is forgotten. Runs that have been given that one keep it until they end."""
    vault = _vault(call)
    return answer(
        await call.store.write(lambda tx: set_secret(tx, call.principal, vault, name=secret, value=wish.value, project=wish.project))
    )


@routes.delete("/secrets/{secret}", status_code=204, **needs(Permission.SECRET_EDIT))
async def remove_secret(
    call: TheCall,
    secret: SecretName,
    project: Annotated[str | None, Query(max_length=NAME_LIMIT, description="Of this project; without, that of all projects.")] = None,
) -> Response:
    """Delete a secret. Tasks that ask for it cannot be started from now on."""
    await call.store.write(lambda tx: delete_secret(tx, call.principal, name=secret, project=project))
    return Response(status_code=204)


@routes.post("/secrets/rotations", **needs(Permission.SECRET_EDIT), responses=ROTATED)
async def rotate(call: TheCall, _wish: RotationInput | None = None) -> Response:
    """Encrypt again, with the newest key and by the algorithm that is chosen, what is encrypted otherwise; the older ones can be taken from
    the settings then."""
    vault = _vault(call)
    return answer({"count": await call.store.write(lambda tx: rotate_secrets(tx, call.principal, vault))})


def _vault(call: Call) -> Vault:
    if call.desk.vault is None:
        raise NoSecretsKey
    return call.desk.vault
