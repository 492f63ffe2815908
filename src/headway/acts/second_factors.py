"""A second factor: set one up, sign in with it, and take it off again.

It is asked for where somebody signs in by password: who comes from a provider has shown there what the provider asks for. Codes are counted
as passwords are, under the same lock, and a count is set back only when all that is asked for was right: whoever knows the password has no
more tries at codes than others have at passwords.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headway.access import totp
from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.access.seal import Seal, Seals, find_sealed
from headway.access.vault import Vault
from headway.acts.accounts import account_of
from headway.acts.audit import audit
from headway.acts.passwords import Tried, authorise_for, check_lock, count_try
from headway.acts.proof import check_proof, check_proof_for
from headway.acts.sign_in import Browser, end_sign_ins, open_account
from headway.model.account import Account
from headway.model.audit import NO_OCCASION, Action, Occasion
from headway.model.errors import Forbidden, HeadwayError, SignInExpired, SignInRefused, Unavailable
from headway.model.permissions import Permission
from headway.model.second_factor import (
    FactorCodeRefused,
    FactorCodeWanted,
    FactorElsewhere,
    FactorNotFound,
    FactorSet,
    ProofElsewhere,
    SecondFactor,
)
from headway.model.session import Session, Way
from headway.store.contract import Snapshot, Transaction


@dataclass(frozen=True, slots=True)
class FactorKeys:
    """What secrets of apps are encrypted with, and recovery codes sealed."""

    vault: Vault | None
    sealing: Seal
    """Of recovery codes."""

    def seal(self, secret: str, account: str, begun_at: datetime) -> SecondFactor:
        """Raises `Unavailable` without a key."""
        key_id, sealed = self._vault().seal(secret, project=None, name=_place(account), version=_version(begun_at))
        return SecondFactor(account=account, key_id=key_id, sealed=sealed, begun_at=begun_at)

    def open(self, factor: SecondFactor) -> str:
        """Raises `SecretUnreadable`, `Unavailable`."""
        place = _place(factor.account)
        return self._vault().open(factor.sealed, key=factor.key_id, project=None, name=place, version=_version(factor.begun_at))

    def of_recovery(self, account: str, code: str) -> str:
        """The seal of a new code. Bound to its account: a code of one says nothing of those of another."""
        return self.sealing.of(_recovery(account, code))

    def each_of_recovery(self, account: str, code: str) -> Seals:
        """All under which it may be kept."""
        return self.sealing.each(_recovery(account, code))

    def _vault(self) -> Vault:
        if self.vault is None:
            raise Unavailable("This server has no key for secrets; see HEADWAY_SECRETS_KEY.")
        return self.vault


def _recovery(account: str, code: str) -> str:
    return f"recovery {code} {account}"


def _place(account: str) -> str:
    """No name of a secret has a space."""
    return f"second factor of {account}"


def _version(begun_at: datetime) -> int:
    """Milliseconds since 1970: what was sealed for one is not taken for another that was begun at another time."""
    return round(begun_at.timestamp() * 1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSeen:
    """What is shown of a second factor."""

    set_at: datetime
    recovery_codes_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What came of a code."""

    account: str
    session: Session | None
    """None: the code was wrong, which was counted."""
    recovery_codes_left: int | None = None
    """After one was used; None: a code of the app was."""


def factor_of(snapshot: Snapshot | Transaction, account: str) -> FactorSeen | None:
    """The one that is in force."""
    factor = snapshot.second_factors.get(account)
    if factor is None or factor.set_at is None:
        return None
    return FactorSeen(set_at=factor.set_at, recovery_codes_left=snapshot.second_factors.recovery_count(account))


def must_enrol(snapshot: Snapshot, session: Session) -> bool:
    """Where a second factor is required: whether the owner of this session has to set one up before anything else. Not who came from a
    provider, and not who has no password."""
    if session.account is None or session.way is Way.PROVIDER:
        return False
    account = snapshot.accounts.get(session.account)
    return account is not None and account.password_hash is not None and not snapshot.second_factors.in_force([account.name])


def begin_factor(tx: Transaction, by: Principal, keys: FactorKeys, secret: str) -> None:
    """Keep the secret of an app; it is not asked for before `set_factor`. Raises `FactorSet`, `FactorElsewhere`, `ProofRequired`."""
    check_proof(tx, by)
    account = _own(tx, by)
    if account.password_hash is None:
        raise FactorElsewhere
    before = tx.second_factors.get(account.name)
    if before is not None and before.set_at is not None:
        raise FactorSet
    tx.second_factors.put(keys.seal(secret, account.name, tx.now))


def set_factor(tx: Transaction, by: Principal, keys: FactorKeys, code: str, recovery_codes: Sequence[str]) -> None:
    """Put in force the one that was begun: its owner shows by a code that the app has it. Who is in by the password alone is out.

    Raises `FactorNotFound`, `FactorSet`, `FactorCodeRefused`, `ProofRequired`.
    """
    check_proof(tx, by)
    account = _own(tx, by)
    factor = tx.second_factors.get(account.name)
    if factor is None:
        raise FactorNotFound
    if factor.set_at is not None:
        raise FactorSet
    given = totp.read_code(code)
    step = None if given is None else totp.find_step(keys.open(factor), given, tx.now)
    if step is None:
        raise FactorCodeRefused
    tx.second_factors.put(replace(factor, set_at=tx.now, last_step=step))
    _keep_codes(tx, keys, account.name, recovery_codes)
    audit(tx, by, Action.SECOND_FACTOR_SET, target=account.name)
    end_sign_ins(tx, account.name, by, keep=by.session_id)


