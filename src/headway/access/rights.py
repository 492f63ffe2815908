"""Grants added up: what somebody may do where. Rights only add up, so the order in which grants are read cannot matter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from headway.model.account import Grant, Rights, Role
from headway.model.permissions import OF_INSTALLATION, ROLES, Permission

NOTHING: frozenset[Permission] = frozenset()
_STAMP_BYTES = 16


class Circle(NamedTuple):
    """Roles that would inherit from each other, the first one again at the end."""

    names: tuple[str, ...]


def permissions_of(role: str, roles: Mapping[str, Role]) -> frozenset[Permission]:
    """All that a role holds, what it inherits included. `roles`: those that are not built in. One that is in neither holds nothing."""
    found: set[Permission] = set()
    seen: set[str] = set()
    waiting = [role]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        found |= ROLES.get(name, NOTHING)
        if name not in ROLES and (own := roles.get(name)) is not None:
            found |= own.permissions
            waiting += own.inherits
    return frozenset(found)


def given_by(role: str, project: str | None, roles: Mapping[str, Role]) -> frozenset[Permission]:
    """What a role gives where it is given: in a project, nothing that belongs to none."""
    held = permissions_of(role, roles)
    return held if project is None else held - OF_INSTALLATION


def find_circle(role: Role, roles: Mapping[str, Role]) -> Circle | None:
    """The way on which `role`, as it is to be, would inherit from itself; None: there is none."""
    reached: dict[str, tuple[str, ...]] = {name: (role.name, name) for name in sorted(role.inherits)}
    waiting = list(reached)
    while waiting:
        name = waiting.pop()
        if name == role.name:
            return Circle(reached[name])
        for further in sorted(roles[name].inherits) if name in roles else ():
            if further not in reached:
                reached[further] = (*reached[name], further)
                waiting.append(further)
    return None


def add_up(grants: Iterable[Grant], roles: Mapping[str, Role]) -> Rights:
    """What somebody may do to whom all of these grants are given."""
    given: dict[tuple[str, bool], frozenset[Permission]] = {}
    everywhere: set[Permission] = set()
    there: dict[str, set[Permission]] = {}
    for grant in grants:
        kind = (grant.role, grant.project is None)
        if kind not in given:
            given[kind] = given_by(grant.role, grant.project, roles)
        target = everywhere if grant.project is None else there.setdefault(grant.project, set())
        target |= given[kind]
    same: dict[frozenset[Permission], frozenset[Permission]] = {}
    in_projects: dict[str, frozenset[Permission]] = {}
    for project, own in there.items():
        if not own <= everywhere:
            whole = frozenset(own | everywhere)
            in_projects[project] = same.setdefault(whole, whole)  # a set a kind of project, not a set each
    return Rights(everywhere=frozenset(everywhere), in_projects=in_projects, stamp=stamp_of(everywhere, in_projects))


def stamp_of(everywhere: Iterable[Permission], in_projects: Mapping[str, frozenset[Permission]]) -> str:
    """The same for equal rights, and for no others."""
    digest = hashlib.blake2b(" ".join(sorted(everywhere)).encode(), digest_size=_STAMP_BYTES)
    words: dict[frozenset[Permission], str] = {}
    for project in sorted(in_projects):
        held = in_projects[project]
        if held not in words:
            words[held] = " ".join(sorted(held))
        # With lengths, or a project's name could look like another project.
        digest.update(f"\n{len(project)}:{project}:{words[held]}".encode("utf-8", "replace"))
    return digest.hexdigest()
