"""Grants added up: nothing is taken away, and nothing depends on an order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.access.rights import add_up, find_circle, permissions_of
from headway.model.account import Grant, Rights, Role
from headway.model.ids import new_id
from headway.model.permissions import OF_INSTALLATION, ROLES, Permission
from headway.testing.clock import START

READ, START_RUN, CANCEL = Permission.RUN_READ, Permission.RUN_START, Permission.RUN_CANCEL


def a_role(name: str, *permissions: Permission, inherits: tuple[str, ...] = ()) -> Role:
    return Role(name=name, permissions=frozenset(permissions), inherits=frozenset(inherits), created_at=START, created_by="root")


def named(*roles: Role) -> dict[str, Role]:
    return {role.name: role for role in roles}


def a_grant(role: str, project: str | None = None, **whom: Any) -> Grant:
    return Grant(id=new_id(), role=role, project=project, created_at=START, created_by="root", **(whom or {"account": "anna"}))


def test_no_grant_is_no_right() -> None:
    rights = add_up([], {})
    assert (rights.everywhere, rights.in_projects) == (frozenset(), {})
    assert not rights.holds(READ, None)
    assert not rights.holds(READ, "p")


def test_a_role_holds_what_it_inherits_built_in_or_not() -> None:
    roles = named(a_role("marker", CANCEL, inherits=("viewer", "helper")), a_role("helper", START_RUN, inherits=("gone",)))
    assert permissions_of("marker", roles) == ROLES["viewer"] | {CANCEL, START_RUN}
    assert permissions_of("helper", roles) == {START_RUN}
    assert permissions_of("gone", roles) == frozenset()
    assert permissions_of("admin", roles) == frozenset(Permission)


def test_a_role_of_ones_own_cannot_take_the_name_of_one_that_is_built_in() -> None:
    assert permissions_of("viewer", named(a_role("viewer", Permission.USER_ADMIN))) == ROLES["viewer"]


def test_a_circle_that_is_there_all_the_same_is_walked_once() -> None:
    roles = named(a_role("a", READ, inherits=("b",)), a_role("b", CANCEL, inherits=("a",)))
    assert permissions_of("a", roles) == permissions_of("b", roles) == {READ, CANCEL}


@pytest.mark.parametrize(
    ("role", "roles", "names"),
    [
        (a_role("a", inherits=("a",)), named(), ("a", "a")),
        (a_role("a", inherits=("viewer",)), named(), None),
        (a_role("a", inherits=("b",)), named(a_role("b", inherits=("c",)), a_role("c", inherits=("a",))), ("a", "b", "c", "a")),
        (a_role("a", inherits=("b",)), named(a_role("a", inherits=("c",)), a_role("b", inherits=("viewer",)), a_role("c")), None),
        (a_role("a", inherits=("b",)), named(a_role("b", inherits=("c",)), a_role("c", inherits=("b",))), None),
    ],
)
def test_circles_are_found_by_what_a_role_is_to_be(role: Role, roles: dict[str, Role], names: tuple[str, ...] | None) -> None:
    found = find_circle(role, roles)
    assert (found and found.names) == names


def test_rights_add_up_and_those_everywhere_count_in_each_project() -> None:
    rights = add_up([a_grant("viewer"), a_grant("operator", "p"), a_grant("viewer", "q"), a_grant("gone", "r")], {})
    assert rights.everywhere == ROLES["viewer"]
    assert rights.in_projects == {"p": ROLES["operator"] - OF_INSTALLATION}
    assert not rights.holds(Permission.SYSTEM_READ, "p")  # what belongs to no project is not given in one
    assert rights.holds(START_RUN, "p")
    assert not rights.holds(START_RUN, "q")
    assert not rights.holds(START_RUN, None)
    assert rights.holds(READ, "anywhere")


def test_the_stamp_is_that_of_the_rights_not_of_how_one_came_by_them() -> None:
    direct = add_up([a_grant("viewer", "p"), a_grant("operator", "p")], {})
    by_group = add_up([a_grant("mine", "p", group="g")], named(a_role("mine", inherits=("operator",))))
    assert direct.stamp == by_group.stamp
    others = [
        add_up([a_grant("operator", "q")], {}), add_up([a_grant("operator")], {}), add_up([a_grant("viewer", "p")], {}),
        add_up([a_grant("operator", "p"), a_grant("viewer", "q")], {}), add_up([a_grant("operator", "p\n1:q")], {}), add_up([], {}),
    ]  # fmt: skip
    assert len({direct.stamp, *(each.stamp for each in others)}) == len(others) + 1


_ROLES = named(a_role("a", READ, inherits=("b",)), a_role("b", CANCEL), a_role("c", inherits=("viewer", "a")))
_GRANTS = st.lists(
    st.builds(a_grant, st.sampled_from(["viewer", "operator", "a", "b", "c", "gone"]), st.sampled_from([None, "p", "q", "r"])), max_size=8
)


@given(_GRANTS, st.randoms())
def test_order_does_not_matter_and_one_more_takes_nothing_away(grants: list[Grant], random: Any) -> None:
    shuffled = list(grants)
    random.shuffle(shuffled)
    rights, same = add_up(grants, _ROLES), add_up(shuffled, _ROLES)
    assert rights == same

    def all_of(found: Rights) -> set[tuple[Permission, str | None]]:
        return {(permission, project) for permission in Permission for project in (None, "p", "q", "r") if found.holds(permission, project)}

    fewer = all_of(add_up(grants[1:], _ROLES))
    assert fewer <= all_of(rights)
    expected = {
        (permission, project)
        for grant in grants
        for permission in permissions_of(grant.role, _ROLES) - (OF_INSTALLATION if grant.project else frozenset())
        for project in ((None, "p", "q", "r") if grant.project is None else (grant.project,))
    }
    assert all_of(rights) == expected
