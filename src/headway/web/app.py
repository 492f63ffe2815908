"""The app: every route, one shape of errors around them, and nothing that can be called without saying what it needs."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from headway.model.errors import HeadwayError
from headway.web.auth import guard_all
from headway.web.console import Console, ConsoleFiles
from headway.web.desk import Desk
from headway.web.envelope import Envelope
from headway.web.problems import InternalError, from_http, from_validation, problem
from headway.web.routes import (
    all_logs,
    approvals,
    artifacts,
    bulk,
    connections,
    database,
    details,
    docs,
    health,
    hits,
    journal,
    live,
    logs,
    monitor,
    notices,
    outlook,
    presets,
    queues,
    remote_workers,
    reports,
    runs,
    sessions,
    starts,
    statistics,
    tasks,
    tokens,
    wishes,
    workers,
)

ROUTERS = [
    module.routes
    for module in (
        reports,
        approvals,
        starts,
        runs,
        wishes,
        queues,
        workers,
        remote_workers,
        bulk,
        journal,
        hits,
        logs,
        all_logs,
        details,
        artifacts,
        connections,
        tasks,
        presets,
        statistics,
        outlook,
        sessions,
        tokens,
        live,
        notices,
        monitor,
        database,
        health,
        docs,
    )
]
"""Those that are called most come first."""


def create_app(desk: Desk, console: ConsoleFiles | None = None) -> ASGIApp:
    """The ASGI app for `desk`: the interface under `/api`, the console elsewhere. Live connections do not come through here, but
    through uvicorn's WebSocket class."""
    return Envelope(Console(create_rest(desk), console), desk.times)


def create_rest(desk: Desk) -> FastAPI:
    """The routes alone, for those who want to walk over them."""
    app = FastAPI(
        title="Headway",
        version="1",
        description="Start long work, follow it, and record work that runs elsewhere. `PROTOCOL.md` is the reference.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = desk
    for router in ROUTERS:
        # Not `include_router`: it wraps a router and its routes in layers that each request pays for.
        app.router.routes.extend(router.routes)
    guard_all(app)
    app.add_exception_handler(HeadwayError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_error)
    app.add_exception_handler(HTTPException, _on_error)
    app.add_exception_handler(Exception, _on_error)
    return app


async def _on_error(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        error = from_validation(error)
    elif isinstance(error, HTTPException):
        error = from_http(error)
    known = error if isinstance(error, HeadwayError) else InternalError()
    return problem(known, request.scope["headway.request_id"])
