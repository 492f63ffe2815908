"""What is sent and answered about second factors and proofs. As `inputs.py` and `outputs.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from headway.access.seal import SECRET_LIMIT
from headway.model.second_factor import Voucher
from headway.web.account_inputs import Password
from headway.web.inputs import Input
from headway.web.outputs import one

CODE_LIMIT = 64
"""Characters: a recovery code with spaces between all of its groups, and some to spare."""
Code = Annotated[str, Field(min_length=1, max_length=CODE_LIMIT)]


class FactorCodeInput(Input):
    code: Code
    """Six digits, as the app shows them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "287082"}]})


class VoucherInput(Input):
    voucher: Annotated[str, Field(min_length=1, max_length=SECRET_LIMIT)]
    """As it was answered to the password."""
    code: Code
    """Of the app, or a recovery code."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"voucher": "h7Qa…", "code": "287082"}]})


class ProofInput(Input):
    password: Password
    code: Code | None = None
    """Of the app, or a recovery code: where the account has a second factor."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"password": "tulips under a cold moon", "code": "287082"}]})


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorBegun:
    """What an app needs to know. It is said once."""

    address: str
    """For a QR code, or for an app on the same machine (`otpauth:`)."""
    secret: str
    """The same, to be typed: base32."""
    picture: str
    """The address as a QR code: an SVG element."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodes:
    recovery_codes: Sequence[str]
    """Each is good once, in the place of a code of the app. They are said once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorShown:
    set_at: datetime
    recovery_codes_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeAwaited:
    """The password was right, and a code is asked for."""

    voucher: str
    """Send it with the code to `POST /api/v1/sessions/by-code`: once, within five minutes."""
    expires_at: datetime


def code_awaited(voucher: Voucher, secret: str) -> CodeAwaited:
    return CodeAwaited(voucher=secret, expires_at=voucher.expires_at)


_AWAITED: dict[str, Any] = {"voucher": "h7Qa…", "expires_at": "2026-11-22T09:35:00.125Z"}
_CODES = ["k3vd-7wqa-m2px-zt5h-bn4c-e6ru", "a5yb-q2rk-w7dn-x3mz-hf6t-pc4e"]
_BEGUN: dict[str, Any] = {
    "address": "otpauth://totp/Headway%20lab-3:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Headway%20lab-3&algorithm=SHA1&digits=6&period=30",
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "picture": "<svg …></svg>",
}
CODE_AWAITED = one(202, CodeAwaited, _AWAITED, "Right so far: a code of the account's authenticator app is asked for.")
FACTOR_BEGUN = one(201, FactorBegun, _BEGUN, "For the app.")
FACTOR_SET = one(200, RecoveryCodes, {"recovery_codes": _CODES}, "In force.")
RECOVERY_CODES = one(201, RecoveryCodes, {"recovery_codes": _CODES}, "The new ones.")
