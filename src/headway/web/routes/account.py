"""One's own account: for whoever is signed in to it at a browser."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from headway.access.passwords import names_of
from headway.acts.accounts import account_of, change_own
from headway.acts.devices import devices_of, end_device_of
from headway.acts.passwords import change_password, has_factor
from headway.acts.second_factors import factor_of
from headway.acts.sign_in import end_sign_in, sign_ins_of
from headway.store.contract import Snapshot, Transaction
from headway.web.account_inputs import DeviceId, OwnAccountInput, PasswordInput, SessionId
from headway.web.account_outputs import (
    ACCOUNT,
    ACCOUNT_CHANGED,
    DEVICES,
    SIGN_INS,
    AccountDetail,
    AccountGiven,
    detail,
    given,
    show_device,
    sign_in,
)
from headway.web.auth import TheOwner, by_owner, make_routes
from headway.web.bodies import answer, list_answer
from headway.web.desk import TheDesk
from headway.web.signing_in import gone, try_here

routes = make_routes("accounts")


@routes.get("/account", **by_owner(is_for_enrolment=True), responses=ACCOUNT)
async def show_own_account(desk: TheDesk, owner: TheOwner) -> Response:
    """The account of whoever asks."""

    def read(snapshot: Snapshot) -> AccountDetail:
        account = account_of(snapshot, owner.id)
        return detail(account, snapshot.accounts.identities(owner.id), snapshot.now, factor_of(snapshot, owner.id))

    return answer(await desk.store.read(read))


@routes.patch("/account", **by_owner(), responses=ACCOUNT_CHANGED)
async def edit_own_account(desk: TheDesk, owner: TheOwner, wish: OwnAccountInput) -> Response:
    """Change how one is called, and how pages look: language, theme and time zone, in every browser in which one signs in."""
    fields: dict[str, Any] = {name: getattr(wish, name) for name in wish.model_fields_set}

    def act(tx: Transaction) -> AccountGiven:
        return given(change_own(tx, owner, fields), tx.now, has_second_factor=has_factor(tx, owner.id))

    return answer(await desk.store.write(act))


@routes.post("/account/password", status_code=204, **by_owner())
async def change_own_password(desk: TheDesk, owner: TheOwner, request: Request, wish: PasswordInput) -> Response:
    """Change one's password; the old one is asked for, and wrong ones count as they do when signing in. All other sign-ins end."""
    account = await desk.store.read(lambda snapshot: account_of(snapshot, owner.id))
    await desk.new_passwords.check(wish.new, names_of(account.name, account.display_name, account.email))
    tried, is_right, _ = await try_here(desk, request, owner.id, wish.old)
    password_hash = await desk.passwords.hash(wish.new) if is_right else ""
    await desk.store.write(lambda tx: change_password(tx, owner, tried, is_right=is_right, password_hash=password_hash))
    return gone()


@routes.get("/account/sign-ins", **by_owner(), responses=SIGN_INS)
async def list_own_sign_ins(desk: TheDesk, owner: TheOwner) -> Response:
    """Where one is signed in: when, from which address, in which browser, and when it was seen last."""
    found = await desk.store.read(lambda snapshot: sign_ins_of(snapshot, owner.id))
    return list_answer([sign_in(session, owner.session_id) for session in found])


@routes.delete("/account/sign-ins/{session}", status_code=204, **by_owner())
async def delete_own_sign_in(desk: TheDesk, owner: TheOwner, session: SessionId) -> Response:
    """Sign out elsewhere: within 5 s its tokens are good no more, and its live connections closed."""
    await desk.store.write(lambda tx: end_sign_in(tx, owner.id, session, owner))
    return gone()


@routes.get("/account/devices", **by_owner(), responses=DEVICES)
async def list_own_devices(desk: TheDesk, owner: TheOwner) -> Response:
    """The programs that one has signed in, with what each says of itself, and when it was last heard of."""
    found = await desk.store.read(lambda snapshot: devices_of(snapshot, owner.id))
    return list_answer([show_device(device) for device in found])


@routes.delete("/account/devices/{device}", status_code=204, **by_owner())
async def delete_own_device(desk: TheDesk, owner: TheOwner, device: DeviceId) -> Response:
    """Sign a program out: within 5 s its tokens are good no more, and its live connections closed."""
    await desk.store.write(lambda tx: end_device_of(tx, owner.id, device, owner))
    return gone()
