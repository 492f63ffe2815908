"""The vocabulary of permissions. A grant, a token's scope and a route all speak these words and no others."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    TASK_READ = "task:read"
    RUN_READ = "run:read"
    RUN_START = "run:start"
    RUN_CANCEL = "run:cancel"
    RUN_PAUSE = "run:pause"
    """Pause a run, and let it go on."""
    RUN_RETRY = "run:retry"
    RUN_EDIT = "run:edit"
    RUN_DELETE = "run:delete"
    RUN_RECORD = "run:record"
    """Report the events of an outside run (`headway.record`, `headway exec`)."""
    RUN_INSPECT = "run:inspect"
    """Ask for a stack dump."""
    QUEUE_MANAGE = "queue:manage"
    """Pause and limit queues, and set the quotas of projects."""
    SYSTEM_READ = "system:read"
    CONNECTION_MANAGE = "connection:manage"
    """End live connections of others."""
    NOTICE_SEND = "notice:send"
    """Tell everybody something, or one person, and take it back."""
    TOKEN_REVOKE = "token:revoke"  # noqa: S105 - a name
    """End tokens before their time, of whomever they are."""
    SESSION_CREATE = "session:create"
    """Make sign-in links, for sessions with the maker's own rights."""


ROLES: dict[str, frozenset[Permission]] = {"admin": frozenset(Permission)}
"""Built-in roles. Viewer, operator and developer come with accounts."""
