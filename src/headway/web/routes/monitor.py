"""How the installation is doing, and what a run takes: samples over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.responses import Response

from headway.access.authorise import may
from headway.access.principal import Principal
from headway.acts.hearing import BrokerState, broker_state
from headway.acts.waiting import ALIVE
from headway.model.canary import CANARY_KIND, CANARY_QUEUE
from headway.model.gateway_flags import flags_of
from headway.model.permissions import Permission
from headway.model.run import Run
from headway.model.samples import Sample, SampleKind
from headway.store.contract import Snapshot
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer
from headway.web.desk import Desk, TheCall
from headway.web.inputs import Moment, RunName
from headway.web.monitor_outputs import (
    APIS,
    DATABASE,
    GATEWAY,
    RUN_SAMPLES,
    SYSTEM,
    TASKS,
    ApisSampled,
    DatabaseSampled,
    GatewaySampled,
    RunAtWork,
    RunSampled,
    SystemSampled,
    TasksSampled,
)
from headway.web.monitoring import (
    SampledSeries,
    Stretch,
    merged_series,
    newest,
    read_stretch,
    route_figures,
    sampled_lately,
    series_of,
    stretch_of,
    worst_of,
)

routes = make_routes("monitor")

AT_WORK_LIMIT = 200
SHORTEST = timedelta(minutes=1)
LATE = timedelta(seconds=30)
"""The last sample of a run may be named after its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    begins_at: datetime | None
    ends_at: datetime | None
    step: int | None

    def stretch(self, snapshot: Snapshot, *, is_narrow: bool = False) -> Stretch:
        return stretch_of(snapshot.now, self.begins_at, self.ends_at, self.step, is_narrow=is_narrow)


async def _asked(
    begins_at: Annotated[Moment | None, Query(alias="from", description="An hour before `to` without.")] = None,
    ends_at: Annotated[Moment | None, Query(alias="to", description="Now without.")] = None,
    step: Annotated[
        int | None, Query(ge=1, le=86_400, description="Seconds between points, at most 1,000 of them; chosen to fit without.")
    ] = None,
) -> Asked:
    return Asked(begins_at=begins_at, ends_at=ends_at, step=step)


TheTime = Annotated[Asked, Depends(_asked)]


def _window(stretch: Stretch) -> dict[str, Any]:
    return {
        "begins_at": stretch.begins_at,
        "ends_at": stretch.ends_at,
        "step_seconds": stretch.step_seconds,
        "times": stretch.times(),
    }


def _kind(snapshot: Snapshot, kind: SampleKind, stretch: Stretch, labels: dict[str, str] | None = None) -> list[SampledSeries]:
    return series_of(stretch, read_stretch(snapshot, kind, stretch), newest(snapshot, kind), labels)


def _broker(snapshot: Snapshot, desk: Desk) -> BrokerState:
    waiting = [queue.queue for queue in snapshot.samples.queues() if queue.queued and queue.queue != CANARY_QUEUE]
    return broker_state(snapshot.workers.list(alive_since=snapshot.now - ALIVE), waiting, is_away=desk.is_broker_away())


@routes.get("/monitor/system", **needs(Permission.SYSTEM_READ), responses=SYSTEM)
async def show_system(call: TheCall, asked: TheTime) -> Response:
    """Processors, memory, disk and network of each host; what servers and workers take; and the canary."""

    def read(snapshot: Snapshot) -> SystemSampled:
        stretch = asked.stretch(snapshot)
        labels = {worker.id: f"{worker.host}:{worker.pid}" for worker in snapshot.workers.list()}
        return SystemSampled(
            **_window(stretch),
            hosts=_kind(snapshot, SampleKind.HOST, stretch),
            servers=_kind(snapshot, SampleKind.SERVER, stretch),
            workers=_kind(snapshot, SampleKind.WORKER, stretch, labels),
            canaries=_kind(snapshot, SampleKind.CANARY, stretch),
            canary=call.desk.canary(),
            broker=_broker(snapshot, call.desk) if call.desk.has_broker else None,
        )

    return answer(await call.store.read(read))


@routes.get("/monitor/tasks", **needs(Permission.SYSTEM_READ), responses=TASKS)
async def show_queues(call: TheCall, asked: TheTime) -> Response:
    """Each queue: how many wait, since when, and how many run; how many runs ended, and how; and what takes most just now."""

    def read(snapshot: Snapshot) -> TasksSampled:
        stretch = asked.stretch(snapshot)
        at_work = newest(snapshot, SampleKind.RUN)
        return TasksSampled(
            **_window(stretch),
            queues=_kind(snapshot, SampleKind.QUEUE, stretch),
            ended=merged_series(stretch, "runs", read_stretch(snapshot, SampleKind.ENDED, stretch)),
            at_work=_at_work(call.principal, snapshot.runs.get_many(list(at_work)[-AT_WORK_LIMIT:]), at_work),
        )

    return answer(await call.store.read(read))


