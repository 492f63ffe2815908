"""Any attempt may write, however stale."""

from headway.acts import record
from headway.store.contract import Head


def _let_everyone_write(head: Head, fence: int) -> None:
    """What `check_fence` would be without its check."""


record.check_fence = _let_everyone_write
