"""Second factors, and proving once more who one is."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from headway.access import totp
from headway.acts.second_factors import begin_factor, prove, renew_recovery_codes, set_factor, take_factor_off
from headway.model.permissions import Permission
from headway.web.account_inputs import AccountName
from headway.web.auth import TheOwner, by_owner, make_routes, needs
from headway.web.bodies import answer
from headway.web.desk import TheCall, TheDesk
from headway.web.qr import draw_qr
from headway.web.second_factor_outputs import (
    FACTOR_BEGUN,
    FACTOR_SET,
    RECOVERY_CODES,
    FactorBegun,
    FactorCodeInput,
    ProofInput,
    RecoveryCodes,
)
from headway.web.signing_in import gone, note_failure, try_here

routes = make_routes("accounts")


@routes.post("/account/second-factor", status_code=201, **by_owner(is_for_enrolment=True), responses=FACTOR_BEGUN)
async def begin_second_factor(desk: TheDesk, owner: TheOwner) -> Response:
    """Begin to set up an authenticator app: a secret for it. Codes are not asked for before one has come (`PUT`); begun again, the secret
    is another. For accounts with a password: who signs in by a provider has a second factor there."""
    secret = totp.make_secret()
    await desk.store.write(lambda tx: begin_factor(tx, owner, desk.factor_keys, secret))
    address = totp.address_for_app(secret, account=owner.id, installation=urlsplit(desk.url).hostname or "")
    return answer(FactorBegun(address=address, secret=secret, picture=draw_qr(address)), 201)


@routes.put("/account/second-factor", **by_owner(is_for_enrolment=True), responses=FACTOR_SET)
async def set_second_factor(desk: TheDesk, owner: TheOwner, wish: FactorCodeInput) -> Response:
    """Put it in force, with a code of the app. All other sign-ins end. The answer has ten recovery codes, which are not shown again."""
    codes = totp.make_recovery_codes()
    await desk.store.write(lambda tx: set_factor(tx, owner, desk.factor_keys, wish.code, codes))
    return answer(RecoveryCodes(recovery_codes=codes))


@routes.delete("/account/second-factor", status_code=204, **by_owner())
async def delete_own_second_factor(desk: TheDesk, owner: TheOwner) -> Response:
    """Take it off: the password alone signs in from then on. All other sign-ins end."""
    await desk.store.write(lambda tx: take_factor_off(tx, owner, owner.id))
    return gone()


@routes.post("/account/recovery-codes", status_code=201, **by_owner(), responses=RECOVERY_CODES)
async def create_recovery_codes(desk: TheDesk, owner: TheOwner) -> Response:
    """Ten new recovery codes; those of before are good no more."""
    codes = totp.make_recovery_codes()
    await desk.store.write(lambda tx: renew_recovery_codes(tx, owner, desk.factor_keys, codes))
    return answer(RecoveryCodes(recovery_codes=codes), 201)


@routes.post("/account/proof", status_code=204, **by_owner(is_for_enrolment=True))
async def prove_oneself(desk: TheDesk, owner: TheOwner, request: Request, wish: ProofInput) -> Response:
    """Show once more who one is, for what asks for it (`proof_required`) in the next 15 minutes. What is wrong counts as it does when
    signing in."""
    tried, is_right, _ = await try_here(desk, request, owner.id, wish.password)
    refused = await desk.store.write(lambda tx: prove(tx, owner, desk.factor_keys, tried, is_right=is_right, code=wish.code))
    if refused is not None:
        if is_right and wish.code is not None:
            note_failure(desk, request, owner.id, "code")
        raise refused
    return gone()


@routes.delete("/accounts/{account}/second-factor", status_code=204, **needs(Permission.USER_ADMIN))
async def delete_second_factor(call: TheCall, account: AccountName) -> Response:
    """Take the second factor off somebody who has lost it, once you are sure who asks: their password alone signs in from then on. All
    their sign-ins end. Of one's own account only from a browser, with a proof."""
    await call.store.write(lambda tx: take_factor_off(tx, call.principal, account))
    return gone()
