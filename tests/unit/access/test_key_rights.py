"""What a key may do: never more than its scopes name, and never more than its owner may."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.access.api_keys import make_key, read_key
from headway.access.key_rights import cut, make_rights, read_scope, rights_of_role
from headway.access.rights import add_up
from headway.model.account import Grant
from headway.model.permissions import ROLES, Permission

P = Permission
NOW = datetime.now(UTC)
PERMISSIONS = st.frozensets(st.sampled_from(list(P)), max_size=6)
PROJECTS = ("one", "two", "three")
SCOPES = st.lists(
    st.one_of(
        st.sampled_from([str(each) for each in P] + ["run:*", "secret:*"]),
        st.builds(lambda project, rest: f"project:{project}:{rest}", st.sampled_from(PROJECTS), st.sampled_from(["run:read", "run:*", "task:edit"])),
    ),
    max_size=6,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "permissions", "project"),
    [
        ("run:read", {P.RUN_READ}, None),
        ("secret:*", {P.SECRET_READ, P.SECRET_EDIT}, None),
        ("project:grading:run:start", {P.RUN_START}, "grading"),
        ("project:run:read:*", None, None),
        ("project:grading:token:*", {P.TOKEN_CREATE, P.TOKEN_REVOKE}, "grading"),
    ],
)
def test_scopes_that_name_something(text: str, permissions: set[Permission] | None, project: str | None) -> None:
    scope = read_scope(text)
    if permissions is None:
        assert scope is None
    else:
        assert scope is not None
        assert (scope.permissions, scope.project) == (permissions, project)


@pytest.mark.parametrize(
    "text",
    [
        "", ":", "*", "*:*", "run", "run:", ":read", "run:fly", "RUN:READ", "run:read ", " run:read", "run:re*", "r*:read", "run:**", "run:read:", "project",
        "project:*", "project:one", "project::run:read", "project:*:run:read", "project:one:run", "project:one:*:*", "project:one:run:read:more",
        "run:019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12:read", "admin", "role:admin", "run:read\n", "run:read\0", "run\u200b:read", "ｒun:read",
    ],
    ids=repr,
)  # fmt: skip
def test_scopes_that_name_nothing(text: str) -> None:
    assert read_scope(text) is None


def test_a_plain_scope_is_good_wherever_its_owner_has_it() -> None:
    rights = make_rights(frozenset({P.TASK_READ}), {"one": frozenset({P.TASK_READ, P.RUN_READ, P.RUN_START})})
    held = cut(rights, ["run:read"])
    assert held.holds(P.RUN_READ, "one")
    assert not held.holds(P.RUN_READ, "two")
    assert not held.holds(P.RUN_READ, None)
    assert not held.holds(P.RUN_START, "one")
    assert not held.holds(P.TASK_READ, None)


def test_a_scope_of_a_project_is_good_there_alone() -> None:
    held = cut(rights_of_role("admin"), ["project:one:run:*"])
    assert held.holds(P.RUN_CANCEL, "one")
    assert not held.holds(P.RUN_CANCEL, "two")
    assert not held.holds(P.RUN_CANCEL, None)
    assert not held.holds(P.TASK_EDIT, "one")


def test_of_no_role_is_nothing() -> None:
    for role in (None, "", "god"):
        assert cut(rights_of_role(role), ["run:*"]).everywhere == frozenset()


@given(everywhere=PERMISSIONS, one=PERMISSIONS, two=PERMISSIONS, scopes=SCOPES)
def test_nothing_is_ever_added(
    everywhere: frozenset[Permission], one: frozenset[Permission], two: frozenset[Permission], scopes: list[str]
) -> None:
    owner = make_rights(everywhere, {"one": one | everywhere, "two": two | everywhere})
    held = cut(owner, scopes)
    for permission in P:
        for project in (None, *PROJECTS):
            named = any(
                scope is not None and permission in scope.permissions and scope.project in (None, project)
                for scope in map(read_scope, scopes)
            )
            assert held.holds(permission, project) == (named and owner.holds(permission, project))


@given(first=SCOPES, second=SCOPES, role=st.sampled_from(list(ROLES)))
def test_stamps_are_equal_for_equal_rights_and_for_no_others(first: list[str], second: list[str], role: str) -> None:
    one, two = cut(rights_of_role(role), first), cut(rights_of_role(role), second)
    may_same = all(one.holds(each, project) == two.holds(each, project) for each in P for project in (None, *PROJECTS))
    assert (one.stamp == two.stamp) == may_same


def test_equal_rights_of_a_key_and_of_an_account_have_one_stamp() -> None:
    """So they share the answers that are kept."""
    granted = add_up([Grant(id="g", account="anna", role="viewer", project="one", created_at=NOW, created_by="x")], {})
    assert cut(granted, ["task:*", "run:*", "session:*", "token:*"]).stamp == granted.stamp
    assert make_rights(frozenset(), {}).stamp != ""


def test_keys_are_spelt_in_one_way() -> None:
    key = make_key()
    assert read_key(key.text) == key
    assert key.secret not in repr(key)
    assert make_key().text != key.text
    for other in (
        "", "hwk_", key.text + "0", key.text[:-1], key.text.upper(), f" {key.text}", f"{key.text}\n", key.text.replace("_", "-"), key.text.replace("hwk", "HWK"),
        f"hwk_{key.prefix}_{key.secret[:-1]}g", f"hwk_{key.prefix}__{key.secret}", "hwk_" + "0" * 100_000, f"hwk_{key.prefix[:-1]}٣_{key.secret}",
    ):  # fmt: skip
        assert read_key(other) is None
