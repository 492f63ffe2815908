"""What callers send about approvals and protected projects."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import ConfigDict, Field

from headway.model.approval import NEEDED_LIMIT, REASON_LIMIT
from headway.model.bounds import NAME_TEXT
from headway.model.events import NAME_LIMIT
from headway.web.inputs import Input

ApprovalId = Annotated[
    str, Path(max_length=NAME_LIMIT, description="Id of the request.", examples=["019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e14"])
]
ProjectName = Annotated[str, Path(max_length=NAME_TEXT, pattern=r"^[^\s\x85/:*]+$", examples=["exams"])]
Person = Annotated[str | None, Query(max_length=NAME_LIMIT)]
Needed = Annotated[int, Field(ge=0, le=NEEDED_LIMIT)]


class ApproveInput(Input):
    reason: Annotated[str, Field(max_length=REASON_LIMIT)] | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "seen with the head of year"}]})


class RefuseInput(Input):
    reason: Annotated[str, Field(min_length=1, max_length=REASON_LIMIT, pattern=r"[^\s\x00-\x1f\x85]")]
    """Whoever asked for it reads it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "not in the exam week"}]})


class ProtectionInput(Input):
    """How many others have to approve; what is left out needs nobody."""

    run_start: Needed = 0
    run_delete: Needed = 0
    bulk: Needed = 0
    grant_admin: Needed = 0

    model_config = ConfigDict(json_schema_extra={"examples": [{"run_start": 1, "run_delete": 1, "bulk": 2}]})
