"""What an administrator tells people: all of them, or one, for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from headway.model.clock import iso, parse_iso

TITLE_LIMIT = 500
"""Characters of a notice: what a person reads in passing."""
USER_LIMIT = 200
"""Characters of the name of a person."""


class NoticeLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    id: str
    seq: int
    """Its place among all notices of the store; taken back, it gets a new one."""
    title: str
    """One paragraph of plain text, at most 500 characters."""
    level: NoticeLevel
    user: str | None
    """Whom it is for; null: everybody."""
    created_by: str
    created_at: datetime
    expires_at: datetime
    """From then on it is shown to nobody."""
    is_withdrawn: bool = False
    """It was taken back before its time."""

    def is_for(self, user: str) -> bool:
        return self.user is None or self.user == user


def notice_to_json(notice: Notice) -> dict[str, Any]:
    """As it is stored and announced."""
    times = {"created_at": iso(notice.created_at.timestamp()), "expires_at": iso(notice.expires_at.timestamp())}
    return {
        "id": notice.id, "seq": notice.seq, "title": notice.title, "level": notice.level.value, "user": notice.user,
        "created_by": notice.created_by, "is_withdrawn": notice.is_withdrawn, **times,
    }  # fmt: skip


def notice_from_json(plain: Mapping[str, Any]) -> Notice:
    """The inverse of `notice_to_json`. Raises ValueError, KeyError or TypeError for anything else."""
    fields = dict(plain)
    level = NoticeLevel(fields.pop("level"))
    created_at, expires_at = parse_iso(fields.pop("created_at")), parse_iso(fields.pop("expires_at"))
    return Notice(**fields, level=level, created_at=created_at, expires_at=expires_at)
