"""Remote workers: what a worker asks of its installation, over HTTP. Every answer may get lost, and every call be made again."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import Response

from headway.acts.afar import (
    RemoteWorker,
    attend_afar,
    kin_afar,
    leave_afar,
    receive_afar,
    register_afar,
    remote_id,
    remote_worker,
    tell_counts_afar,
    turn_afar,
)
from headway.acts.claim import LEASE_SECONDS, RENEW_SECONDS
from headway.acts.parcel import KeepArtifact, Parcel
from headway.acts.secrets import with_secrets
from headway.model.errors import ArtifactNotFound, Invalid
from headway.model.media_types import typed
from headway.model.permissions import Permission
from headway.store.contract import Pace
from headway.web.auth import make_routes, needs
from headway.web.bodies import BATCH_LIMIT, answer
from headway.web.desk import Call, TheCall
from headway.web.remote_inputs import REMOTE_BODY_LIMIT, CatalogueInput, KinInput, ParcelsInput, PresenceInput, RemoteInput, TurnInput
from headway.web.remote_outputs import (
    ATTENDED,
    CATALOGUED,
    FILE,
    KIN,
    NEWS,
    RECEIVED,
    REMOTE,
    TURNED,
    FileSeen,
    Heard,
    KinSeen,
    NewsSeen,
    ParcelsSeen,
    RemoteSeen,
    end_seen,
    parcel_seen,
    turn_seen,
)
from headway.web.routes.artifacts import BYTES
from headway.web.taking import take_file

routes = make_routes("remote workers")

WorkerId = Annotated[str, Path(max_length=80)]
LONGEST_WAIT = 25
"""Seconds. Below what proxies commonly let an answer take."""
_SERVE = Permission.WORKER_SERVE


class ReceiptInvalid(Invalid):
    """The artifact was not handed over by this worker: its receipt does not fit."""


@routes.post("/workers", status_code=201, **needs(_SERVE), responses=REMOTE)
async def open_worker(call: TheCall, wish: RemoteInput) -> Response:
    """The id under which a remote worker does all else: it is bound to the token that asks."""
    worker = remote_id(call.principal, wish.instance)
    return answer(RemoteSeen(worker=worker, lease_seconds=LEASE_SECONDS, renew_seconds=RENEW_SECONDS), 201)


@routes.put("/workers/{worker}/presence", **needs(_SERVE), responses=ATTENDED)
async def attend_worker(call: TheCall, worker: WorkerId, presence: PresenceInput) -> Response:
    """The heartbeat: renews the leases of what is held, and says what is wanted. A run that is absent from `wishes` is another's."""
    by = remote_worker(call.principal, worker)
    samples = [each.sample(by.id) for each in presence.samples]
    attended = await call.store.write(lambda tx: attend_afar(tx, by, presence.worker(by.id), presence.held, samples))
    watched = {run: count for run in attended.wishes if (count := call.desk.watched(run))}
    return answer(replace(attended, watched={run: watched.get(run, 0) for run in attended.wishes}))


@routes.delete("/workers/{worker}/presence", status_code=204, **needs(_SERVE))
async def leave_worker(call: TheCall, worker: WorkerId) -> Response:
    """Goodbye: the worker has ended."""
    by = remote_worker(call.principal, worker)
    await call.store.write(lambda tx: leave_afar(tx, by))
    return Response(status_code=204)


@routes.put("/workers/{worker}/catalogue", **needs(_SERVE, body_limit=BATCH_LIMIT, is_batch=True), responses=CATALOGUED)
async def register_tasks(call: TheCall, worker: WorkerId, catalogue: CatalogueInput) -> Response:
    """The tasks that this worker's children have found."""
    by, found = remote_worker(call.principal, worker), catalogue.found()
    return answer({"changed": len(await call.store.write(lambda tx: register_afar(tx, by, found)))})


@routes.post("/workers/{worker}/turns", **needs(_SERVE, body_limit=REMOTE_BODY_LIMIT, is_batch=True), responses=TURNED)
async def take_worker_turn(call: TheCall, worker: WorkerId, turn: TurnInput) -> Response:
    """End attempts and claim runs, in one transaction. Made again, it ends nothing twice, and gives the same claims out again."""
    by, wanted = remote_worker(call.principal, worker), turn.turn()
    turned = await call.store.write(lambda tx: turn_afar(tx, by, wanted, turn.held))
    if any(claim.run.options.secrets for claim in turned.claims):
        # Over this wire alone, to whoever holds the lease: a claim is given out to no other worker.
        vault = call.desk.vault
        turned = replace(turned, claims=await call.store.read(lambda snapshot: with_secrets(snapshot, vault, turned.claims)))
    return answer(turn_seen(turned))


