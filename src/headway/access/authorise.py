"""The one question that every route, subscription and act asks.

What a principal may do comes from one or more of three: the role that its token names, the rights of its account (all grants to it
and to its groups, added up by `access/directory.py`), and scopes.

A scope is a permission with what it is good for in front: ``run:<run id>:<verb>`` grants ``run:<verb>`` on that run,
``project:<project>:<permission>`` grants the permission in that project, and the verb may be ``*``. Anything that does
not parse grants nothing. What belongs to no project (`permissions.OF_INSTALLATION`) is given for all of them or not at all.
"""

from __future__ import annotations

from headway.access.principal import Principal
from headway.model.errors import Forbidden
from headway.model.permissions import OF_INSTALLATION, ROLES, Permission


def authorise(principal: Principal, permission: Permission, project: str | None, run: str | None = None) -> None:
    """Raise `Forbidden`, naming the permission, unless the principal holds it there.

    `project` None asks for the permission in all projects (system pages, tasks). `run` also lets a scope of that run count.
    """
    if not may(principal, permission, project, run):
        raise Forbidden(permission=str(permission), project=project)


def may(principal: Principal, permission: Permission, project: str | None, run: str | None = None) -> bool:
    """`authorise` as a yes or no."""
    if _holds(principal, permission, project):
        return True
    return any(_grants(scope, permission, project, run) for scope in principal.scopes)


def holds_anywhere(principal: Principal, permission: Permission) -> bool:
    """Whether the principal holds the permission for any run or project at all: the first question, before reading anything."""
    if _holds(principal, permission, None):
        return True
    if principal.rights is not None and any(permission in held for held in principal.rights.in_projects.values()):
        return True
    return any(_grants(scope, permission, *_place(scope)) for scope in principal.scopes)


def is_confined(principal: Principal) -> bool:
    """Whether all that the principal may do is read certain runs, as whoever came by a share link. They look at the run, and need not know
    the secrets that it was started with."""
    return principal.role is None and principal.rights is None and all(_is_look(scope) for scope in principal.scopes)


def projects_where(principal: Principal, permission: Permission) -> frozenset[str] | None:
    """The projects in which the principal holds the permission, for lists; None: all of them."""
    if _holds(principal, permission, None):
        return None
    granted = () if principal.rights is None else principal.rights.in_projects.items()
    parts = (scope.split(":") for scope in principal.scopes)
    named = {part[1] for part in parts if len(part) == 4 and _grants(":".join(part), permission, part[1], None)}
    return frozenset(named | {project for project, held in granted if permission in held})


def _holds(principal: Principal, permission: Permission, project: str | None) -> bool:
    """By its role, or by the rights of its account."""
    if principal.role is not None and permission in ROLES.get(principal.role, frozenset()):
        return True
    return principal.rights is not None and principal.rights.holds(permission, project)


def _place(scope: str) -> tuple[str | None, str | None]:
    """Project and run for which a scope is good, if it is good for anything."""
    noun, _, rest = scope.partition(":")
    name = rest.partition(":")[0]
    return (name, None) if noun == "project" else (None, name)


def _is_look(scope: str) -> bool:
    match scope.split(":"):
        case ["run", _, "read"]:
            return True
        case _:
            return False


def _grants(scope: str, permission: Permission, project: str | None, run: str | None) -> bool:
    noun, verb = permission.split(":")
    match scope.split(":"):
        case ["run", wanted, granted] if wanted:
            return noun == "run" and wanted == run and granted in (verb, "*")
        case ["project", wanted, granted_noun, granted] if wanted:
            return wanted == project and granted_noun == noun and granted in (verb, "*") and permission not in OF_INSTALLATION
        case _:
            return False
