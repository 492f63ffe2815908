"""Headway in a FastAPI (or Starlette) app: two lines mount the interface, the console and the live wire under a path of the app.

    app = FastAPI()
    headway = Headway(app, tasks="marks")

The server lives in the app's process and loop, the worker in a process beside it. They start and end with the app.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from headway.access.principal import Principal
from headway.acts.look import run_for
from headway.acts.start import StartRun, start
from headway.assembly.server import Server, open_server
from headway.contrib.worker_beside import worker_beside
from headway.model.errors import Unavailable
from headway.model.run import DEFAULT_PROJECT, Run
from headway.sdk.jsonable import exact
from headway.sdk.task import Task
from headway.settings import Settings, read_settings
from headway.web.app import create_rest
from headway.web.console import find_console, read_console
from headway.web.links import make_link
from headway.web.mounted import create_mounted

TASKS_SECONDS, LOOK_SECONDS = 20.0, 0.05

log = logging.getLogger("headway.contrib")


class Headway:
    """An installation within an app. Everything else is reached as ever: `headway ps`, `headway.Client()`, the console."""

    def __init__(
        self,
        app: FastAPI | Starlette,
        path: str = "/headway",
        *,
        tasks: str | Sequence[str] | None = None,
        url: str | None = None,
        has_worker: bool = True,
        **settings: str,
    ) -> None:
        """Mount it, and have it opened and closed with the app.

        Args:
            app: Its routes under `path` are ours from now on.
            tasks: Modules that define tasks; by default those of the settings.
            url: Where people reach the app from outside, such as ``https://example.org``: links begin with it and `path`.
            has_worker: False: workers are started elsewhere (`headway worker`).
            settings: As the environment has them, by field name: ``home="/var/lib/headway"``. The port is that of a door for this
                machine alone, through which commands and children come; by default a free one.

        Raises `BadSetting`. The app does not start when another server holds the home (`AlreadyServing`): an app of several
        processes mounts it in none of them, and runs `headway serve` beside.
        """
        self.path = path.rstrip("/")
        modules = tasks if tasks is None or isinstance(tasks, str) else ",".join(tasks)
        self.settings = _settings(modules, url, self.path, settings)
        self._has_worker = has_worker
        self._server: Server | None = None
        self._app: ASGIApp = PlainTextResponse("Headway has not started yet: it does with the app.", 503)
        app.mount(self.path, self._answer)
        before = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(of: Any) -> AsyncGenerator[Any]:
            async with self._open(), before(of) as state:
                yield state

        app.router.lifespan_context = lifespan

    async def start(
        self,
        task: str | Task[..., Any],
        parameters: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        by: str = "app",
        project: str = DEFAULT_PROJECT,
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
        priority: int | None = None,
        run_after: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> Run:
        """Start a run; returns once it is recorded. `by`: on whose behalf, as `created_by` of the run shows it.

        The app has decided that they may: it is asked for no token. Raises `TaskNotFound`, `InvalidParameters`, `DuplicateRun`.
        """
        wish = StartRun(
            task=task if isinstance(task, str) else task.name, parameters=exact(dict(parameters or {}), "parameters"), name=name,
            project=project, tags=tuple(tags), metadata=dict(metadata or {}), priority=priority, run_after=run_after,
            idempotency_key=idempotency_key,
        )  # fmt: skip
        (run,) = await self.server.store.write(lambda tx: start(tx, [wish], Principal(id=by, role="admin")))
        return run

    async def find(self, run: str) -> Run:
        """The run as it is now. Raises `RunNotFound`."""
        return await self.server.store.read(lambda snapshot: run_for(snapshot, run))

    def url_of(self, run: Run | str, request: HTTPConnection | None = None) -> str:
        """The page of a run in the console; with `request`, at the address by which its sender reached the app."""
        return f"{self._base(request)}/runs/{run if isinstance(run, str) else run.id}"

    async def sign_in_link(self, request: HTTPConnection | None = None, *, to: str | None = None, by: str = "admin") -> str:
        """An address that signs in whoever follows it first, within ten minutes. `to`: the page where it ends (``/runs/…``).

        It gives all rights that there are: hand it to those alone whom the app knows.
        """
        link = await make_link(self.server.desk, Principal(id=by, role="admin"), to)
        return self._base(request) + link.url.removeprefix(self.server.desk.url)

    @property
    def server(self) -> Server:
        """The server while the app runs. Raises `Unavailable` before and after."""
        if self._server is None:
            raise Unavailable("Headway starts and ends with the app, and the app is not running.")
        return self._server

    def _base(self, request: HTTPConnection | None) -> str:
        if request is None or self.settings.public_url is not None:
            return self.settings.public_url or self.server.desk.url
        return f"{request.url.scheme}://{request.url.netloc}{self.path}"

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def _open(self) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(open_server(self.settings, is_worker_expected=self._has_worker))
            listening = asyncio.create_task(server.listener.listen())
            stack.push_async_callback(_end, server, listening)
            await server.listener.started_event.wait()
            if self._has_worker:
                await stack.enter_async_context(worker_beside(self.settings))
                await self._wait_for_tasks(server)
            console = read_console(find_console(), f"{self.path}/")
            self._app = create_mounted(create_rest(server.desk), server.gateway, console, server.desk.rejections)
            self._server = server
            try:
                yield
            finally:
                self._server = None

    async def _wait_for_tasks(self, server: Server) -> None:
        """Until the worker has told what the modules hold, so that the app's first request may start a run."""
        wanted = {Path(module).stem if module.endswith(".py") else module for module in self.settings.tasks}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TASKS_SECONDS):
                while wanted:
                    tasks = await server.store.read(lambda snapshot: snapshot.tasks.list())
                    wanted -= {task.source.partition(":")[0] for task in tasks}
                    await asyncio.sleep(LOOK_SECONDS if wanted else 0)
        if wanted:
            log.warning("The worker has found no task in %s so far; the app starts without.", ", ".join(sorted(wanted)))


async def _end(server: Server, listening: asyncio.Task[None]) -> None:
    server.listener.stop()
    with contextlib.suppress(asyncio.CancelledError):
        await listening


def _settings(tasks: str | None, url: str | None, path: str, settings: Mapping[str, str]) -> Settings:
    given: dict[str, Any] = {"port": "0", "tasks": tasks, "public_url": url, **settings}
    made = read_settings(**given)
    return made if made.public_url is None else replace(made, public_url=made.public_url + path)
