"""Set, list, delete and re-encrypt secrets, and give a run those that its task has asked for. Values are nowhere but in the vault's hands
and in the process of the run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headway.access.authorise import authorise, holds_anywhere, projects_where
from headway.access.principal import Principal
from headway.access.vault import Vault
from headway.acts.audit import audit
from headway.acts.claim import Claim
from headway.acts.second_factors import reseal_factors
from headway.model.audit import Action
from headway.model.errors import Forbidden, Invalid, SecretNotFound, SecretUnreadable, TooManySecrets
from headway.model.permissions import Permission
from headway.model.secret import LONGEST_SECRET, SECRET_NAME, SECRETS_LIMIT, SHORTEST_SECRET, Secret
from headway.store.contract import Snapshot, Transaction

_log = logging.getLogger("headway.secrets")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSeen:
    """What is shown of a secret: never its value, and nothing from which it could be guessed."""

    name: str
    project: str | None
    version: int
    set_at: datetime
    set_by: str
    is_current: bool
    """Whether it is encrypted with the newest key, by the cipher that encrypts now."""


def set_secret(tx: Transaction, by: Principal, vault: Vault, *, name: str, value: str, project: str | None = None) -> SecretSeen:
    """Keep a value under a name; an older one is forgotten. Raises `Forbidden`, `Invalid`, `TooManySecrets`."""
    authorise(by, Permission.SECRET_EDIT, project)
    if not SECRET_NAME.fullmatch(name):
        raise Invalid("name: write 1 to 64 letters, digits and underscores, with no digit in front.", field="name")
    if not SHORTEST_SECRET <= len(value) <= LONGEST_SECRET or len(value.strip()) < SHORTEST_SECRET:
        # Not the value: what is refused is perhaps a good one, mistyped.
        raise Invalid(f"value: must have {SHORTEST_SECRET} to {LONGEST_SECRET} characters, spaces around it not counted.", field="value")
    if "\0" in value:
        raise Invalid("value: must not hold the character NUL.", field="value")
    before = tx.secrets.get(name, project)
    if before is None and tx.secrets.count() >= SECRETS_LIMIT:
        raise TooManySecrets(limit=SECRETS_LIMIT)
    version = 1 if before is None else before.version + 1
    key, sealed = vault.seal(value, project=project, name=name, version=version)
    kept = Secret(name=name, project=project, version=version, key_id=key, sealed=sealed, set_at=tx.now, set_by=by.id)
    tx.secrets.put(kept)
    said = {"version": version}
    audit(tx, by, Action.SECRET_SET, project=project, target=name, before={"version": before.version} if before else None, after=said)
    return _seen(kept, vault)


def delete_secret(tx: Transaction, by: Principal, *, name: str, project: str | None = None) -> None:
    """Runs that are started from now on find it no more. Raises `Forbidden`, `SecretNotFound`."""
    authorise(by, Permission.SECRET_EDIT, project)
    before = tx.secrets.get(name, project)
    if before is None or not tx.secrets.delete(name, project):
        raise SecretNotFound(name=name)
    audit(tx, by, Action.SECRET_DELETED, project=project, target=name, before={"version": before.version})


def list_secrets(snapshot: Snapshot, by: Principal, vault: Vault) -> list[SecretSeen]:
    """Those of the projects in which the principal may use them, and those of all projects. Raises `Forbidden`."""
    if not holds_anywhere(by, Permission.SECRET_READ):
        raise Forbidden(permission=str(Permission.SECRET_READ))
    return [_seen(each, vault) for each in snapshot.secrets.list(projects_where(by, Permission.SECRET_READ))]


def rotate_secrets(tx: Transaction, by: Principal, vault: Vault) -> int:
    """Encrypt with the newest key, by the cipher that encrypts now, what is encrypted with another or by another; second factors too. How
    many. Raises `Forbidden`, or `SecretUnreadable`: all or none."""
    authorise(by, Permission.SECRET_EDIT, None)
    old = [each for each in tx.secrets.list(None) if not vault.is_current(each.sealed, key=each.key_id)]
    for each in old:
        value = vault.open(each.sealed, key=each.key_id, project=each.project, name=each.name, version=each.version)
        key, sealed = vault.seal(value, project=each.project, name=each.name, version=each.version)
        tx.secrets.put(replace(each, key_id=key, sealed=sealed))
    count = len(old) + reseal_factors(tx, vault)
    audit(tx, by, Action.SECRETS_ROTATED, after={"count": count, "key_id": vault.newest, "algorithm": vault.maker})
    return count


def with_secrets(snapshot: Snapshot, vault: Vault | None, claims: Sequence[Claim]) -> list[Claim]:
    """Claims with the values that their tasks have asked for. What is not there any more, or cannot be opened here, is left out, and said:
    the run finds out when it asks for it."""
    return [replace(each, secrets=_opened(snapshot, vault, each)) if each.run.options.secrets else each for each in claims]


def _opened(snapshot: Snapshot, vault: Vault | None, claim: Claim) -> dict[str, str]:
    found: dict[str, str] = {}
    run = claim.run
    if vault is None:
        _log.error("Run %s asks for secrets, and this process has no key for them; see HEADWAY_SECRETS_KEY.", run.id)
        return found
    for name, secret in snapshot.secrets.for_project(run.project, run.options.secrets).items():
        try:
            found[name] = vault.open(secret.sealed, key=secret.key_id, project=secret.project, name=name, version=secret.version)
        except SecretUnreadable as error:
            _log.error("Run %s is not given a secret: %s", run.id, error)
    return found


def _seen(secret: Secret, vault: Vault) -> SecretSeen:
    return SecretSeen(
        name=secret.name, project=secret.project, version=secret.version, set_at=secret.set_at, set_by=secret.set_by,
        is_current=vault.is_current(secret.sealed, key=secret.key_id),
    )  # fmt: skip
