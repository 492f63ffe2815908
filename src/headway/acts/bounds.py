"""How long what somebody makes may last: no longer than the right to make it."""

from __future__ import annotations

from datetime import datetime

from headway.access.principal import Principal
from headway.store.contract import Transaction


def end_of(tx: Transaction, by: Principal) -> datetime | None:
    """When the credential that `by` came with ends: of a session or device when that does, not its token of ten minutes. None: it belongs
    to an account, whose rights are asked for anew each time, or has no end."""
    if by.account is not None:
        return None
    if by.session_id is not None:
        opened = tx.sessions.get(by.session_id) or tx.devices.get(by.session_id)
        if opened is not None:
            return opened.expires_at
    return by.expires_at
