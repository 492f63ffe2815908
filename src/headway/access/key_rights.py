"""What the bearer of an API key may do: what its scopes name, of what its owner may now.

A scope of a key is a permission (``run:read``) or one in a project (``project:<name>:run:read``); the verb may be ``*``. Rights are only
ever taken away by this, never added: a scope that the owner's rights do not cover is of no use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from headway.access.rights import stamp_of
from headway.model.account import Rights
from headway.model.permissions import ROLES, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyScope:
    permissions: frozenset[Permission]
    project: str | None = None
    """None: wherever the owner has them."""


def read_scope(text: str) -> KeyScope | None:
    """None for what names no permission that there is."""
    match text.split(":"):
        case [noun, verb]:
            project = None
        case ["project", name, noun, verb] if name and name != "*":
            project = name
        case _:
            return None
    permissions = frozenset(each for each in Permission if _is_named(each, noun, verb))
    return KeyScope(permissions=permissions, project=project) if permissions else None


def _is_named(permission: Permission, noun: str, verb: str) -> bool:
    its_noun, its_verb = permission.split(":")
    return its_noun == noun and verb in (its_verb, "*")


def rights_of_role(role: str | None) -> Rights:
    """Those of a token that names a role."""
    return make_rights(ROLES.get(role or "", frozenset()), {})


def cut(rights: Rights, scopes: Iterable[str]) -> Rights:
    """Of these rights those that the scopes name."""
    read = [scope for text in scopes if (scope := read_scope(text)) is not None]
    everywhere = _named(read, None)
    projects = {scope.project for scope in read if scope.project is not None} | set(rights.in_projects)
    in_projects = {
        project: (rights.in_projects.get(project, frozenset()) | rights.everywhere) & (everywhere | _named(read, project))
        for project in projects
    }
    return make_rights(rights.everywhere & everywhere, in_projects)


def _named(scopes: Iterable[KeyScope], project: str | None) -> frozenset[Permission]:
    return frozenset(permission for scope in scopes if scope.project == project for permission in scope.permissions)


def make_rights(everywhere: frozenset[Permission], in_projects: Mapping[str, frozenset[Permission]]) -> Rights:
    own = {project: held for project, held in in_projects.items() if held - everywhere}
    return Rights(everywhere=everywhere, in_projects=own, stamp=stamp_of(everywhere, own))
