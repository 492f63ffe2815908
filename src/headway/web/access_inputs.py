"""What is sent about groups, roles and grants. As `inputs.py`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import ConfigDict, Field

from headway.acts.groups import DESCRIPTION_LIMIT, MEMBERS_LIMIT
from headway.acts.roles import ROLES_LIMIT
from headway.model.account import NAME_PATTERN
from headway.model.permissions import Permission
from headway.web.inputs import Input, Slug

_NAME_LIMIT = 64
AccessName = Annotated[str, Field(min_length=1, max_length=_NAME_LIMIT, pattern=r"^[a-z0-9][a-z0-9._@+-]*$")]
"""Of an account, a group or a role (`model/account.py: NAME_PATTERN`)."""
Description = Annotated[str, Field(max_length=DESCRIPTION_LIMIT)]
Members = Annotated[list[AccessName], Field(max_length=MEMBERS_LIMIT)]

AccountName = Annotated[str, Path(max_length=_NAME_LIMIT, description="Name of the account.", examples=["anna"])]
GroupName = Annotated[str, Path(max_length=_NAME_LIMIT, description="Name of the group.", examples=["class-7"])]
RoleName = Annotated[
    str,
    Path(
        max_length=_NAME_LIMIT,
        description="Name of the role.",
        examples=["marker"],
        json_schema_extra={"pattern": f"^{NAME_PATTERN.pattern}$"},
    ),
]
GrantId = Annotated[str, Path(max_length=40, description="Id of the grant.", examples=["019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e14"])]


class GroupInput(Input):
    name: AccessName
    description: Description = ""
    members: Members = Field(default_factory=list[str])
    """Names of accounts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "class-7", "description": "Teachers of class 7", "members": []}]})


class GroupEditInput(Input):
    description: Description | None = None
    add: Members = Field(default_factory=list[str])
    """Accounts that are members from now on."""
    remove: Members = Field(default_factory=list[str])
    """Accounts that are none any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"description": "Teachers of class 7"}]})


class RoleInput(Input):
    description: Description = ""
    permissions: Annotated[list[Annotated[Permission, Field(strict=False)]], Field(max_length=len(Permission))] = Field(
        default_factory=list[Permission]
    )
    inherits: Annotated[list[AccessName], Field(max_length=ROLES_LIMIT)] = Field(default_factory=list[str])
    """Roles, built in or not, all of whose permissions it has, too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"permissions": ["run:cancel"], "inherits": ["viewer"]}]})


class GrantInput(Input):
    role: AccessName
    account: AccessName | None = None
    group: AccessName | None = None
    """One of the two is said."""
    project: Slug | None = None
    """Without: in all projects, and for what belongs to none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "operator", "account": "anna", "project": "class-7"}]})
