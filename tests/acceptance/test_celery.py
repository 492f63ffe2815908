"""An existing Celery project with two lines more: its tasks are seen in Headway, and Celery executes them as it always did."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.servers import Valkey
from headway.model.states import RunState
from headway.sdk.client import Client
from tests.acceptance.installation import Installation, import_path
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(180),
    pytest.mark.one_database("it asks what the signals of Celery become; they come over REST like any report"),
]

SHOP = """
import logging, os, time
from celery import Celery
from celery.utils.log import get_task_logger
from headway.contrib.celery import instrument

app = Celery("shop", broker=os.environ["SHOP_BROKER"], backend=os.environ["SHOP_BROKER"])
app.conf.update(broker_connection_retry_on_startup=True)
instrument(app, exclude=["celery.*", "*.secret"])
logger = get_task_logger(__name__)

@app.task
def add(a, b):
    print("adding", a, b)
    return a + b

@app.task(bind=True)
def grade(self, sheets):
    for number in range(sheets):
        logger.info("sheet %d", number)
        self.update_state(state="GRADING", meta={"current": number + 1, "total": sheets, "message": f"sheet {number}"})
    return {"sheets": sheets}

@app.task(bind=True, max_retries=3)
def flaky(self):
    if self.request.retries < 1:
        raise self.retry(exc=OSError("the scanner is away"), countdown=0)
    return "at last"

@app.task
def broken():
    raise ValueError("no marks")

@app.task
def object_only():
    return None

@app.task
def long():
    print("begun")
    for number in range(600):
        print("still", number)
        time.sleep(0.1)

@app.task
def secret():
    return 1
"""


class Shop:
    """A Celery project of somebody else, with a worker."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        self.environment = {**os.environ, **environment, "PYTHONPATH": import_path(), "C_FORCE_ROOT": "1"}
        (directory / "shop.py").write_text(SHOP)
        command = [sys.executable, "-m", "celery", "-A", "shop", "worker", "-P", "prefork", "-c", "2", "-l", "INFO"]
        with (directory / "celery.log").open("wb") as log:
            self._worker = subprocess.Popen(
                [*command, "--without-gossip", "--without-mingle"], cwd=directory, env=self.environment, stdout=log, stderr=log
            )

    @property
    def log(self) -> str:
        return (self.directory / "celery.log").read_text(errors="replace")

    def do(self, code: str) -> str:
        """Run a line of Python in the project."""
        command = [sys.executable, "-W", "ignore", "-c", f"from shop import *\n{code}"]
        done = subprocess.run(command, cwd=self.directory, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr + self.log
        return done.stdout.strip()

    def stop(self) -> None:
        self._worker.terminate()
        self._worker.wait(30)


@pytest.fixture
def served(home: Path) -> Iterator[Client]:
    with Installation(home) as installation, installation.client() as client:
        yield client


@pytest.fixture
def shop(served: Client, home: Path, tmp_path: Path, valkey: Valkey) -> Iterator[Shop]:
    directory = tmp_path / "shop"
    directory.mkdir()
    project = Shop(directory, {"SHOP_BROKER": valkey.url, "HEADWAY_HOME": str(home)})
    yield project
    project.stop()


def runs_of(client: Client, name: str, count: int = 1) -> list[Any]:
    """The runs of a task, the first one first, once so many have ended."""

    def look() -> list[Any]:
        found = [run for run in client.list() if run.name == f"shop.{name}" and run.state.is_final]
        return found[::-1] if len(found) == count else []

    return eventually(look, 60, f"{count} runs of {name} have ended")


def texts(client: Client, run: str) -> list[str]:
    return [entry["text"] for entry in client.entries(run) if entry["kind"] == "log.written"]


def test_tasks_are_runs_with_their_logs_progress_retries_and_results(served: Client, shop: Shop) -> None:
    said = shop.do(
        "added, graded, again = add.delay(2, 3), grade.delay(4), flaky.delay()\nsecret.delay().get(timeout=40)\n"
        "lost = broken.delay()\nprint(added.id, added.get(timeout=40), graded.get(timeout=40), again.get(timeout=40))\n"
        "print(repr(lost.get(timeout=40, propagate=False)))"
    )
    first, second = said.splitlines()
    celery_id = first.split()[0]
    assert first.endswith("5 {'sheets': 4} at last"), "Celery's own results are what they were"
    assert "no marks" in second

    (added,) = runs_of(served, "add")
    assert (added.state, served.result(added.id)) == (RunState.SUCCEEDED, 5)
    assert texts(served, added.id).count("adding 2 3") == 1
    assert served.get(celery_id, external_id=celery_id).id == added.id
    assert added.metadata["celery"]["args"] == "(2, 3)"
    assert added.tags == ("celery",)

    (graded,) = runs_of(served, "grade")
    view = served.view(graded.id)
    assert (view["progress"]["done"], view["progress"]["total"]) == (4, 4)
    assert (view["stage"], view["status_text"]) == ("GRADING", "sheet 3")
    assert [text for text in texts(served, graded.id) if text.startswith("sheet")] == [f"sheet {number}" for number in range(4)]

    tried, succeeded = runs_of(served, "flaky", 2)
    assert (tried.state, tried.error_code) == (RunState.FAILED, "celery_retry")
    assert "OSError: the scanner is away" in str(served.view(tried.id)["error"])
    assert (succeeded.state, served.result(succeeded.id)) == (RunState.SUCCEEDED, "at last")
    assert tried.metadata["celery"]["id"] == succeeded.metadata["celery"]["id"]
    assert [run.metadata["celery"]["retries"] for run in (tried, succeeded)] == [0, 1]

    (broken,) = runs_of(served, "broken")
    assert broken.state is RunState.FAILED
    assert served.view(broken.id)["error"]["message"] == "no marks"
    assert not [run for run in served.list() if run.name == "shop.secret"]


def test_a_run_that_is_cancelled_ends_its_task_and_the_worker_goes_on(served: Client, shop: Shop) -> None:
    shop.do("long.delay(), long.delay()")
    running = eventually(lambda: [run for run in served.list() if "begun" in texts(served, run.id)], 40, "a task has begun")
    served.cancel(running[0].id)
    cancelled, *_ = runs_of(served, "long")
    assert cancelled.state is RunState.CANCELLED
    assert shop.do("print(add.delay(1, 1).get(timeout=40))") == "2"
    for run in served.list():
        if not run.state.is_final:
            served.cancel(run.id)
    runs_of(served, "long", 2)
