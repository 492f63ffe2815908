"""What the audit log holds: what people decide about others and about the installation, and what they were refused.

The journal of a run says what happened to it; here stands who cancelled it, from where, and everything that belongs to no run. Each row
carries a hash of itself and of the row before it, so that none can be changed, taken away or put between (`model/audit_chain.py`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, cast

from headway.model.clock import iso

DETAIL_LIMIT = 16_384
"""Bytes of JSON that `before` and `after` may have, each."""
TEXT_LIMIT = 1_000
"""Characters of a text within them that are kept when all of it is too long."""
ITEMS_LIMIT = 100
MASK = "***"
_SECRET = re.compile(r"passw|passphrase|secret|(^|_)token$|(_|^)hash$|credential|(api|private)_?key$|authorization|cookie", re.IGNORECASE)


class Action(StrEnum):
    """All that is audited. Facts, noun first; a new act adds its word here, with what it says."""

    SIGNED_IN = "sign_in.done", "Somebody signed in: by link, by password, or by a provider."
    SIGN_IN_FAILED = "sign_in.failed", "A sign-in was refused."
    SIGN_IN_LOCKED = "sign_in.locked", "An account or an address was locked after too many wrong passwords."
    SIGN_IN_LINK_MADE = "sign_in_link.made", "A link that signs in whoever follows it first was made."
    SESSION_ENDED = "session.ended", "A session was ended: by its owner, or by somebody else."
    TOKEN_MADE = "token.made", "An API key or a token was made."
    TOKEN_ROTATED = "token.rotated", "An API key was given a new secret."
    TOKEN_REVOKED = "token.revoked", "A token was ended before its time."
    SIGNING_KEYS_ROTATED = "signing_keys.rotated", "Tokens are signed with a new key; perhaps those of the old ones were ended."
    ACCOUNT_MADE = "account.made", "An account was made."
    ACCOUNT_CHANGED = "account.changed", "An account was changed, disabled, or let in again."
    ACCOUNT_DELETED = "account.deleted", "An account was deleted."
    PASSWORD_CHANGED = "password.changed", "A password was set: by its owner, or by somebody else."
    SECOND_FACTOR_SET = "second_factor.set", "An authenticator app was set up: signing in by password asks for its codes."
    SECOND_FACTOR_TAKEN_OFF = "second_factor.taken_off", "A second factor was taken off: by its owner, or by somebody else."
    RECOVERY_CODES_MADE = "recovery_codes.made", "New recovery codes were made, in place of those of before."
    RECOVERY_CODE_USED = "recovery_code.used", "A recovery code was used in the place of an authenticator app."
    PROOF_GIVEN = "proof.given", "Somebody who was signed in proved once more who they are."
    IDENTITY_LINKED = "identity.linked", "An account was tied to an identity at a provider."
    IDENTITY_UNLINKED = "identity.unlinked", "An identity at a provider was taken from an account."
    GROUP_MADE = "group.made", "A group was made."
    GROUP_CHANGED = "group.changed", "Members or description of a group were changed."
    GROUP_DELETED = "group.deleted", "A group was deleted, with its grants."
    ROLE_MADE = "role.made", "A role was made."
    ROLE_CHANGED = "role.changed", "What a role may do was changed."
    ROLE_DELETED = "role.deleted", "A role was deleted."
    GRANT_GIVEN = "grant.given", "Somebody, or a group, was given a role."
    GRANT_TAKEN = "grant.taken", "A role was taken from somebody, or from a group."
    RUN_CANCELLED = "run.cancelled", "A run was cancelled, with its family."
    RUN_PAUSED = "run.paused", "A run was paused, with its family."
    RUN_RESUMED = "run.resumed", "A paused run was let go on."
    RUN_RETRIED = "run.retried", "A run was run again; `after` names the new one."
    RUN_EDITED = "run.edited", "Name, tags, metadata or priority of a run were changed."
    RUN_DELETED = "run.deleted", "A run was deleted, with its journal."
    RUN_LOG_DELETED = "run.log_deleted", "The log of a run was deleted; the run stays."
    RUN_SHARED = "run.shared", "A link to one run was made, or taken back."
    RUNS_CANCELLED = "runs.cancelled", "Many runs were cancelled at once."
    RUNS_PAUSED = "runs.paused", "Many runs were paused at once."
    RUNS_RESUMED = "runs.resumed", "Many runs were let go on at once."
    RUNS_RETRIED = "runs.retried", "Many runs were run again at once."
    RUNS_DELETED = "runs.deleted", "Many runs were deleted at once."
    APPROVAL_ASKED = "approval.asked", "An approval was asked for."
    APPROVAL_GIVEN = "approval.given", "Somebody approved."
    APPROVAL_REFUSED = "approval.refused", "Somebody refused."
    APPROVAL_EXPIRED = "approval.expired", "Nobody decided in time."
    APPROVAL_WITHDRAWN = "approval.withdrawn", "Who asked took it back."
    TASK_CHANGED = "task.changed", "What people decide about a task or project was changed, such as that it needs approval."
    SECRET_SET = "secret.set", "A secret was set; never its value."
    SECRET_DELETED = "secret.deleted", "A secret was deleted."
    SECRETS_ROTATED = "secrets.rotated", "Secrets were encrypted again: with the newest key, by the algorithm that is chosen."
    QUEUE_CHANGED = "queue.changed", "A queue was paused, limited, or let go on."
    QUOTA_CHANGED = "quota.changed", "The quota of a project was changed."
    WORKER_ASKED = "worker.asked", "A worker was asked to drain or to restart."
    NOTICE_SENT = "notice.sent", "People were told something."
    NOTICE_WITHDRAWN = "notice.withdrawn", "A notice was taken back."
    CONNECTION_ENDED = "connection.ended", "Live connections of others were ended."
    SETTING_CHANGED = "setting.changed", "A setting was changed."
    FILE_REFUSED = "file.refused", "A file was refused, because the scanner found something in it."
    CALL_REFUSED = "call.refused", "A call was refused for lack of a permission."
    TOKEN_REFUSED = "token.refused", "A call came with a token that is none, is too old, or was revoked."
    CALLER_SLOWED = "caller.slowed", "A caller made so many mistakes that its calls were refused for a while."
    AUDIT_EXPORTED = "audit.exported", "The audit log was exported."
    AUDIT_PRUNED = "audit.pruned", "Rows that are too old were pruned."
    AUDIT_BROKEN = "audit.broken", "Rows were found that Headway has not sealed, or rows it had sealed were gone."

    says: str

    def __new__(cls, value: str, says: str = "") -> Self:
        made = str.__new__(cls, value)
        made._value_ = value
        made.says = says
        return made


class AuditOutcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """The call in which somebody does something: from where, and which."""

    address: str | None = None
    """Of the caller, behind trusted proxies; None: no call (a command on the machine of the server, Headway itself)."""
    request_id: str | None = None
    transport: str = "none"
    """``rest``, ``live``, or ``none``."""


NO_OCCASION = Occasion()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One fact. Its number and hash come when it is sealed, a second later."""

    id: str
    at: datetime
    by: str
    """Id of the principal; empty: nobody is known."""
    token: str | None = None
    """Token or session with which they came."""
    action: str
    """A word of `Action`: text here, for what is read was perhaps changed by somebody else, and must be shown as it stands."""
    outcome: str = AuditOutcome.DONE.value
    project: str | None = None
    target: str | None = None
    """Id or name of what was acted on."""
    before: Any = None
    after: Any = None
    """JSON: what was, and what is now; secrets masked."""
    address: str | None = None
    request_id: str | None = None
    transport: str = "none"
    number: int | None = None
    """1, 2, 3 … without gaps; None: not sealed yet."""
    hash: str | None = None
    """64 hexadecimal digits, or with the name of its algorithm in front (`audit_chain.hash_row`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    by: str | None = None
    actions: frozenset[str] = frozenset()
    """Empty: all."""
    project: str | None = None
    projects: frozenset[str] | None = None
    """Those that the asker may see; None: all, and what belongs to none."""
    target: str | None = None
    outcome: AuditOutcome | None = None
    at_from: datetime | None = None
    at_to: datetime | None = None
    """Before this."""


def detail_of(value: object) -> Any:
    """What stands in `before` or `after`: plain JSON with secrets masked, of at most `DETAIL_LIMIT` bytes."""
    plain = masked(value)
    if len(_encode(plain)) <= DETAIL_LIMIT:
        return plain
    shorter = _shortened(plain)
    size = len(_encode(shorter))
    return shorter if size <= DETAIL_LIMIT else {"cut_bytes": len(_encode(plain))}


def difference(before: object, after: object) -> tuple[Any, Any]:
    """Two values of one dataclass, as the fields in which they differ; anything else as it is."""
    if before is None or after is None or type(before) is not type(after) or not is_dataclass(before) or isinstance(before, type):
        return detail_of(before), detail_of(after)
    names = [each.name for each in fields(before) if getattr(before, each.name) != getattr(after, each.name)]
    return detail_of({name: getattr(before, name) for name in names}), detail_of({name: getattr(after, name) for name in names})


def masked(value: object) -> Any:
    """The value as plain JSON; where the name of a field says that it is a secret, `***` instead."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, datetime):
        return iso(value.timestamp())
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {_clean(str(key)): MASK if _SECRET.search(str(key)) and each is not None else masked(each) for key, each in items}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [masked(each) for each in cast("Sequence[object]", value)]
    if isinstance(value, frozenset | set):
        return sorted((masked(each) for each in cast("frozenset[object]", value)), key=str)
    if is_dataclass(value) and not isinstance(value, type):
        return masked({each.name: getattr(value, each.name) for each in fields(value)})
    return _clean(str(value))


def _clean(text: str) -> str:
    """Without what one of the databases cannot hold."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _encode(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= TEXT_LIMIT else f"{value[:TEXT_LIMIT]}…"
    if isinstance(value, list):
        items = cast("list[Any]", value)
        kept = [_shortened(each) for each in items[:ITEMS_LIMIT]]
        return kept if len(items) <= ITEMS_LIMIT else [*kept, f"… {len(items) - ITEMS_LIMIT} more"]
    if isinstance(value, dict):
        return {key: _shortened(each) for key, each in cast("dict[str, Any]", value).items()}
    return value
