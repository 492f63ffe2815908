"""Sign in a program with a one-time code, renew its tokens, and sign it out when one of its refresh tokens turns up twice.

A refresh token is good once (RFC 9700 section 4.14.2). Who brings an old one is either a thief, or the owner from whom a thief took it:
there is no telling which, so all tokens of the device end. One case is no theft: the answer with the new token was lost, and the program
asks again. So the last one may come again within 10 s, and buys the same refresh token as before, not one more: of two who share a token
one is found out at their next renewal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headway.access.principal import Principal
from headway.access.seal import Seals, find_sealed
from headway.acts.audit import audit
from headway.acts.proof import check_proof_for
from headway.acts.revoke import revoke
from headway.model.audit import NO_OCCASION, Action, AuditOutcome, Occasion
from headway.model.device import DEVICE_LIFE, REPEAT_WITHIN, Device
from headway.model.errors import DeviceEnded, DeviceNotFound, SignInCodeInvalid
from headway.model.ids import new_id
from headway.model.session import TOKEN_LIFE
from headway.store.contract import Snapshot, Transaction

DEVICES_EACH = 200
"""Of one subject. Who signs in once more ends the device that was not heard of for the longest time."""
NAME_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    device: Device
    is_reused: bool = False
    """The token was used before: the device is signed out."""


def open_device(tx: Transaction, *, code_hashes: Seals, name: str, occasion: Occasion = NO_OCCASION) -> Device:
    """Take the code of one of these seals, which is then gone. Raises `SignInCodeInvalid` for one that is unknown, used or too old."""
    code = find_sealed(tx.sessions.redeem, code_hashes)
    if code is None or code.expires_at <= tx.now:
        raise SignInCodeInvalid
    expires_at = tx.now + DEVICE_LIFE
    if code.session_expires_at is not None:
        expires_at = min(expires_at, code.session_expires_at)
    if expires_at <= tx.now:
        raise SignInCodeInvalid
    device = Device(
        id=new_id(),
        subject=code.subject,
        role=code.role,
        scopes=code.scopes,
        account=code.account,
        name=name[:NAME_LIMIT],
        created_at=tx.now,
        renewed_at=tx.now,
        expires_at=expires_at,
    )
    for forgotten in tx.devices.prune(tx.now, subject=code.subject, kept=DEVICES_EACH - 1):
        revoke(tx, forgotten, code.subject, ends_at=tx.now + TOKEN_LIFE)
    tx.devices.add(device)
    who = Principal(id=device.subject, session_id=device.id, occasion=occasion)
    audit(tx, who, Action.SIGNED_IN, target=device.id, after={"by": "device", "role": device.role, "name": device.name})
    return device


def renew_device(tx: Transaction, device: str, number: int, occasion: Occasion = NO_OCCASION) -> Renewed:
    """What the refresh token of this number buys: the device with the next number. That a token was used before is said, not raised:
    an act that raises changes nothing, and the device must end. Raises `DeviceEnded`."""
    found = tx.devices.get(device)
    if found is None or found.expires_at <= tx.now:
        raise DeviceEnded
    if number == found.number:
        tx.devices.renew(device, number + 1, tx.now)
        return Renewed(device=replace(found, number=number + 1, renewed_at=tx.now))
    if number == found.number - 1 and tx.now - found.renewed_at <= REPEAT_WITHIN:
        return Renewed(device=found)
    end_device(tx, found, by=found.subject)
    who = Principal(id=found.subject, session_id=device, occasion=occasion)
    audit(tx, who, Action.SESSION_ENDED, target=device, after={"why": "a refresh token was used again"}, outcome=AuditOutcome.REFUSED)
    return Renewed(device=found, is_reused=True)


def devices_of(snapshot: Snapshot, account: str) -> Sequence[Device]:
    """The programs that are signed in to the account, the one that was heard of last first."""
    return [device for device in snapshot.devices.of_account(account) if device.expires_at > snapshot.now]


def end_device_of(tx: Transaction, account: str, device: str, by: Principal) -> None:
    """Sign one of an account out. Raises `DeviceNotFound`, also for one of another account; `ProofRequired` but for the one that asks."""
    found = tx.devices.get(device)
    if found is None or found.account != account:
        raise DeviceNotFound
    if device != by.session_id:
        check_proof_for(tx, by, account)
    end_device(tx, found, by=by.id)
    audit(tx, by, Action.SESSION_ENDED, target=device, before={"account": account, "name": found.name})


def end_device(tx: Transaction, device: Device, *, by: str) -> None:
    """Sign it out: its tokens are good no more, and what they opened is closed."""
    tx.devices.end(device.id)
    revoke(tx, device.id, by, ends_at=device.expires_at)
