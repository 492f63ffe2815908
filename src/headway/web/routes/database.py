"""The database for those who look after it: statements that took long, PostgreSQL's own counts, and our figures
for Prometheus, those of workers among them."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import Query
from starlette.responses import PlainTextResponse, Response

from headway.access.authorise import authorise
from headway.acts.waiting import ALIVE
from headway.model.permissions import Permission
from headway.model.samples import Grain, SampleKind
from headway.model.statements import SlowStatement, StatementTotals
from headway.store.contract import Snapshot
from headway.store.statements import TOTALS_LIMIT
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer
from headway.web.desk import TheCall
from headway.web.exposition import CONTENT_TYPE, expose, expose_rejections
from headway.web.monitor_outputs import EXPOSITION, STATEMENTS, WORKERS_EXPOSITION, ListedStatement, StatementsListed
from headway.web.monitoring import newest
from headway.web.worker_exposition import expose_workers

routes = make_routes("monitor")

SAMPLED = timedelta(hours=1)


class StatementOrder(StrEnum):
    NEWEST = "-at"
    SLOWEST = "-seconds"


@routes.get("/database/statements", **needs(Permission.SYSTEM_READ), responses=STATEMENTS)
async def show_statements(
    call: TheCall,
    sort: Annotated[StatementOrder, Query(description="`-at`: the newest first; `-seconds`: the slowest first.")] = StatementOrder.NEWEST,
    limit: Annotated[int, Query(ge=1, le=TOTALS_LIMIT)] = 50,
) -> Response:
    """Statements to the database that took longer than `HEADWAY_SLOW_STATEMENT_MS`: text, how long, and who asked. Of the server that
    answers, its 50 newest and 50 slowest; of workers and other servers, the ten slowest of each of their samples of the last hour.
    `totals`: what PostgreSQL itself counts of all statements, if its extension `pg_stat_statements` may be read. No value that a statement
    was given is kept anywhere."""
    authorise(call.principal, Permission.SYSTEM_READ, None)
    desk = call.desk

    def read(snapshot: Snapshot) -> tuple[list[ListedStatement], StatementTotals]:
        samples = snapshot.samples.between(SampleKind.DATABASE, Grain.TAKEN, snapshot.now - SAMPLED, snapshot.now)
        elsewhere = [
            _listed(sample.name, one)
            for sample in samples
            if desk.figures is None or sample.name != desk.process
            for one in sample.statements
        ]
        return elsewhere, snapshot.statements.totals(limit)

    found, totals = await call.store.read(read)
    if desk.figures is not None:
        own = desk.figures.statements
        found += [_listed(desk.process, one) for one in dict.fromkeys([*own.newest(), *own.slowest()])]
    if sort is StatementOrder.SLOWEST:
        found.sort(key=lambda one: one.seconds, reverse=True)
    else:
        found.sort(key=lambda one: one.at, reverse=True)
    slow_seconds = None if desk.figures is None else desk.figures.statements.slow_seconds
    return answer(StatementsListed(slow_seconds=slow_seconds, items=found[:limit], totals=totals))


def _listed(process: str, one: SlowStatement) -> ListedStatement:
    return ListedStatement(
        process=process, statement=one.statement, purpose=one.purpose, asked_by=one.asked_by, seconds=one.seconds, at=one.at
    )


@routes.get("/metrics", **needs(Permission.SYSTEM_READ), response_class=PlainTextResponse, responses=EXPOSITION)
async def expose_figures(call: TheCall) -> Response:
    """The figures of the server that answers, in the text format of Prometheus: its connections to the database, how long was waited for
    one, statements that took long, and requests that were turned away for what they are, by code. Never asks the store: it is readable
    while that is away."""
    authorise(call.principal, Permission.SYSTEM_READ, None)
    desk = call.desk
    text = expose_rejections(desk.process, desk.rejections.counts)
    if desk.figures is not None:
        text = expose(desk.process, desk.figures, write_waiting=desk.write_waiting()) + text
    return Response(text, media_type=CONTENT_TYPE)


@routes.get("/metrics/workers", **needs(Permission.SYSTEM_READ), response_class=PlainTextResponse, responses=WORKERS_EXPOSITION)
async def expose_all_workers(call: TheCall) -> Response:
    """All workers that are alive, near and far, in the text format of Prometheus: places and how many are taken, memory, processors, how
    late its event loop was, and how old each figure is. Every server gives the same: ask one, or their balancer."""
    authorise(call.principal, Permission.SYSTEM_READ, None)

    def read(snapshot: Snapshot) -> str:
        now = snapshot.now
        return expose_workers(snapshot.workers.list(alive_since=now - ALIVE), newest(snapshot, SampleKind.WORKER), now)

    return Response(await call.store.read(read), media_type=CONTENT_TYPE)
