"""Accounts of others: for those who look after them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from headway.access.passwords import names_of
from headway.acts import accounts
from headway.acts.giving import give_or_ask
from headway.acts.passwords import has_factor, offer_password_link
from headway.acts.second_factors import factor_of
from headway.acts.sign_in import end_sign_in, sign_ins_of
from headway.model.account import Account
from headway.model.approval import Approval
from headway.model.permissions import Permission
from headway.model.session import Session
from headway.store.contract import Snapshot, Transaction
from headway.web.account_inputs import AccountEditInput, AccountInput, AccountName, After, Searched, SessionId, read_after
from headway.web.account_outputs import (
    ACCOUNT,
    ACCOUNT_CHANGED,
    ACCOUNT_CREATED,
    ACCOUNTS,
    PASSWORD_LINK,
    SIGN_INS,
    AccountDetail,
    AccountGiven,
    detail,
    given,
    made,
    sign_in,
)
from headway.web.approval_outputs import given as approval_given
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import TheCall
from headway.web.links import SignInLink, link_to
from headway.web.signing_in import gone

routes = make_routes("accounts")

PAGE_LIMIT = 200


@routes.get("/accounts", **needs(Permission.USER_ADMIN), responses=ACCOUNTS)
async def list_accounts(
    call: TheCall, q: Searched = None, limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 50, cursor: After = None
) -> Response:
    """Accounts by name, those that are disabled included."""
    after = read_after(cursor)

    def read(snapshot: Snapshot) -> tuple[list[AccountGiven], bool, int | None]:
        found = accounts.list_accounts(snapshot, call.principal, text=q, after=after, limit=limit + 1)
        total = None if q else snapshot.accounts.count()
        factors = snapshot.second_factors.in_force([each.name for each in found])
        items = [given(each, snapshot.now, has_second_factor=each.name in factors) for each in found[:limit]]
        return items, len(found) > limit, total

    items, has_more, total = await call.store.read(read)
    return list_answer(items, items[-1].name if has_more else None, total)


@routes.post("/accounts", status_code=201, **needs(Permission.USER_ADMIN), responses=ACCOUNT_CREATED)
async def create_account(call: TheCall, wish: AccountInput) -> Response:
    """Make an account, and give it a role; where that role makes administrators of a protected project, the account is made, and others are
    asked for its role (`approval`). Its owner signs in by the password that is given, or sets one by `link`: once, within three
    days."""
    desk, by = call.desk, call.principal
    password_hash = None
    if wish.password is not None:
        await desk.new_passwords.check(wish.password, names_of(wish.name, wish.display_name or "", wish.email))
        password_hash = await desk.passwords.hash(wish.password)
    code = desk.seal.make()

    def act(tx: Transaction) -> tuple[Account, SignInLink | None, Approval | None]:
        account = accounts.add_account(
            tx, by, name=wish.name, display_name=wish.display_name or wish.name, email=wish.email, password_hash=password_hash
        )  # fmt: skip
        asked = None
        if wish.role is not None:
            found = give_or_ask(tx, by, account=account.name, group=None, role=wish.role, project=wish.project)
            asked = found if isinstance(found, Approval) else None
        if password_hash is not None:
            return account, None, asked
        offered = offer_password_link(tx, by, account.name, desk.seal.of(code))
        return account, link_to(desk, code, offered.expires_at), asked

    account, link, asked = await desk.store.write(act)
    return answer(made(account, link, None if asked is None else approval_given(asked, by)), 201)


@routes.get("/accounts/{account}", **needs(Permission.USER_ADMIN), responses=ACCOUNT)
async def show_account(call: TheCall, account: AccountName) -> Response:
    """An account, and who it is at providers."""

    def read(snapshot: Snapshot) -> AccountDetail:
        found = accounts.account_of(snapshot, account)
        return detail(found, snapshot.accounts.identities(account), snapshot.now, factor_of(snapshot, account))

    return answer(await call.store.read(read))


@routes.patch("/accounts/{account}", **needs(Permission.USER_ADMIN), responses=ACCOUNT_CHANGED)
async def edit_account(call: TheCall, account: AccountName, wish: AccountEditInput) -> Response:
    """Change an account, disable or enable it, or take back the lock that wrong passwords have put on it."""
    fields: dict[str, Any] = {name: getattr(wish, name) for name in wish.model_fields_set}

    def act(tx: Transaction) -> AccountGiven:
        changed = accounts.change_account(tx, call.principal, account, fields)
        return given(changed, tx.now, has_second_factor=has_factor(tx, account))

    return answer(await call.store.write(act))


@routes.post("/accounts/{account}/password-links", status_code=201, **needs(Permission.USER_ADMIN), responses=PASSWORD_LINK)
async def create_password_link(call: TheCall, account: AccountName) -> Response:
    """A link with which the account's owner sets a new password: once, within three days, and in place of the one before. Give it to them
    alone: whoever follows it has the account."""
    desk = call.desk
    code = desk.seal.make()
    offered = await desk.store.write(lambda tx: offer_password_link(tx, call.principal, account, desk.seal.of(code)))
    return answer(link_to(desk, code, offered.expires_at), 201)


@routes.get("/accounts/{account}/sign-ins", **needs(Permission.USER_ADMIN), responses=SIGN_INS)
async def list_sign_ins(call: TheCall, account: AccountName) -> Response:
    """Where the account is signed in: 200 at most."""

    def read(snapshot: Snapshot) -> list[Session]:
        accounts.account_of(snapshot, account)
        return list(sign_ins_of(snapshot, account))

    return list_answer([sign_in(session, call.principal.session_id) for session in await call.store.read(read)])


@routes.delete("/accounts/{account}/sign-ins/{session}", status_code=204, **needs(Permission.USER_ADMIN))
async def delete_sign_in(call: TheCall, account: AccountName, session: SessionId) -> Response:
    """End a sign-in: within 5 s its tokens are good no more, and its live connections closed."""
    await call.store.write(lambda tx: end_sign_in(tx, account, session, call.principal))
    return gone()
