"""What remote workers send: input of strangers, however much it looks like ours. Checked here, and again by fences and leases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError

from headway.access.seal import SEAL_LIMIT
from headway.acts.afar import HELD_LIMIT
from headway.acts.catalogue import Found
from headway.acts.family import StartChild
from headway.acts.finish import RESULT_LIMIT, Finish
from headway.acts.parcel import Keep, KeepArtifact, KeepCheckpoint, KeepChildren, Parcel
from headway.acts.start import START_LIMIT
from headway.acts.turn import Turn, Wanted
from headway.model.errors import Invalid
from headway.model.events import NAME_LIMIT
from headway.model.ids import ID_PATTERN, is_id
from headway.model.run import Artifact, Task
from headway.model.samples import Sample, SampleKind
from headway.model.states import Outcome
from headway.store.places import Worker
from headway.web.bodies import BATCH_LIMIT, DEPTH_LIMIT, check_depth, read_json
from headway.web.inputs import Count, Input, Json, Moment, Name, Number, Slug, described

REMOTE_BODY_LIMIT = 2 * BATCH_LIMIT
"""Bytes of a turn or of parcels: one event may be a mebibyte, and twice as long when it is written as text within JSON."""
PARCELS_LIMIT = 64
ENDS_LIMIT = 256
WANTED_LIMIT = 64
CLAIM_LIMIT = 1_000
EVENTS_LIMIT = 50_000
TASKS_LIMIT = 10_000
_RUN_EXAMPLE = "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"


def _id(value: str) -> str:
    if not is_id(value):
        raise ValueError("is not an id")
    return value


Id = Annotated[str, AfterValidator(_id), described(pattern=f"^{ID_PATTERN}$")]
Held = Annotated[
    dict[Id, Count], Field(max_length=HELD_LIMIT, json_schema_extra={"propertyNames": {"type": "string", "pattern": f"^{ID_PATTERN}$"}})
]
Words = Annotated[list[Name], Field(max_length=TASKS_LIMIT)]
Queues = Annotated[list[Slug], Field(max_length=1_000)]
Events = Annotated[list[str], Field(max_length=EVENTS_LIMIT)]
"""Each the text of one JSON object, as the run said it."""


class RemoteInput(Input):
    instance: Id
    """Drawn by the worker's process: the same again gives the same worker."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"instance": "019336e1-7b1c-7d3a-9b1e-4f2a6c8d0e13"}]})


class SampleInput(Input):
    run: Id | None = None
    """None: of the worker itself."""
    seconds: Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)]
    levels: Annotated[dict[Annotated[str, Field(max_length=64)], Number], Field(max_length=16)]

    def sample(self, worker: str) -> Sample:
        kind = SampleKind.WORKER if self.run is None else SampleKind.RUN
        return Sample(kind=kind, name=self.run or worker, at=datetime.now(UTC), seconds=self.seconds, levels=dict(self.levels))


class PresenceInput(Input):
    host: Name
    pid: Annotated[int, Field(ge=0, lt=2**31)]
    version: Annotated[str, Field(min_length=1, max_length=64)]
    started_at: Moment
    slots: Annotated[int, Field(ge=0, le=100_000)]
    queues: Queues = Field(default_factory=list[str])
    tasks: Words = Field(default_factory=list[str])
    is_draining: bool = False
    held: Held = Field(default_factory=dict[str, int])
    samples: Annotated[list[SampleInput], Field(max_length=1_000)] = Field(default_factory=list[SampleInput])

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "host": "lab-3", "pid": 4711, "version": "0.1.0", "started_at": "2026-11-22T09:00:00.000Z", "slots": 4,
                    "queues": ["default"], "tasks": ["grading:grade"], "held": {_RUN_EXAMPLE: 3},
                }
            ]
        }
    )  # fmt: skip

    def worker(self, worker: str) -> Worker:
        return Worker(
            id=worker, host=self.host, pid=self.pid, version=self.version, started_at=self.started_at, heartbeat_at=self.started_at,
            slots=self.slots, queues=tuple(self.queues), tasks=frozenset(self.tasks), is_draining=self.is_draining,
        )  # fmt: skip


class RemoteError(Input):
    """What went wrong; further fields are kept."""

    code: Annotated[str, Field(min_length=1, max_length=64)]

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


class EndInput(Input):
    run: Id
    fence: Count
    outcome: Literal["succeeded", "failed", "cancelled", "timed_out", "paused", "released", "lost"]
    batch_no: Count = 0
    events: Events = Field(default_factory=list[str])
    result: Annotated[str, Field(max_length=RESULT_LIMIT)] | None = None
    """The text of JSON."""
    error: RemoteError | None = None
    retry_delay_seconds: Annotated[float, Field(ge=0, le=34_560_000, allow_inf_nan=False)] | None = None

    def finish(self) -> Finish:
        return Finish(
            run=self.run, fence=self.fence, batch_no=self.batch_no, events=_lines(self.events), outcome=Outcome(self.outcome),
            result=_json_text(self.result), error=self.error.model_dump() if self.error is not None else None,
            retry_delay_seconds=self.retry_delay_seconds,
        )  # fmt: skip


class WantedInput(Input):
    tasks: Words
    limit: Annotated[int, Field(ge=0, le=CLAIM_LIMIT)]
    queues: Queues | None = None