def _at_work(principal: Principal, runs: list[Run], samples: dict[str, Sample]) -> list[RunAtWork]:
    ours = [run for run in runs if run.kind != CANARY_KIND]  # Headway's own runs are nobody's
    seen = [run for run in ours if run.state.is_active and may(principal, Permission.RUN_READ, run.project, run.id)]
    found = [
        RunAtWork(
            run=run.id,
            name=run.name,
            task=run.task,
            project=run.project,
            cpu=levels.get("cpu"),
            memory_bytes=levels.get("memory_bytes"),
            processes=levels.get("processes"),
            sharing=levels.get("sharing", 1.0),
        )
        for run in seen
        for levels in (samples[run.id].levels,)
    ]
    return sorted(found, key=lambda each: -(each.cpu or 0.0))


@routes.get("/monitor/apis", **needs(Permission.SYSTEM_READ), responses=APIS)
async def show_apis(
    call: TheCall,
    asked: TheTime,
    route: Annotated[str | None, Query(max_length=200, description="Of this route the series, such as `GET /api/v1/runs`.")] = None,
) -> Response:
    """Each route: how often it was called, how that ended, and how long it took to the first byte."""

    def read(snapshot: Snapshot) -> ApisSampled:
        stretch = asked.stretch(snapshot, is_narrow=True)
        samples = read_stretch(snapshot, SampleKind.ROUTE, stretch)
        of_one = samples if route is None else [sample for sample in samples if sample.name == route]
        return ApisSampled(
            **_window(stretch),
            routes=route_figures(samples, stretch.ends_at),
            series=merged_series(stretch, "all" if route is None else route, of_one),
        )

    return answer(await call.store.read(read))


@routes.get("/monitor/database", **needs(Permission.SYSTEM_READ), responses=DATABASE)
async def show_database(call: TheCall, asked: TheTime) -> Response:
    """The store as each process sees it: size, commits and queries and how long they take, what waits, and what was slow."""

    def read(snapshot: Snapshot) -> DatabaseSampled:
        stretch = asked.stretch(snapshot)
        samples = read_stretch(snapshot, SampleKind.DATABASE, stretch)
        return DatabaseSampled(
            **_window(stretch),
            processes=series_of(stretch, samples, newest(snapshot, SampleKind.DATABASE)),
            slow=worst_of(samples),
        )

    return answer(await call.store.read(read))


@routes.get("/monitor/gateway", **needs(Permission.SYSTEM_READ), responses=GATEWAY)
async def show_gateway(call: TheCall, asked: TheTime) -> Response:
    """Live connections, what they watch, what was sent to them and how late, and news that were lost on their way and found again. `flags`
    say what was not well in the last two minutes: few places left (`pool`), news late (`lag`), viewers who come back again and again
    (`churn`), news lost (`lost_news`), Redis away (`bus`)."""

    def read(snapshot: Snapshot) -> GatewaySampled:
        stretch = asked.stretch(snapshot)
        return GatewaySampled(
            **_window(stretch),
            gateways=_kind(snapshot, SampleKind.GATEWAY, stretch),
            flags=flags_of(sampled_lately(snapshot, SampleKind.GATEWAY)),
        )

    return answer(await call.store.read(read))


@routes.get("/runs/{run}/samples", **needs(Permission.RUN_READ), responses=RUN_SAMPLES)
async def show_samples(call: TheCall, run: RunName, asked: TheTime) -> Response:
    """Processor time and memory of a run's process and all that it started. Of outside runs, and of those that were shorter than the
    time between two samples, there are none."""

    def read(snapshot: Snapshot) -> RunSampled:
        found = call.see(snapshot, run)
        ends = asked.ends_at or found.finished_at or snapshot.now
        begins = asked.begins_at or min(found.started_at or found.created_at, ends - SHORTEST)
        stretch = stretch_of(snapshot.now, begins, max(ends, begins + SHORTEST) + LATE, asked.step)
        samples = read_stretch(snapshot, SampleKind.RUN, stretch, run)
        current = newest(snapshot, SampleKind.RUN, run) if found.state.is_active else {}
        (series,) = series_of(stretch, samples, current) or [merged_series(stretch, run, ())]
        return RunSampled(**_window(stretch), series=series)

    return answer(await call.store.read(read))
