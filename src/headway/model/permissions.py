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
    WORKER_MANAGE = "worker:manage"
    """Have workers drained or restarted."""
    WORKER_SERVE = "worker:serve"
    """Execute runs as a remote worker: claim them, read their parameters, report and end them (`headway worker --server`)."""
    SYSTEM_READ = "system:read"
    CONNECTION_MANAGE = "connection:manage"
    """End live connections of others."""
    NOTICE_SEND = "notice:send"
    """Tell everybody something, or one person, and take it back."""
    TOKEN_REVOKE = "token:revoke"  # noqa: S105 - a name
    """End tokens before their time, of whomever they are."""
    SESSION_CREATE = "session:create"
    """Make sign-in links, for sessions with the maker's own rights."""


_VIEWER = frozenset({Permission.TASK_READ, Permission.RUN_READ, Permission.SESSION_CREATE})
_OPERATOR = _VIEWER | {
    Permission.RUN_START, Permission.RUN_CANCEL, Permission.RUN_PAUSE, Permission.RUN_RETRY, Permission.RUN_EDIT,
    Permission.RUN_INSPECT, Permission.QUEUE_MANAGE, Permission.WORKER_MANAGE,
    Permission.SYSTEM_READ,
}  # fmt: skip
_DEVELOPER = _OPERATOR | {Permission.RUN_RECORD, Permission.RUN_DELETE}
ROLES: dict[str, frozenset[Permission]] = {
    "viewer": _VIEWER, "operator": _OPERATOR, "developer": _DEVELOPER, "admin": frozenset(Permission),
}  # fmt: skip
"""Built-in roles, each with all that the one before it may: a viewer looks, an operator starts and stops, a developer also reports runs
of their own programs and deletes, an admin also decides about others."""
