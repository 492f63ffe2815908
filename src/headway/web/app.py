"""The app: every route, one shape of errors around them, and nothing that can be called without saying what it needs."""

from __future__ import annotations

from starlette.types import ASGIApp

from headway.web.console import Console, ConsoleFiles
from headway.web.cross_origin import CrossOrigin
from headway.web.desk import Desk
from headway.web.envelope import Envelope
from headway.web.rest import Rest
from headway.web.routes import (
    account,
    accounts,
    all_logs,
    approvals,
    artifacts,
    audit,
    bulk,
    connections,
    database,
    details,
    devices,
    docs,
    grants,
    groups,
    health,
    hits,
    journal,
    keys,
    live,
    logs,
    monitor,
    notices,
    oidc,
    outlook,
    presets,
    queues,
    remote_workers,
    reports,
    roles,
    runs,
    second_factors,
    secrets,
    sessions,
    share_links,
    signing_keys,
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
        second_factors,
        sessions,
        oidc,
        account,
        accounts,
        tokens,
        keys,
        share_links,
        devices,
        signing_keys,
        live,
        notices,
        monitor,
        database,
        secrets,
        audit,
        health,
        docs,
        groups,
        roles,
        grants,
    )
]
"""Those that are called most come first."""


def create_app(desk: Desk, console: ConsoleFiles | None = None, origins: frozenset[str] = frozenset()) -> ASGIApp:
    """The ASGI app for `desk`: the interface under `/api`, the console elsewhere. Live connections do not come through here, but
    through uvicorn's WebSocket class. `origins`: of pages of others that may call the interface, with a token."""
    app = Console(create_rest(desk), console, desk.rejections)
    return Envelope(CrossOrigin(app, origins) if origins else app, desk.times, is_encrypted=desk.url.startswith("https:"))


def create_rest(desk: Desk) -> Rest:
    """The routes alone, for those who want to walk over them."""
    app = Rest(
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
    app.close_table()
    return app
