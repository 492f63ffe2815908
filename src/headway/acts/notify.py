"""Tell people something: all who may look, or one of them; and take it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from headway.access.authorise import authorise
from headway.access.principal import Principal
from headway.acts.audit import audit
from headway.model.audit import Action
from headway.model.errors import NoticeNotFound, TooManyNotices
from headway.model.ids import new_id
from headway.model.notice import Notice, NoticeLevel, notice_to_json
from headway.model.permissions import Permission
from headway.store.contract import Snapshot, Transaction
from headway.store.news import Noticed
from headway.store.notices import Notices, lock_notices, put_notices, read_notices

NOTICES_LIMIT = 50
"""That are valid at once."""


def notify(
    tx: Transaction, by: Principal, *, title: str, level: NoticeLevel = NoticeLevel.INFO, user: str | None = None, lifetime: timedelta
) -> Notice:
    """Give a notice to everybody, or to `user`, for `lifetime`. Raises `Forbidden`, `TooManyNotices`."""
    authorise(by, Permission.NOTICE_SEND, None)
    kept = lock_notices(tx.meta)
    items = [each for each in kept.items if each.expires_at > tx.now]
    if sum(not each.is_withdrawn for each in items) >= NOTICES_LIMIT:
        raise TooManyNotices(limit=NOTICES_LIMIT)
    notice = Notice(
        id=new_id(), seq=kept.top + 1, title=title, level=level, user=user, created_by=by.id, created_at=tx.now,
        expires_at=tx.now + lifetime,
    )  # fmt: skip
    _put(tx, notice, items)
    said = {"title": title, "level": level.value, "user": user, "expires_at": notice.expires_at}
    audit(tx, by, Action.NOTICE_SENT, target=notice.id, after=said)
    return notice


def withdraw(tx: Transaction, by: Principal, notice: str) -> None:
    """Take a notice back: whoever sees it is told. Raises `Forbidden`, `NoticeNotFound`."""
    authorise(by, Permission.NOTICE_SEND, None)
    kept = lock_notices(tx.meta)
    found = next((each for each in kept.items if each.id == notice and not each.is_withdrawn and each.expires_at > tx.now), None)
    if found is None:
        raise NoticeNotFound
    gone = replace(found, seq=kept.top + 1, is_withdrawn=True)
    _put(tx, gone, [each for each in kept.items if each is not found and each.expires_at > tx.now])
    audit(tx, by, Action.NOTICE_WITHDRAWN, target=notice, before={"title": found.title})


def valid_notices(snapshot: Snapshot, by: Principal) -> list[Notice]:
    """All that are valid now, the newest first, whoever they are for. Raises `Forbidden`."""
    authorise(by, Permission.NOTICE_SEND, None)
    items = read_notices(snapshot.meta).items
    return [each for each in reversed(items) if each.expires_at > snapshot.now and not each.is_withdrawn]


def _put(tx: Transaction, newest: Notice, others: Sequence[Notice]) -> None:
    # Of those that were taken back only so many are remembered: whoever was away for longer than that keeps one on the page.
    gone = [each for each in others if each.is_withdrawn][-NOTICES_LIMIT:]
    items = sorted([*(each for each in others if not each.is_withdrawn), *gone, newest], key=lambda each: each.seq)
    put_notices(tx.meta, Notices(top=newest.seq, items=items))
    tx.announce(Noticed(notice=notice_to_json(newest)))
