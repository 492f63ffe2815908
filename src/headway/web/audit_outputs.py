"""What the answers about the audit log look like. As `outputs.py`, for OpenAPI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headway.model.audit_chain import Verdict
from headway.web.outputs import RUN_ID, many, one

Json = dict[str, Any]
_HASH = "5f1c5b9e1d0c4f6d8f0a3f7b4f5f5f0b9e2d7c6b5a49382716050403020100ff"
_ROW: Json = {
    "number": 1042,
    "id": "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12",
    "at": "2026-11-22T09:30:00.125Z",
    "by": "li",
    "token": "019336e0-0000-7d3a-9b1e-4f2a6c8d0e12",
    "action": "run.cancelled",
    "outcome": "done",
    "project": "exams",
    "target": RUN_ID,
    "before": {"state": "running"},
    "after": {"state": "cancelling", "family_count": 0},
    "address": "10.0.3.17",
    "request_id": "019336e1-8f5b-7d3a-9b1e-4f2a6c8d0e12",
    "transport": "rest",
    "hash": _HASH,
}
_VERDICT: Json = {
    "is_intact": True,
    "first": 1,
    "last": 1042,
    "last_hash": _HASH,
    "row_count": 1042,
    "anchor_count": 31,
    "unsealed_count": 0,
    "fault_count": 0,
    "faults": [],
    "keys": ["3mKZ0c6Qv3xw0n2V9m4gq7oJm1b7Qm0C8nM5d2kYH5Q"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSeen:
    number: int | None
    """Null: it will be sealed within seconds."""
    id: str
    at: datetime
    by: str
    token: str | None
    action: str
    outcome: str
    project: str | None
    target: str | None
    before: Any
    after: Any
    address: str | None
    request_id: str | None
    transport: str
    hash: str | None


AUDIT = many("AuditRow", AuditSeen, _ROW, "Rows, the newest first.")
VERDICT = one(200, Verdict, _VERDICT, "Whether all is as Headway left it, and what is not.")
EXPORT: dict[int | str, Json] = {
    200: {
        "description": "All rows that match, the oldest first.",
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}, "example": '{"type":"row","number":1,…}\n'},
            "text/csv": {"schema": {"type": "string"}, "example": "number,id,at,by,…\n"},
        },
    }
}