def renew_recovery_codes(tx: Transaction, by: Principal, keys: FactorKeys, recovery_codes: Sequence[str]) -> None:
    """In place of those that there are. Raises `FactorNotFound`, `ProofRequired`."""
    check_proof(tx, by)
    account = _own(tx, by)
    if factor_of(tx, account.name) is None:
        raise FactorNotFound
    _keep_codes(tx, keys, account.name, recovery_codes)
    audit(tx, by, Action.RECOVERY_CODES_MADE, target=account.name)


def take_factor_off(tx: Transaction, by: Principal, account: str) -> None:
    """One's own, or that of somebody who has lost it. What else is signed in to the account ends.

    Raises `Forbidden`, also for one that may do what `by` may not, `AccountNotFound`, `FactorNotFound`; `ProofRequired` of one's own.
    """
    if account != by.account:
        authorise(by, Permission.USER_ADMIN, None)
    check_proof_for(tx, by, account)
    account_of(tx, account)
    if account != by.account:
        authorise_for(tx, by, account)
    if not tx.second_factors.forget(account):
        raise FactorNotFound
    audit(tx, by, Action.SECOND_FACTOR_TAKEN_OFF, target=account)
    end_sign_ins(tx, account, by, keep=by.session_id)


def sign_in_by_code(tx: Transaction, keys: FactorKeys, voucher_hashes: Seals, code: str, browser: Browser) -> Entered:
    """Open a session for whoever has brought the right password before, and now a code. Raises `SignInExpired`, `SignInLocked`."""
    voucher = find_sealed(tx.vouchers.find, voucher_hashes)
    account = None if voucher is None or voucher.expires_at <= tx.now else tx.accounts.get(voucher.account)
    if voucher is None or account is None or not account.is_active:
        raise SignInExpired
    check_lock(tx, account)
    way = _way_of(tx, keys, account.name, code, browser.occasion)
    if way is None:
        count_try(tx, account, browser.occasion)
        return Entered(account=account.name, session=None)
    if not tx.vouchers.take(voucher.voucher_hash):
        raise SignInExpired
    tx.accounts.change(account.name, failed_count=0, locked_until=None)
    session = open_account(tx, account.name, browser, way)
    left = tx.second_factors.recovery_count(account.name) if way is Way.RECOVERY_CODE else None
    return Entered(account=account.name, session=session, recovery_codes_left=left)


def prove(tx: Transaction, by: Principal, keys: FactorKeys, tried: Tried, *, is_right: bool, code: str | None) -> HeadwayError | None:
    """Note that whoever asks has shown once more who they are, by the password, and by a code where one is asked for. What is wrong is said
    and not raised, because it counts.

    Raises `ProofElsewhere`; `Forbidden` for a program, which has no session that could know of it.
    """
    account = _own(tx, by)
    if account.password_hash is None:
        raise ProofElsewhere
    if by.session_id is None or tx.sessions.get(by.session_id) is None:
        raise Forbidden("This is for the owner of an account, signed in at a browser.", permission="account")
    if not is_right or tried.account != account.name or tried.password_hash != account.password_hash:
        return SignInRefused()
    if tx.second_factors.in_force([account.name]):
        if code is None:
            tx.accounts.forgive(account.name)
            return FactorCodeWanted(field="code")
        if _way_of(tx, keys, account.name, code, by.occasion) is None:
            return FactorCodeRefused()
    tx.accounts.change(account.name, failed_count=0, locked_until=None)
    tx.sessions.prove(by.session_id, tx.now)
    audit(tx, by, Action.PROOF_GIVEN, target=account.name)
    return None


def _way_of(tx: Transaction, keys: FactorKeys, account: str, code: str, occasion: Occasion = NO_OCCASION) -> Way | None:
    """By what the code lets in, which is then used; None: it does not."""
    factor = tx.second_factors.get(account)
    if factor is None or factor.set_at is None:
        return None
    given = totp.read_code(code)
    if given is not None:
        step = totp.find_step(keys.open(factor), given, tx.now)
        return Way.PASSWORD_AND_CODE if step is not None and tx.second_factors.take_step(account, step) else None
    recovery = totp.read_recovery_code(code)
    if recovery is None or not any(
        tx.second_factors.take_recovery_code(account, seal) for seal in keys.each_of_recovery(account, recovery)
    ):
        return None
    left = tx.second_factors.recovery_count(account)
    audit(tx, Principal(id=account, occasion=occasion), Action.RECOVERY_CODE_USED, target=account, after={"left_count": left})
    return Way.RECOVERY_CODE


def reseal_factors(tx: Transaction, vault: Vault) -> int:
    """As `rotate_secrets`. How many. Raises `SecretUnreadable`."""
    old = [each for each in tx.second_factors.list() if not vault.is_current(each.sealed, key=each.key_id)]
    for each in old:
        value = vault.open(each.sealed, key=each.key_id, project=None, name=_place(each.account), version=_version(each.begun_at))
        key_id, sealed = vault.seal(value, project=None, name=_place(each.account), version=_version(each.begun_at))
        tx.second_factors.put(replace(each, key_id=key_id, sealed=sealed))
    return len(old)


def _own(tx: Transaction, by: Principal) -> Account:
    assert by.account is not None
    return account_of(tx, by.account)


def _keep_codes(tx: Transaction, keys: FactorKeys, account: str, codes: Sequence[str]) -> None:
    plain = [found for code in codes if (found := totp.read_recovery_code(code))]
    tx.second_factors.set_recovery_codes(account, [keys.of_recovery(account, code) for code in plain])
