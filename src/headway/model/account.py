"""Who people are here: accounts, the groups that they are in, roles, and the grants that give them a role somewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from headway.model.permissions import Permission

NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
"""Of accounts, groups and roles: what stands in addresses, in `created_by` and in the audit log, and is never changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can sign in. Its name is the id of its principal, and stays; what people read is `display_name`."""

    name: str
    """Small letters (`NAME_PATTERN`)."""
    display_name: str
    email: str | None = None
    password_hash: str | None = None
    """Argon2id, as a PHC string; None: signs in by link or by a provider only."""
    is_active: bool = True
    language: str | None = None
    """``en``, ``zh-CN``; None: as the browser says."""
    theme: str | None = None
    """``light``, ``dark``; None: as the system says."""
    time_zone: str | None = None
    """An IANA name; None: the browser's."""
    created_at: datetime
    created_by: str
    password_changed_at: datetime | None = None
    failed_count: int = 0
    """Wrong passwords since the last right one."""
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLink:
    """A link with which somebody sets the password of their account, once: the first one, or a new one for one that was forgotten."""

    code_hash: str
    account: str
    created_at: datetime
    created_by: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Wrong passwords under a name."""

    failed_count: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    name: str
    description: str = ""
    members: frozenset[str] = frozenset()
    """Names of accounts."""
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A set of permissions under a name. Those that are built in (`permissions.ROLES`) are in no store."""

    name: str
    description: str = ""
    permissions: frozenset[Permission] = frozenset()
    inherits: frozenset[str] = frozenset()
    """Names of roles, built in or not, all of whose permissions it has, too; never in a circle."""
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role, given to an account or to a group, in one project or in all."""

    id: str
    account: str | None = None
    group: str | None = None
    """One of the two is said."""
    role: str
    project: str | None = None
    """None: in all projects, and for what belongs to none."""
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What somebody may do, all grants added up: what `access/authorise.py` looks at, made anew when one of them changes."""

    everywhere: frozenset[Permission] = frozenset()
    in_projects: Mapping[str, frozenset[Permission]] = field(default_factory=dict[str, frozenset[Permission]])
    """By project, what they may do there, that of `everywhere` included."""
    stamp: str = ""
    """The same for equal rights, and for no others: who keeps an answer for people with these rights keeps it by this."""

    def holds(self, permission: Permission, project: str | None) -> bool:
        if permission in self.everywhere:
            return True
        return project is not None and permission in self.in_projects.get(project, frozenset())
