"""Headway mounted in a FastAPI app, served by a plain uvicorn: interface, live wire and console under a path of the app."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from headway.sdk.client import Client
from headway.sdk.news import Entry, Finished
from tests.acceptance.installation import import_path
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.one_database("it asks for the paths of an app, and for the processes beside it"),
]

APP = """
from fastapi import FastAPI, Request
from headway.contrib.fastapi import Headway

app = FastAPI()
headway = Headway(app, "/jobs", tasks="app_tasks")

@app.get("/")
def own() -> str:
    return "the app's own"

@app.post("/start")
async def start(lines: int, request: Request) -> dict[str, str]:
    run = await headway.start("talk", {"lines": lines}, by="ada")
    return {"run": run.id, "page": headway.url_of(run, request), "link": await headway.sign_in_link(request, to=f"/runs/{run.id}")}
"""
TASKS = """
import headway

@headway.task
def talk(lines: int) -> int:
    for line in headway.track(range(lines)):
        headway.log.info(f"line {line}")
    return lines
"""


class App:
    def __init__(self, directory: Path, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.home = home
        (directory / "shop.py").write_text(APP)
        (directory / "app_tasks.py").write_text(TASKS)
        environment = {**os.environ, "HEADWAY_HOME": str(home), "PYTHONPATH": import_path(directory)}
        command = [sys.executable, "-m", "uvicorn", "shop:app", "--port", str(port), "--log-level", "warning"]
        self.process = subprocess.Popen(command, cwd=directory, env=environment)

    def ask(self, path: str, *, method: str = "GET", body: Any = None, **headers: str) -> Any:
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=20)
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def is_up(self) -> bool:
        try:
            return self.ask("/")[0].status == 200
        except OSError:
            return False

    @property
    def token(self) -> str:
        return json.loads((self.home / "connection.json").read_text())["token"]


@pytest.fixture
def app(tmp_path: Path, home: Path) -> Iterator[App]:
    made = App(tmp_path, home)
    try:
        eventually(made.is_up, timeout=30)
        yield made
    finally:
        made.process.send_signal(signal.SIGINT)
        made.process.wait(30)


def test_a_route_starts_a_run_that_is_followed_through_the_mount(app: App) -> None:
    started = json.loads(app.ask("/start?lines=300", method="POST")[1])

    with Client(f"{app.url}/jobs", app.token) as client:
        news = list(client.follow(started["run"]))
        run = client.get(started["run"])

    assert started["page"] == f"{app.url}/jobs/runs/{started['run']}"
    assert [told.text for told in news if isinstance(told, Entry) and told.event["kind"] == "log.written"] == [
        f"line {n}" for n in range(300)
    ]
    (finished,) = [told for told in news if isinstance(told, Finished)]
    assert (finished.state, finished.is_complete, finished.result) == ("succeeded", True, 300)
    assert run.created_by == "ada"


def test_a_run_is_streamed_and_polled_through_the_mount(app: App) -> None:
    run = json.loads(app.ask("/start?lines=30", method="POST")[1])["run"]
    channel, bearer = f"run:{run}", {"Authorization": f"Bearer {app.token}"}

    connection = HTTPConnection(app.url.removeprefix("http://"), timeout=20)
    connection.request("GET", f"/jobs/api/v1/live/sse?channel={channel}", headers=bearer)
    answer = connection.getresponse()
    streamed: list[Any] = []
    while "finished" not in [message["type"] for message in streamed]:
        name, _, text = answer.readline().decode().partition(": ")
        streamed += json.loads(text) if name == "data" else []
    connection.close()
    question: Any = {"subscribe": [{"channel": channel}]}
    polled: list[Any] = []
    while "finished" not in [message["type"] for message in polled]:
        answered = json.loads(app.ask("/jobs/api/v1/live/poll", method="POST", body=question, **bearer)[1])
        question = {"subscribe": [{"channel": channel, "has_view": True}], "cursor": answered["cursor"]}
        polled += answered["messages"]

    for heard in (streamed, polled):
        entries = [entry for message in heard if message["type"] == "entries" for entry in message["entries"]]
        assert [entry["line"] for entry in entries] == list(range(1, len(entries) + 1))
        assert sum(entry["kind"] == "log.written" for entry in entries) == 30


def test_the_app_keeps_its_own_addresses_and_the_console_has_its_own(app: App) -> None:
    assert app.ask("/")[1] == b'"the app\'s own"'
    _, page = app.ask("/jobs/runs/any")
    assert b"make console" in page or b'<meta name="headway-base" content="/jobs/" />' in page
    for address in re.findall(r'(?:src|href)="([^"]*)"', page.decode()):
        assert address.startswith("/jobs/")
        assert app.ask(address)[0].status == 200
    assert app.ask("/jobs/api/v1/runs")[0].status == 401
    assert app.ask("/api/v1/runs")[0].status == 404


def test_the_interface_describes_itself_where_it_is_mounted(app: App) -> None:
    token = {"Authorization": f"Bearer {app.token}"}
    described = json.loads(app.ask("/jobs/api/v1/openapi.json", **token)[1])
    (server,) = described["servers"]
    path = next(path for path in described["paths"] if path.endswith("/tasks"))

    answer, body = app.ask(server["url"] + path, **token)

    assert (server["url"], path, answer.status) == ("/jobs", "/api/v1/tasks", 200)
    assert [task["name"] for task in json.loads(body)["items"]] == ["talk"]
    door = json.loads((app.home / "connection.json").read_text())["url"]
    assert "servers" not in json.loads(urlopen(Request(f"{door}/api/v1/openapi.json", headers=token)).read())


def test_whoever_follows_the_link_is_signed_in_for_the_mount_alone(app: App) -> None:
    link = json.loads(app.ask("/start?lines=1", method="POST")[1])["link"]
    where, code = link.split("#code=")

    answer, _ = app.ask("/jobs/api/v1/sessions", method="POST", body={"code": code}, Origin=app.url)

    assert where.startswith(f"{app.url}/jobs/sign-in?to=/runs/")
    assert "Path=/jobs/api/v1/session;" in answer.headers["Set-Cookie"]


def test_a_viewer_from_elsewhere_is_refused(app: App) -> None:
    address = app.url.replace("http", "ws") + "/jobs/api/v1/live"

    with pytest.raises(InvalidStatus) as refused:
        connect(address, origin="http://evil.example")  # type: ignore[arg-type]
    with connect(address) as live:
        live.send('{"type": "hello", "version": 1, "token": "nobody"}')
        said = json.loads(live.recv(timeout=10))

    assert refused.value.response.status_code == 403
    assert said[-1]["type"] == "goodbye"


def test_the_worker_is_started_again(app: App) -> None:
    def workers() -> list[psutil.Process]:
        return [process for process in psutil.Process(app.process.pid).children() if process.status() != psutil.STATUS_ZOMBIE]

    (first,) = workers()
    first.kill()

    (second,) = eventually(lambda: [process for process in workers() if process.pid != first.pid], timeout=20)
    started = json.loads(app.ask("/start?lines=3", method="POST")[1])
    with Client(f"{app.url}/jobs", app.token) as client:
        assert client.wait(started["run"], timeout=40).state == "succeeded"
    assert second.is_running()
