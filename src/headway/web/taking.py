"""Files that come with a request are taken into keeping, and what is refused for its content stands in the audit log."""

from __future__ import annotations

from fastapi import Request

from headway.access.scanning import FileRefused
from headway.model.audit import Action
from headway.web.bodies import upload
from headway.web.desk import Call
from headway.web.refusals import Refusal


async def take_file(call: Call, request: Request, *, target: str, project: str | None = None) -> tuple[str, int]:
    """The body of the request: its sha256 and size. `target`: whose file it is, a run or a worker. Raises as `Files.put`."""
    try:
        return await call.desk.files.put(upload(request, call.desk.artifact_limit))
    except FileRefused as refused:
        call.desk.refusals.note(
            Refusal(by=call.principal, action=Action.FILE_REFUSED, project=project, target=target, after={"found": refused.fields["found"]})
        )
        raise
