"""Files that runs leave behind: listed, described, fetched, and added to an outside run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request
from starlette.responses import Response, StreamingResponse

from headway.access.authorise import may
from headway.acts.keep import keep_artifact
from headway.acts.outside import NotOutside
from headway.acts.record import check_fence
from headway.model.errors import ArtifactNotFound
from headway.model.events import NAME_LIMIT
from headway.model.ids import new_id
from headway.model.media_types import typed
from headway.model.permissions import Permission
from headway.model.run import Artifact, Run
from headway.store.contract import Snapshot, Transaction
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer
from headway.web.desk import Call, TheCall
from headway.web.inputs import LARGEST_NUMBER, Limit, RunName
from headway.web.outputs import ARTIFACT, ARTIFACT_CREATED, ARTIFACTS, CONTENT
from headway.web.routes.details import Cursor, slice_of
from headway.web.taking import take_file

routes = make_routes("artifacts")

MEDIA_TYPE = r"^[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}(; ?charset=[A-Za-z0-9-]{1,32})?$"
BYTES = {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
ArtifactName = Annotated[str, Query(min_length=1, max_length=NAME_LIMIT, pattern=r"^[^\x00-\x1f\x7f/\\]+$")]


@routes.get("/runs/{run}/artifacts", **needs(Permission.RUN_READ), responses=ARTIFACTS)
async def list_artifacts(call: TheCall, run: RunName, limit: Limit = 100, cursor: Cursor = None, total: bool = False) -> Response:
    """The run's artifacts, oldest first."""

    def read(snapshot: Snapshot) -> Sequence[object]:
        call.see(snapshot, run)
        return snapshot.details.artifacts(run)

    return slice_of(await call.store.read(read), cursor, limit, total=total)


async def _find(call: Call, run: str, artifact: str) -> Artifact:
    def read(snapshot: Snapshot) -> Artifact:
        call.see(snapshot, run)
        found = snapshot.details.artifact(run, artifact)
        if found is None:
            raise ArtifactNotFound(run=run, artifact=artifact)
        return found

    return await call.store.read(read)


@routes.get("/runs/{run}/artifacts/{artifact}", **needs(Permission.RUN_READ), responses=ARTIFACT)
async def show_artifact(call: TheCall, run: RunName, artifact: str) -> Response:
    """What an artifact is: name, media type, size, sha256."""
    return answer(await _find(call, run, artifact))


@routes.get("/runs/{run}/artifacts/{artifact}/content", **needs(Permission.RUN_READ), response_class=StreamingResponse, responses=CONTENT)
async def fetch_artifact(call: TheCall, run: RunName, artifact: str) -> Response:
    """The bytes. Always as a download: an artifact is somebody's file, and no page of ours."""
    found = await _find(call, run, artifact)
    project = call.seen[-1].project
    chunks = call.desk.files.read(found.sha256)
    try:
        first = await anext(chunks)
    except StopAsyncIteration:
        first = b""

    async def content() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            if not await call.is_welcome() or not may(call.principal, call.permission, project, run):
                return  # shorter than it was said to be, so nobody takes it for the whole
            yield chunk

    return StreamingResponse(
        content(),
        headers={
            "Content-Type": found.media_type,
            "Content-Length": str(found.size_bytes),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "ETag": f'"{found.sha256}"',
        },
    )


@routes.post("/runs/{run}/artifacts", status_code=201, **needs(Permission.RUN_RECORD, body=BYTES), responses=ARTIFACT_CREATED)
async def add_artifact(
    call: TheCall,
    request: Request,
    run: RunName,
    name: ArtifactName,
    fence: Annotated[int, Query(ge=0, lt=LARGEST_NUMBER)],
    media_type: Annotated[str, Query(max_length=160, pattern=MEDIA_TYPE)] = "application/octet-stream",
    step: Annotated[str | None, Query(max_length=NAME_LIMIT)] = None,
) -> Response:
    """Add a file to an outside run; the body is its bytes, of any type. What is not what it is called is kept as bytes of unknown type, and
    `stated_type` says what it was called."""

    def check(snapshot: Snapshot) -> Run:
        found, head = call.see_head(snapshot, run)
        if found.kind != "outside":
            raise NotOutside(run=run)
        check_fence(head, fence)
        return found

    found = await call.store.read(check)
    sha256, size = await take_file(call, request, target=run, project=found.project)
    found_type = typed(name, media_type, await call.desk.files.head(sha256))

    def adopt(tx: Transaction) -> Artifact:
        artifact = Artifact(
            id=new_id(),
            run=run,
            name=name,
            media_type=found_type.media_type,
            stated_type=found_type.stated_type,
            size_bytes=size,
            sha256=sha256,
            created_at=tx.now,
            attempt=found.attempt,
            step=step,
        )
        keep_artifact(tx, run=run, fence=fence, artifact=artifact)
        return artifact

    artifact = await call.store.write(adopt)
    return answer(artifact, 201, Location=f"/api/v1/runs/{run}/artifacts/{artifact.id}")
