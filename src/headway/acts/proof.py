"""Prove once more who one is, before what one gets in by becomes another: whoever sits down at a browser that somebody has left, or has
got hold of a token, has the session and nothing else."""

from __future__ import annotations

from datetime import timedelta

from headway.access.principal import Principal
from headway.model.second_factor import ProofRequired
from headway.store.contract import Snapshot, Transaction

PROOF_LIFE = timedelta(minutes=15)
"""How long ago the owner of a session may have shown who they are for what asks for it. As long as one page of settings takes, and less
than a coffee."""


def check_proof(tx: Snapshot | Transaction, by: Principal) -> None:
    """Raise `ProofRequired` unless whoever asks has signed in, or proved who they are, within `PROOF_LIFE`, in the very session with which
    they come. Programs have no session, and never have proved anything."""
    session = None if by.session_id is None else tx.sessions.get(by.session_id)
    if session is None or session.proved_at is None or tx.now - session.proved_at > PROOF_LIFE:
        raise ProofRequired


def check_proof_for(tx: Transaction, by: Principal, account: str) -> None:
    """The same where it is their own account, also by the routes for accounts of others, and with an API key of theirs."""
    if account in {by.account, by.key_account}:
        check_proof(tx, by)
