"""What callers send about keys, share links and devices. As `inputs.py`: strict, and with examples."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from headway.access.seal import SECRET_LIMIT
from headway.access.tokens import SCOPE_LIMIT, TOKEN_LIMIT
from headway.model.api_key import API_KEY_LIFE, LONGEST_API_KEY_LIFE, LONGEST_GRACE, ROTATION_GRACE
from headway.model.share_link import LONGEST_SHARE_LINK_LIFE, SHARE_LINK_LIFE
from headway.web.inputs import Input, printable

Label = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
Scopes = Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(min_length=1, max_length=SCOPE_LIMIT)]


def _days(default: timedelta) -> int:
    return default.days


class RotateKeysInput(Input):
    is_ending_old: bool = False
    """Whether the tokens that were signed so far are good no more: where a key may be known to others."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_ending_old": False}]})


class ApiKeyInput(Input):
    name: Label
    scopes: Scopes
    """Permissions such as `run:read`, those of one project such as `project:grading:run:read`; the verb may be `*`."""
    days: Annotated[int, Field(ge=1, le=LONGEST_API_KEY_LIFE.days)] = _days(API_KEY_LIFE)

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "nightly import", "scopes": ["run:read"], "days": 90}]})


class ApiKeyRotationInput(Input):
    grace_seconds: Annotated[int, Field(ge=0, le=int(LONGEST_GRACE.total_seconds()))] = int(ROTATION_GRACE.total_seconds())
    """For which the old secret stays good, too."""
    days: Annotated[int, Field(ge=1, le=LONGEST_API_KEY_LIFE.days)] | None = None
    """How long the key is good from now on; null: its end stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"grace_seconds": 86_400}]})


class ShareLinkInput(Input):
    label: Label
    """For whom it is, or what for."""
    days: Annotated[int, Field(ge=1, le=LONGEST_SHARE_LINK_LIFE.days)] = _days(SHARE_LINK_LIFE)

    model_config = ConfigDict(json_schema_extra={"examples": [{"label": "parents of 7b", "days": 7}]})


class ShareTokenInput(Input):
    code: Annotated[str, Field(min_length=1, max_length=SECRET_LIMIT)]
    is_renewal: bool = False
    """Whether the page is open already, and only its token ends: that is no further visit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "PvJ2…"}]})


class TokenInput(Input):
    code: Annotated[str, Field(min_length=1, max_length=SECRET_LIMIT)]
    """Of a sign-in link."""
    name: Label = "program"
    """What the program says of itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "PvJ2…", "name": "report generator"}]})


class RefreshInput(Input):
    refresh_token: Annotated[str, Field(min_length=1, max_length=TOKEN_LIMIT)]

    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh_token": "eyJhbGciOiJIUzI1NiIs…"}]})
