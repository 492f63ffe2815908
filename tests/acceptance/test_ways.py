"""How runs come to start and to end, through one real installation: when they may, in which order, within which limits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from headway.model.clock import parse_iso
from headway.model.run import Run
from headway.model.states import Outcome, RunState
from headway.sdk.client import Client
from tests.acceptance.cli.commands import headway
from tests.acceptance.installation import Installation
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, shared_database: dict[str, str]) -> Iterator[Installation]:
    home = tmp_path_factory.mktemp("ways")
    home.chmod(0o700)
    with Installation(home, tasks="tests.acceptance.ways_tasks", environment={"HEADWAY_CHILDREN": "3", **shared_database}) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def stubborn(served: Installation) -> str:
    """A run that ignores its cancellation, which was asked for: it takes a while, and the other tests need not wait for it."""
    with served.client() as client:
        run = client.start("stubborn").id
        said(client, run, "started")
    assert headway(served.home, "cancel", run).code == 0
    return run


@pytest.fixture
def client(served: Installation) -> Iterator[Client]:
    with served.client() as client:
        yield client


def ended(client: Client, run: str, seconds: float = 30.0) -> Run:
    def is_final() -> Run | None:
        found = client.get(run)
        return found if found.state.is_final else None

    found = eventually(is_final, seconds, f"the end of {run}")
    assert found is not None
    return found


def texts(client: Client, run: str) -> list[str]:
    return [entry["text"] for entry in client.entries(run) if "text" in entry]


def said(client: Client, run: str, text: str) -> None:
    eventually(lambda: any(text in line for line in texts(client, run)), 20, f"a line with {text!r}")


def kinds(client: Client, run: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for event in client.events(run):
        found.setdefault(event["kind"], []).append(event)
    return found


def test_a_delayed_run_waits_for_its_time(client: Client) -> None:
    due = datetime.now(UTC) + timedelta(seconds=1.5)
    run = client.start("wait_here", {"seconds": 0}, run_after=due)
    assert run.state is RunState.SCHEDULED

    done = ended(client, run.id)

    assert done.state is RunState.SUCCEEDED
    assert done.started_at is not None
    assert timedelta(0) <= done.started_at - due < timedelta(seconds=5)


def test_twenty_that_start_the_same_at_once_get_one_run(client: Client) -> None:
    together = threading.Barrier(20)

    def start(_number: int) -> str:
        together.wait(20)
        return client.start("wait_here", {"seconds": 0}, name="once", idempotency_key="the very same").id

    with ThreadPoolExecutor(20) as pool:
        ids = set(pool.map(start, range(20)))

    assert len(ids) == 1
    assert [run.id for run in client.list(text="once")] == list(ids)


def test_the_more_urgent_run_goes_first(client: Client, tmp_path: Path) -> None:
    leave = tmp_path / "leave"
    first = client.start("in_turn", {"until": str(leave)})
    said(client, first.id, "my turn")
    waiting = [client.start("in_turn", priority=priority).id for priority in (-5, 0, 5, 0)]
    assert [client.get(run).state for run in waiting] == [RunState.QUEUED] * 4

    leave.touch()

    runs = [ended(client, run) for run in waiting]
    order = sorted(range(4), key=lambda at: runs[at].started_at or datetime.max.replace(tzinfo=UTC))
    assert order == [2, 1, 3, 0]


def test_the_soft_limit_is_told_to_the_task_and_the_hard_one_ends_it(client: Client) -> None:
    soft, hard = client.start("too_slow").id, client.start("hang").id

    assert ended(client, soft).state is RunState.TIMED_OUT
    assert "tidying up" in texts(client, soft)
    assert (client.attempts(soft)[0].error or {})["code"] == "soft_timeout"

    assert ended(client, hard).state is RunState.TIMED_OUT
    assert (client.attempts(hard)[0].error or {})["code"] == "timeout"
    assert any("hang" in entry.get("traceback", "") for entry in client.entries(hard)), "where it hung"


def test_a_failure_is_tried_again_after_a_while(client: Client) -> None:
    run = client.start("flaky").id

    assert ended(client, run).state is RunState.SUCCEEDED
    assert client.result(run) == 3
    assert [attempt.outcome for attempt in client.attempts(run)] == [Outcome.FAILED, Outcome.FAILED, Outcome.SUCCEEDED]
    events = kinds(client, run)
    untils = [parse_iso(event["until"]) for event in events["run.retrying"]]
    starts = [parse_iso(event["at"]) for event in events["attempt.started"]]
    assert len(untils) == 2
    for until, start in zip(untils, starts[1:], strict=True):
        assert timedelta(milliseconds=-2) <= start - until < timedelta(seconds=5)


def test_a_stack_dump_is_asked_for_and_read_in_the_log(served: Installation, client: Client) -> None:
    run = client.start("wait_here").id
    said(client, run, "waiting")

    client.dump_stack(run)

    eventually(lambda: any("ways_tasks.py" in entry.get("traceback", "") for entry in client.entries(run)), 10, "the dump")
    shown = headway(served.home, "logs", run)
    assert "wait_here" in shown.out, shown.out
    assert "ways_tasks.py" in shown.out
    client.cancel(run)
    assert ended(client, run).state is RunState.CANCELLED


def test_a_run_is_paused_and_goes_on_with_the_next_number(client: Client) -> None:
    run = client.start("steady").id
    said(client, run, "number 3")

    assert client.pause(run, "lunch").state is RunState.PAUSING
    eventually(lambda: client.get(run).state is RunState.PAUSED, 20, "the pause")
    assert client.resume(run).state is RunState.QUEUED

    assert ended(client, run).state is RunState.SUCCEEDED
    assert client.result(run) == 2
    assert [text for text in texts(client, run) if text.startswith("number")] == [f"number {number}" for number in range(40)]


def test_all_that_match_are_acted_on_together(client: Client) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    for _ in range(3):
        client.start("steady", tags=["wave"], run_after=later)
    wave = client.matching(tag="wave")

    assert wave.cancel(preview=True).matched == 3
    assert wave.pause("not today").succeeded == 3
    assert {run.state for run in client.list(tag="wave")} == {RunState.PAUSED}
    assert wave.resume().succeeded == 3
    assert {run.state for run in client.list(tag="wave")} == {RunState.SCHEDULED}
    cancelled = wave.cancel("never")
    assert (cancelled.succeeded, cancelled.failed_count, cancelled.is_complete) == (3, 0, True)
    assert client.matching(tag="wave", state=[RunState.CANCELLED]).delete().succeeded == 3
    assert not list(client.list(tag="wave"))


def test_every_stage_of_a_cancellation_is_an_entry(served: Installation, client: Client, stubborn: str) -> None:
    assert ended(client, stubborn).state is RunState.CANCELLED

    everything = "\n".join(texts(client, stubborn))
    places = [everything.index(stage) for stage in ("Cancelling", "ignoring Cancelled", "SIGTERM", "SIGKILL")]
    assert places == sorted(places), everything
    assert "command.given" in kinds(client, stubborn)
    shown = headway(served.home, "logs", stubborn).out
    assert shown.index("SIGTERM") < shown.index("SIGKILL")


def test_a_run_that_kills_its_workers_is_poisoned_and_the_others_go_on(client: Client) -> None:
    beside = client.start("wait_here", {"seconds": 3}).id
    said(client, beside, "waiting")
    deadly = client.start("deadly").id

    def deaths() -> int:
        return sum(attempt.outcome is Outcome.LOST for attempt in client.attempts(deadly))

    eventually(lambda: deaths() == 2, 60, "the worker has died twice")
    later = client.start("wait_here", {"seconds": 0}).id
    done = ended(client, deadly, 60)

    assert (done.state, done.error_code) == (RunState.FAILED, "poisoned")
    assert [attempt.outcome for attempt in client.attempts(deadly)] == [Outcome.LOST] * 3
    assert texts(client, deadly).count("goodbye, worker") == 3
    assert len({attempt.worker for attempt in client.attempts(deadly)}) == 3
    for run in (beside, later, client.start("wait_here", {"seconds": 0}).id):
        assert ended(client, run, 60).state is RunState.SUCCEEDED