@routes.post("/workers/{worker}/parcels", **needs(_SERVE, body_limit=REMOTE_BODY_LIMIT, is_batch=True), responses=RECEIVED)
async def receive_parcels(call: TheCall, worker: WorkerId, given: ParcelsInput) -> Response:
    """Record what runs report and want to be kept; on disk when the answer comes. One refusal harms no other."""
    by = remote_worker(call.principal, worker)
    parcels = [await _checked(call, by, each.parcel()) for each in given.parcels]
    answers = await call.store.write(lambda tx: receive_afar(tx, by, parcels), pace=Pace.REPORT)
    return answer(ParcelsSeen(answers=[parcel_seen(each) for each in answers]))


@routes.post("/workers/{worker}/kin", **needs(_SERVE), responses=KIN)
async def ask_for_kin(call: TheCall, worker: WorkerId, kin: KinInput) -> Response:
    """How those of `awaited` have ended that have; and have the children of `parents` counted."""
    by = remote_worker(call.principal, worker)
    if kin.parents:
        await call.store.write(lambda tx: tell_counts_afar(tx, by, kin.parents), pace=Pace.REPORT)
    ends = await call.store.read(lambda snapshot: kin_afar(snapshot, by, kin.awaited)) if kin.awaited else []
    return answer(KinSeen(ends=[end_seen(end) for end in ends]))


@routes.post("/workers/{worker}/files", status_code=201, **needs(_SERVE, body=BYTES), responses=FILE)
async def keep_worker_file(call: TheCall, request: Request, worker: WorkerId) -> Response:
    """Hand over the bytes of an artifact, before the parcel that names it."""
    by = remote_worker(call.principal, worker)
    sha256, size = await take_file(call, request, target=by.id)
    return answer(FileSeen(sha256=sha256, size_bytes=size, receipt=call.desk.seal.of(_handed_over(by, sha256, size))), 201)


@routes.get("/workers/{worker}/news", **needs(_SERVE), responses=NEWS)
async def wait_for_news(
    call: TheCall,
    worker: WorkerId,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT)] = 0,
    queue: Annotated[list[str], Query(max_length=1_000)] = [],
    known: Annotated[list[Annotated[str, Query(max_length=80)]], Query(max_length=64)] = [],
) -> Response:
    """Wait until one of the queues has news, or something is wanted of the worker or its runs; `wait` seconds at most. `known`:
    `node:number` of earlier answers, whichever servers gave them; one that had news since, or is not among them, answers at once."""
    by = remote_worker(call.principal, worker)
    news, queues = call.desk.wakes.workers, frozenset(queue)
    with news.wait(by.id, queues) as waiting:
        is_known = f"{news.node}:{news.number(queues)}" in known
        if is_known and not call.desk.is_draining:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await waiting.event.wait()
        heard = [Heard(run=run, wish=wish) for run, wish in waiting.wishes]
        wish, is_now = waiting.asked or (None, False)
        number = news.number(queues)
        is_queued = f"{news.node}:{number}" not in known
        return answer(NewsSeen(node=news.node, number=number, is_queued=is_queued, wishes=heard, wish=wish, is_now=is_now))


def _handed_over(by: RemoteWorker, sha256: str, size: int) -> str:
    """Of which the seal is a receipt: what only this installation can say, that this worker has handed over these bytes."""
    return "file " + hashlib.sha256(f"{by.id} {sha256} {size}".encode()).hexdigest()


async def _checked(call: Call, by: RemoteWorker, parcel: Parcel) -> Parcel:
    """An artifact is one that this worker has handed over, and is called what it is: as we find, and not as the worker says."""
    if not isinstance(parcel.keep, KeepArtifact):
        return parcel
    artifact = parcel.keep.artifact
    if not call.desk.seal.matches(_handed_over(by, artifact.sha256, artifact.size_bytes), parcel.keep.receipt or ""):
        raise ReceiptInvalid(field="receipt")
    try:
        head = await call.desk.files.head(artifact.sha256)
    except ArtifactNotFound:
        return parcel  # handed over long ago, and swept: there is nothing that could be shown
    found = typed(artifact.name, artifact.media_type, head)
    return replace(
        parcel, keep=replace(parcel.keep, artifact=replace(artifact, media_type=found.media_type, stated_type=found.stated_type))
    )
