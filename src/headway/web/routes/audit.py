"""The audit log: shown, exported, verified. Nothing here changes it but the row that says that it was exported."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.responses import Response, StreamingResponse

from headway.access.anchors import KEY_LIMIT, PUBLIC_KEY, is_public_key
from headway.access.authorise import authorise, projects_where
from headway.acts.audit import audit
from headway.acts.verify import Verification
from headway.model.audit import Action, AuditFilter, AuditOutcome, AuditRow
from headway.model.audit_chain import HASH_PATTERN, HASHES, Anchor, Verdict, anchor_to_json, row_to_json
from headway.model.clock import parse_iso
from headway.model.errors import Invalid, InvalidCursor
from headway.model.ids import is_id
from headway.model.permissions import Permission
from headway.store.audit import AuditPage
from headway.store.contract import Snapshot
from headway.web.audit_outputs import AUDIT, EXPORT, VERDICT
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.cursors import pack, unpack
from headway.web.desk import Call, TheCall
from headway.web.inputs import Moment
from headway.web.paging import CURSOR_LIMIT, Word

routes = make_routes("audit")

PAGE_LIMIT = 1_000
EXPORT_PAGE = 500
COLUMNS = (
    "number", "id", "at", "by", "token", "action", "outcome", "project", "target", "before", "after", "address", "request_id", "transport",
    "hash",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that a spreadsheet would run, full-width forms included."""


class Format(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"


async def _filter(
    call: TheCall,
    by: Word = None,
    action: Annotated[list[Action], Query(max_length=60)] = [],
    project: Word = None,
    target: Word = None,
    outcome: AuditOutcome | None = None,
    at_from: Moment | None = None,
    at_to: Annotated[Moment | None, Query(description="Before this.")] = None,
) -> AuditFilter:
    return AuditFilter(
        by=by,
        actions=frozenset(each.value for each in action),
        project=project,
        projects=projects_where(call.principal, call.permission),
        target=target,
        outcome=outcome,
        at_from=at_from,
        at_to=at_to,
    )


TheAuditFilter = Annotated[AuditFilter, Depends(_filter)]


@routes.get("/audit", **needs(Permission.AUDIT_READ), responses=AUDIT)
async def list_audit(
    call: TheCall,
    where: TheAuditFilter,
    limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 100,
    cursor: Annotated[str | None, Query(max_length=CURSOR_LIMIT)] = None,
) -> Response:
    """Who did what, and what they were refused: the newest first. Whoever may read the audit log of some projects sees their rows only."""
    page = AuditPage(limit=limit, after=_read_cursor(cursor))
    rows = await call.store.read(lambda snapshot: snapshot.audit.list(where, page))
    following = pack([rows[-1].at.isoformat(), rows[-1].id]) if len(rows) == limit else None
    return list_answer([row_to_json(row) for row in rows], following)


@routes.get("/audit/export", **needs(Permission.AUDIT_READ), response_class=StreamingResponse, responses=EXPORT)
async def export_audit(call: TheCall, where: TheAuditFilter, format: Format = Format.NDJSON) -> Response:
    """All that matches, the oldest first. As NDJSON without a filter it holds the anchors, too, and can be verified anywhere:
    `headway audit verify --file`. A table (CSV) is for reading: cells that a spreadsheet would take for a formula begin with `'`."""
    said = {"format": format.value, "is_whole": where == AuditFilter()}
    await call.store.write(lambda tx: audit(tx, call.principal, Action.AUDIT_EXPORTED, after=said))
    if format is Format.CSV:
        return StreamingResponse(_table(call, where), media_type="text/csv; charset=utf-8", headers=_download("csv"))
    chunks = _whole(call) if where == AuditFilter() else _lines(call, where)
    return StreamingResponse(chunks, media_type="application/x-ndjson", headers=_download("ndjson"))


@routes.get("/audit/verify", **needs(Permission.AUDIT_READ), responses=VERDICT)
async def verify_audit(
    call: TheCall,
    key: Annotated[
        list[Annotated[str, Query(max_length=KEY_LIMIT, pattern=PUBLIC_KEY)]],
        Query(max_length=20, description="Public keys beside the present one that are trusted, such as those of former secrets."),
    ] = [],
    number: Annotated[int | None, Query(ge=1, description="A number that was written down elsewhere …")] = None,
    hash: Annotated[str | None, Query(pattern=HASH_PATTERN, description="… with its hash: it must be there still.")] = None,
) -> Response:
    """Hold every row against its hash, and the chain against its signatures. Needs the right to read all of it."""
    authorise(call.principal, Permission.AUDIT_READ, None)
    for each in key:
        if not is_public_key(each):
            raise Invalid("key: must be a public key as a verdict shows it: base64url, behind its algorithm if not Ed25519.", field="key")
    if (number is None) != (hash is None):
        raise Invalid("number, hash: go together.", field="number")
    signer = call.desk.signer
    trusted = {*key, *(signer.keys if signer else ())}
    taken = signer.algorithms.audit if signer else HASHES
    async with call.desk.asides:
        return answer(await _verify(call, lambda snapshot: Verification.begin(snapshot, trusted, number, hash, taken)))


async def _verify(call: Call, begin: Callable[[Snapshot], Verification]) -> Verdict:
    while True:
        verification = await call.store.read(begin)
        has_more = True
        while has_more:
            has_more = await call.store.read(verification.step)
        verdict = verification.verdict()
        if verdict.is_intact or not await call.store.read(verification.is_overtaken):
            return verdict


async def _pages(call: Call, where: AuditFilter) -> AsyncIterator[Sequence[AuditRow]]:
    page = AuditPage(limit=EXPORT_PAGE, is_descending=False)
    while rows := await call.store.read(lambda snapshot, page=page: snapshot.audit.list(where, page)):
        yield rows
        if len(rows) < EXPORT_PAGE:
            return
        page = AuditPage(limit=EXPORT_PAGE, is_descending=False, after=(rows[-1].at, rows[-1].id))


async def _lines(call: Call, where: AuditFilter) -> AsyncIterator[bytes]:
    async for rows in _pages(call, where):
        yield b"".join(_line("row", row_to_json(row)) for row in rows)


async def _whole(call: Call) -> AsyncIterator[bytes]:
    """The anchors first, then the rows that they are about, by number."""

    def begin(snapshot: Snapshot) -> tuple[Sequence[Anchor], int]:
        top = snapshot.audit.top()
        return snapshot.audit.anchors(), (top.number or 0) if top else 0

    anchors, top = await call.store.read(begin)
    yield b"".join(_line("anchor", anchor_to_json(anchor)) for anchor in anchors)
    first = 1
    while rows := await call.store.read(lambda snapshot, first=first: snapshot.audit.sealed(first, limit=EXPORT_PAGE)):
        yield b"".join(_line("row", row_to_json(row)) for row in rows if (row.number or 0) <= top)
        first = (rows[-1].number or 0) + 1
        if first > top:
            return


def _line(kind: str, plain: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, **plain}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


async def _table(call: Call, where: AuditFilter) -> AsyncIterator[bytes]:
    yield _csv([COLUMNS])
    async for rows in _pages(call, where):
        yield _csv([[_cell(plain[name]) for name in COLUMNS] for plain in map(row_to_json, rows)])


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _download(ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="audit.{ending}"'}


def _read_cursor(text: str | None) -> tuple[Any, str] | None:
    if text is None:
        return None
    try:
        match unpack(text):
            case [str(at), str(row)] if is_id(row):
                return parse_iso(at), row
            case _:
                raise InvalidCursor
    except ValueError as error:
        raise InvalidCursor from error
