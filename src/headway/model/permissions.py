"""The vocabulary of permissions. A grant, a token's scope and a route all speak these words and no others."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    TASK_READ = "task:read"
    TASK_EDIT = "task:edit"
    """Say of a task, or of a project, that its runs need approval."""
    SCRIPT_EDIT = "script:edit"
    RULE_EDIT = "rule:edit"
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
    RUN_SHARE = "run:share"
    """Make links by which people without an account see one run."""
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
    APPROVAL_DECIDE = "approval:decide"
    """Approve or refuse what somebody else has asked for."""
    SECRET_READ = "secret:read"  # noqa: S105 - a name
    """See which secrets there are, and use them for runs; never their values."""
    SECRET_EDIT = "secret:edit"  # noqa: S105 - a name
    USER_ADMIN = "user:admin"
    """Make accounts and groups, change and disable them, end the sign-ins of others."""
    GRANT_EDIT = "grant:edit"
    """Give roles to people and groups, and take them away; never more than one has."""
    ROLE_EDIT = "role:edit"
    """Make and change roles of one's own."""
    AUDIT_READ = "audit:read"
    TOKEN_CREATE = "token:create"  # noqa: S105 - a name
    """Make API keys for oneself, with no more rights than one has."""
    TOKEN_REVOKE = "token:revoke"  # noqa: S105 - a name
    """End tokens before their time, of whomever they are."""
    SESSION_CREATE = "session:create"
    """Make sign-in links, for sessions with the maker's own rights."""


OF_INSTALLATION = frozenset({
    Permission.QUEUE_MANAGE, Permission.WORKER_MANAGE, Permission.SYSTEM_READ, Permission.CONNECTION_MANAGE, Permission.NOTICE_SEND,
    Permission.USER_ADMIN, Permission.ROLE_EDIT, Permission.TOKEN_REVOKE,
})  # fmt: skip
"""What they are good for belongs to no project: a role that is given in one project does not give them."""

_VIEWER = frozenset({Permission.TASK_READ, Permission.RUN_READ, Permission.SESSION_CREATE, Permission.TOKEN_CREATE})
_OPERATOR = _VIEWER | {
    Permission.RUN_START, Permission.RUN_CANCEL, Permission.RUN_PAUSE, Permission.RUN_RETRY, Permission.RUN_EDIT,
    Permission.RUN_SHARE, Permission.RUN_INSPECT, Permission.QUEUE_MANAGE, Permission.WORKER_MANAGE, Permission.SYSTEM_READ,
    Permission.SECRET_READ, Permission.APPROVAL_DECIDE,
}  # fmt: skip
_DEVELOPER = _OPERATOR | {
    Permission.RUN_RECORD, Permission.RUN_DELETE, Permission.TASK_EDIT, Permission.SCRIPT_EDIT, Permission.RULE_EDIT,
    Permission.SECRET_EDIT,
}  # fmt: skip
ROLES: dict[str, frozenset[Permission]] = {
    "viewer": _VIEWER, "operator": _OPERATOR, "developer": _DEVELOPER, "admin": frozenset(Permission),
}  # fmt: skip
"""Built-in roles, each with all that the one before it may: a viewer looks, an operator starts and stops, a developer also reports runs
of their own programs and deletes, an admin also decides about others."""
