"""What a remote worker and its server say to each other: values of ours as JSON, and back. The server checks what comes with
`web/remote_inputs.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar, cast

import orjson

from headway.acts.attend import Attended
from headway.acts.claim import Claim
from headway.acts.family import ChildEnd
from headway.acts.finish import Finish
from headway.acts.parcel import Keep, KeepArtifact, KeepCheckpoint, Parcel, Received
from headway.acts.turn import Wanted
from headway.model.clock import iso, parse_iso
from headway.model.errors import HeadwayError, every_error
from headway.model.run import Checkpoint, Options, Run, Task
from headway.model.states import RunState
from headway.store.places import Worker

T = TypeVar("T")
Json = dict[str, Any]
REQUEST_BYTES = 2_097_152
"""Of events in one request, as long as it holds more than one run's."""
_MOMENTS = frozenset({"created_at", "run_after", "queued_at", "started_at", "finished_at"})


def portions(items: Sequence[T], sizes: Sequence[int], *, most: int) -> Iterator[Sequence[T]]:
    """Together not much more than `REQUEST_BYTES`, and at most so many; at least one portion, even if it is empty."""
    first = size = 0
    for index, each in enumerate(sizes):
        if index > first and (size + each > REQUEST_BYTES or index - first == most):
            yield items[first:index]
            first, size = index, 0
        size += each
    yield items[first:]


# what the worker says


def presence_said(worker: Worker, held: Mapping[str, int]) -> Json:
    return {
        "host": worker.host, "pid": worker.pid, "version": worker.version, "started_at": iso(worker.started_at.timestamp()),
        "slots": worker.slots, "queues": list(worker.queues), "tasks": sorted(worker.tasks), "is_draining": worker.is_draining,
        "held": dict(held),
    }  # fmt: skip


def end_said(end: Finish) -> Json:
    said: Json = {"run": end.run, "fence": end.fence, "outcome": end.outcome.value, "batch_no": end.batch_no, "events": _texts(end.events)}
    if end.result is not None:
        said["result"] = _text(end.result)
    if end.error is not None:
        said["error"] = {"code": "failed", **end.error}
    if end.retry_delay_seconds is not None:
        said["retry_delay_seconds"] = end.retry_delay_seconds
    return said


def end_bytes(end: Finish) -> int:
    return sum(map(len, end.events)) + len(end.result or b"")


def wanted_said(wanted: Wanted) -> Json:
    return {"tasks": list(wanted.tasks), "limit": wanted.limit, "queues": None if wanted.queues is None else list(wanted.queues)}


def parcel_said(parcel: Parcel) -> Json:
    said: Json = {"run": parcel.run, "fence": parcel.fence, "batch_no": parcel.batch_no, "events": _texts(parcel.events)}
    return said | ({} if parcel.keep is None else {"keep": _keep_said(parcel.keep)})


def parcel_bytes(parcel: Parcel) -> int:
    return sum(map(len, parcel.events))


def _keep_said(keep: Keep) -> Json:
    match keep:
        case KeepCheckpoint(number=number, value=value):
            return {"kind": "checkpoint", "number": number, "value": _text(orjson.dumps(value))}
        case KeepArtifact(artifact=artifact, receipt=receipt):
            return {
                "kind": "artifact", "id": artifact.id, "name": artifact.name, "media_type": artifact.media_type,
                "size_bytes": artifact.size_bytes, "sha256": artifact.sha256, "receipt": receipt or "",
                "created_at": iso(artifact.created_at.timestamp()), "attempt": artifact.attempt, "step": artifact.step,
            }  # fmt: skip
        case _:
            return {"kind": "children", "children": [_fields_of(wish) for wish in keep.wishes]}


def task_said(task: Task) -> Json:
    return {**_fields_of(task), "options": _fields_of(task.options), "updated_at": None}


def _fields_of(value: Any) -> Json:
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _texts(events: Sequence[bytes]) -> list[str]:
    return [_text(event) for event in events]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


# what the server answers: `KeyError`, `TypeError` and `ValueError` say that it is no server of ours


def attended_of(said: Json) -> Attended:
    return Attended(wish=said["wish"], is_now=said["is_now"], wishes=dict(said["wishes"]), watched=dict(said["watched"]))


def state_of(said: Json) -> RunState | HeadwayError:
    return RunState(said["state"]) if said["error"] is None else error_of(said["error"])


def received_of(said: Json) -> Received | HeadwayError:
    return Received(wish=said["wish"], started=tuple(said["started"])) if said["error"] is None else error_of(said["error"])


def error_of(said: Json) -> HeadwayError:
    return every_error().get(said["code"], HeadwayError)(said["message"], **said["fields"])


def claim_of(said: Json) -> Claim:
    kept: Json | None = said["checkpoint"]
    if kept is not None:
        kept = {**kept, "created_at": parse_iso(kept["created_at"])}
    checkpoint = Checkpoint(**kept) if kept is not None else None
    return Claim(
        run=run_of(said["run"]),
        attempt=int(said["attempt"]),
        fence=int(said["fence"]),
        checkpoint=checkpoint,
        secrets=dict(said.get("secrets") or {}),
    )


def run_of(said: Json) -> Run:
    known = {each.name for each in fields(Run)}
    given: Json = {name: value for name, value in said.items() if name in known}
    given |= {name: parse_iso(given[name]) for name in _MOMENTS if given.get(name) is not None}
    options: Json = {name: _tuple(value) for name, value in given["options"].items()}
    given |= {"state": RunState(given["state"]), "options": Options(**options), "tags": tuple(given["tags"])}
    return Run(**given)


def _tuple(value: object) -> Any:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


def child_end_of(said: Json) -> ChildEnd:
    result: str | None = said["result"]
    return ChildEnd(
        run=said["run"], name=said["name"], state=RunState(said["state"]), result=result.encode() if result is not None else None,
        error=said["error"],
    )  # fmt: skip