class TurnInput(Input):
    queues: Queues = Field(default_factory=list[str])
    ends: Annotated[list[EndInput], Field(max_length=ENDS_LIMIT)] = Field(default_factory=list[EndInput])
    wanted: Annotated[list[WantedInput], Field(max_length=WANTED_LIMIT)] = Field(default_factory=list[WantedInput])
    held: Held = Field(default_factory=dict[str, int])
    """What the worker knows that it holds: claims beyond that are given out again."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"queues": ["default"], "wanted": [{"tasks": ["grading:grade"], "limit": 2}], "held": {}}]}
    )

    def turn(self) -> Turn:
        wanted = [Wanted(tasks=want.tasks, limit=want.limit, queues=want.queues) for want in self.wanted]
        return Turn(ends=[end.finish() for end in self.ends], wanted=wanted, queues=self.queues)


class CheckpointInput(Input):
    kind: Literal["checkpoint"]
    number: Count
    value: str
    """The text of JSON."""


class ArtifactInput(Input):
    kind: Literal["artifact"]
    id: Id
    name: Annotated[str, Field(min_length=1, max_length=NAME_LIMIT, pattern=r"^[^\x00-\x1f\x7f/\\]+$")]
    media_type: Annotated[str, Field(max_length=160, pattern=r"^[ -~]*$")]
    size_bytes: Count
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    receipt: Annotated[str, Field(max_length=SEAL_LIMIT)]
    created_at: Moment
    attempt: Annotated[int, Field(ge=0, lt=2**31)]
    step: Name | None = None


class ChildrenInput(Input):
    kind: Literal["children"]
    children: Annotated[list[Json], Field(max_length=START_LIMIT)]


class ParcelInput(Input):
    run: Id
    fence: Count
    batch_no: Count = 0
    events: Events = Field(default_factory=list[str])
    keep: Annotated[CheckpointInput | ArtifactInput | ChildrenInput, Field(discriminator="kind")] | None = None

    def parcel(self) -> Parcel:
        return Parcel(run=self.run, fence=self.fence, batch_no=self.batch_no, events=_lines(self.events), keep=self._kept())

    def _kept(self) -> Keep | None:
        match self.keep:
            case None:
                return None
            case CheckpointInput(number=number, value=value):
                return KeepCheckpoint(number=number, value=read_json(value.encode(), is_batch=True))
            case ChildrenInput(children=children):
                return KeepChildren(wishes=[_built(_CHILD, StartChild, child, "children") for child in children])
            case ArtifactInput() as given:
                artifact = Artifact(
                    id=given.id, run=self.run, name=given.name, media_type=given.media_type, size_bytes=given.size_bytes,
                    sha256=given.sha256, created_at=given.created_at, attempt=given.attempt, step=given.step,
                )  # fmt: skip
                return KeepArtifact(artifact=artifact, receipt=given.receipt)


class ParcelsInput(Input):
    parcels: Annotated[list[ParcelInput], Field(max_length=PARCELS_LIMIT)]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "parcels": [
                        {
                            "run": _RUN_EXAMPLE, "fence": 3, "batch_no": 1,
                            "events": ['{"kind":"log.written","at":"2026-11-22T09:30:00.125Z","level":"info","text":"begun"}'],
                        }
                    ]
                }
            ]
        }
    )  # fmt: skip


class KinInput(Input):
    awaited: Annotated[list[Id], Field(max_length=1_000)] = Field(default_factory=list[str])
    parents: Annotated[list[Id], Field(max_length=HELD_LIMIT)] = Field(default_factory=list[str])

    model_config = ConfigDict(json_schema_extra={"examples": [{"awaited": [_RUN_EXAMPLE], "parents": []}]})


class CatalogueInput(Input):
    tasks: Annotated[list[Json], Field(max_length=TASKS_LIMIT)]
    modules: Words = Field(default_factory=list[str])
    import_errors: Annotated[dict[Name, str], Field(max_length=1_000)] = Field(default_factory=dict[str, str])

    model_config = ConfigDict(json_schema_extra={"examples": [{"tasks": [{"name": "grading:grade", "source": "grading:grade"}]}]})

    def found(self) -> Found:
        return Found(tasks=[_task(task) for task in self.tasks], modules=self.modules, import_errors=self.import_errors)


def _task(said: Json) -> Task:
    task: Task = _built(_TASK, Task, said, "tasks")
    options = task.options
    if not 0 < len(task.name) <= NAME_LIMIT or not -10 <= options.priority <= 10 or not 1 <= options.max_attempts <= 1_000_000:
        raise Invalid("tasks: a name, a priority or a number of attempts is out of bounds.", field="tasks")
    return task


def _built(adapter: TypeAdapter[Any], kind: type, said: Mapping[str, Any], field: str) -> Any:
    """A value of ours, of a type whose fields are known. Raises `Invalid`."""
    unknown = said.keys() - {each.name for each in fields(kind)}
    if unknown:
        raise Invalid(f"{field}: {', '.join(sorted(unknown))[:200]} is not known.", field=field)
    try:
        return adapter.validate_python(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, (field, *first["loc"])))
        raise Invalid(f"{place}: {first['msg']}"[:300], field=field) from None


_TASK: TypeAdapter[Task] = TypeAdapter(Task)
_CHILD: TypeAdapter[StartChild] = TypeAdapter(StartChild)


def _lines(events: list[str]) -> list[bytes]:
    return [_line(event) for event in events]


def _line(event: str) -> bytes:
    """Malformed ones are shown as text, as those of a child are; so are those that are too deep for others to read."""
    if event.count("{") + event.count("[") > DEPTH_LIMIT:
        try:
            check_depth(read_json(event.encode(), is_batch=True))
        except Invalid as error:
            return error.message.encode()
    return event.encode()


def _json_text(text: str | None) -> bytes | None:
    """Raises `MalformedBody`."""
    if text is None:
        return None
    read_json(text.encode(), is_batch=True)
    return text.encode()
