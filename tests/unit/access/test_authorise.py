from __future__ import annotations

import pytest

from headway.access.authorise import authorise, holds_anywhere, may, projects_where
from headway.access.principal import SYSTEM, Principal
from headway.access.rights import add_up
from headway.model.account import Grant
from headway.model.errors import Forbidden
from headway.model.permissions import OF_INSTALLATION, Permission
from headway.testing.clock import START


def holder(*scopes: str) -> Principal:
    return Principal(id="x", scopes=scopes)


@pytest.mark.parametrize("permission", list(Permission))
def test_admin_may_all_and_nobody_nothing(permission: Permission) -> None:
    for project, run in [(None, None), ("p", None), ("p", "r")]:
        authorise(SYSTEM, permission, project, run)
        with pytest.raises(Forbidden, match=permission):
            authorise(holder(), permission, project, run)
        with pytest.raises(Forbidden):
            authorise(Principal(id="x", role="king"), permission, project, run)


@pytest.mark.parametrize(
    ("scope", "permission", "project", "run", "granted"),
    [
        ("run:r1:read", Permission.RUN_READ, "p", "r1", True),
        ("run:r1:read", Permission.RUN_READ, "p", "r2", False),
        ("run:r1:read", Permission.RUN_READ, "p", None, False),
        ("run:r1:read", Permission.RUN_CANCEL, "p", "r1", False),
        ("run:r1:*", Permission.RUN_CANCEL, "p", "r1", True),
        ("run:*:read", Permission.RUN_READ, "p", "r1", False),
        ("run::read", Permission.RUN_READ, "p", "", False),
        ("run:r1:read", Permission.TASK_READ, "p", "r1", False),
        ("project:p:run:*", Permission.RUN_DELETE, "p", "r1", True),
        ("project:p:run:*", Permission.RUN_DELETE, "q", "r1", False),
        ("project:p:run:*", Permission.RUN_READ, None, None, False),
        ("project:p:run:read", Permission.RUN_CANCEL, "p", None, False),
        ("project:p:run:*", Permission.SYSTEM_READ, "p", None, False),
        ("project:*:run:*", Permission.RUN_READ, "p", None, False),
        ("*", Permission.RUN_READ, "p", "r", False),
        ("", Permission.RUN_READ, "p", "r", False),
        ("run:r1:read:more", Permission.RUN_READ, "p", "r1", False),
        ("run:read", Permission.RUN_READ, "p", "r1", False),
    ],
)
def test_scopes(scope: str, permission: Permission, project: str | None, run: str | None, granted: bool) -> None:
    assert may(holder(scope), permission, project, run) is granted
    if granted:
        assert holds_anywhere(holder(scope), permission)


def test_where() -> None:
    assert projects_where(SYSTEM, Permission.RUN_READ) is None
    assert projects_where(holder("project:p:run:*", "project:q:run:read", "run:r:read"), Permission.RUN_READ) == {"p", "q"}
    assert projects_where(holder(), Permission.RUN_READ) == frozenset()
    assert not holds_anywhere(holder("project:p:run:read"), Permission.TASK_READ)


@pytest.mark.parametrize("permission", sorted(OF_INSTALLATION))
def test_what_belongs_to_no_project_is_not_held_in_one(permission: Permission) -> None:
    """Or whoever may look into one project would see the pages of the whole installation."""
    noun, verb = permission.split(":")
    for one in (holder(f"project:p:{permission}"), holder(f"project:p:{noun}:*"), Principal(id="x", rights=IN_P)):
        assert not holds_anywhere(one, permission)
        assert not may(one, permission, "p")
        assert projects_where(one, permission) == frozenset()
    assert verb


IN_P = add_up([Grant(id="g", account="x", role="admin", project="p", created_at=START, created_by="root")], {})
