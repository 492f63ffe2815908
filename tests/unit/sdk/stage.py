"""A real server for the tests of the client side: in a thread, on a port of its own, over a real store; it may go and come back."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

from headway.assembly.server import Server, open_server
from headway.sdk.client import Client
from headway.settings import read_settings
from tests.waiting import eventually, eventually_async


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stage:
    """`start`, `stop`, and again, on the same port and the same store."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.server: Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._error: BaseException | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Stage:
        self._ready.clear()
        self._error = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="stage")
        self._thread.start()
        assert self._ready.wait(30)
        if self._error is not None:
            raise self._error
        return self

    def stop(self) -> None:
        if self._thread is None:
            return
        assert self.server is not None
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.server.listener.stop)
        self._thread.join(30)
        assert not self._thread.is_alive()
        self._thread = self.server = None

    def client(self) -> Client:
        assert self.server is not None
        return Client(self.url, self.server.token)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        settings = read_settings({"HEADWAY_HOME": str(self.home), "HEADWAY_PORT": str(self.port), "HEADWAY_HOST": "127.0.0.1"})
        try:
            async with open_server(settings, is_worker_expected=False) as server:
                self.server = server
                serving = asyncio.create_task(server.listener.listen())
                await eventually_async(lambda: server.listener.started or serving.done())
                self._ready.set()
                await serving
        except BaseException as error:
            self._error = error
            self._ready.set()


def the_run(client: Client, name: str) -> Any:
    """The one run of this name, once there is one."""

    def look() -> Any:
        found = [run for run in client.list(limit=50) if run.name == name]
        assert len(found) <= 1, f"{name} was opened {len(found)} times"
        return found[0] if found else None

    return eventually(look, what=f"a run named {name}")


def ended(client: Client, name: str) -> Any:
    run = the_run(client, name)
    return client.wait(run, 20)


def texts(client: Client, run: Any) -> list[str]:
    return [entry["text"] for entry in client.entries(run) if entry["kind"] == "log.written"]
