"""What answers about groups, roles, grants and rights look like. As `outputs.py`, for OpenAPI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headway.acts.grants import RightsShown
from headway.acts.roles import RoleShown
from headway.model.account import Grant, Group
from headway.web.outputs import many, one

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionShown:
    """A word of the vocabulary."""

    name: str
    roles: list[str]
    """Roles that are built in and have it."""


_MADE: Json = {"created_at": "2026-11-22T09:30:00.000Z", "created_by": "admin"}
_GRANT_ID = "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e14"
_GROUP: Json = {"name": "class-7", "description": "Teachers of class 7", "members": ["anna", "boris"], **_MADE}
_ROLE: Json = {
    "name": "canceller",
    "description": "",
    "is_built_in": False,
    "permissions": ["run:cancel"],
    "inherits": ["viewer"],
    "holds": ["run:cancel", "run:read", "session:create", "task:read", "token:create"],
    **_MADE,
}
_GRANT: Json = {"id": _GRANT_ID, "account": None, "group": "class-7", "role": "viewer", "project": "class-7", **_MADE}
_VIEWS = ["run:read", "session:create", "task:read", "token:create"]
_RIGHTS: Json = {
    "account": "anna",
    "is_active": True,
    "groups": ["class-7"],
    "everywhere": [],
    "in_projects": {"class-7": _VIEWS},
    "grants": [{"id": _GRANT_ID, "role": "viewer", "project": "class-7", "group": "class-7", "permissions": _VIEWS}],
}

GROUPS = many("Group", Group, _GROUP, "Groups by name.")
GROUP = one(200, Group, _GROUP, "The group.")
GROUP_CREATED = one(201, Group, _GROUP, "The group.")
ROLES = many("Role", RoleShown, _ROLE, "Roles: those that are built in, then the others by name.")
ROLE = one(200, RoleShown, _ROLE, "The role.")
PERMISSIONS = many("Permission", PermissionShown, {"name": "run:start", "roles": ["operator", "developer", "admin"]}, "All permissions.")
GRANTS = many("Grant", Grant, _GRANT, "Grants, the newest first.")
GRANT_CREATED = one(201, Grant, _GRANT, "The grant.")
RIGHTS = one(200, RightsShown, _RIGHTS, "What the account may do, and by which grants.")
