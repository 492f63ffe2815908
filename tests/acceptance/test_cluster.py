"""Two nodes on PostgreSQL and Valkey, by settings alone: what one records the other shows, and losing Valkey costs latency only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cluster.servers import Valkey, free_port
from headway.model.states import Outcome, RunState
from headway.sdk.news import Entry, Finished, Gap
from tests.acceptance.installation import Installation
from tests.waiting import SCALE, eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(180),
    pytest.mark.one_database("a cluster stands on PostgreSQL"),
]
SECRET = "nodes of one cluster sign alike: 7qXv0ZkT3hWm"


@pytest.fixture
def nodes(home: Path, tmp_path: Path, postgres_database: str, valkey: Valkey) -> Iterator[list[Installation]]:
    """Each in a home of its own, as on a machine of its own; artifacts are shared."""
    shared = {
        "DATABASE_URL": postgres_database,
        "REDIS_URL": valkey.url,
        "ARTIFACTS_URL": (tmp_path / "artifacts").as_uri(),
        "HEADWAY_SECRET": SECRET,
    }
    with ExitStack() as stack:
        yield [stack.enter_context(node(home, name, shared)) for name in ("one", "two")]


def node(home: Path, name: str, shared: dict[str, str]) -> Installation:
    (home / name).mkdir()
    return Installation(home / name, environment={**shared, "HEADWAY_NODE": name, "HEADWAY_PORT": str(free_port())})


def workers_of(node: Installation, token: str) -> dict[str | None, int]:
    """Process ids of all workers that a node knows, by their ids."""
    said = httpx2.get(f"{node.connection['url']}/api/v1/workers", headers={"Authorization": f"Bearer {token}"})
    return {each["id"]: each["pid"] for each in said.json()["items"]}


def reasons(node: Installation) -> list[str]:
    said: dict[str, Any] = httpx2.get(f"{node.connection['url']}/api/v1/health/ready").json()
    return list(said.get("reasons", []))


class Follower(threading.Thread):
    """A viewer of a run, at one of the nodes."""

    def __init__(self, node: Installation, run: str) -> None:
        super().__init__(daemon=True)
        self.node = node
        self.run_id = run
        self.lines: list[str] = []
        self.gap_count = 0
        self.states: list[str] = []
        self.start()

    def run(self) -> None:
        with self.node.client() as client:
            for news in client.follow(self.run_id):
                if isinstance(news, Entry) and news.event["kind"] == "log.written":
                    self.lines.append(news.text)
                self.gap_count += isinstance(news, Gap)
                if isinstance(news, Finished):
                    self.states.append(news.state)

    def hears(self, count: int) -> None:
        eventually(lambda: len(self.lines) >= count, 30, f"node {self.node.environment['HEADWAY_NODE']} has shown {count} lines")

    def has_heard_all(self, count: int) -> bool:
        self.join(30 * SCALE)
        assert not self.is_alive()
        return (self.lines, self.gap_count, self.states) == ([f"sheet {number}" for number in range(count)], 0, ["succeeded"])


def test_what_one_node_records_each_shows_whole_and_in_order(nodes: list[Installation]) -> None:
    one, two = nodes
    with one.client() as client, two.client() as other:
        runs = [client.start("grade_sheets", {"sheets": 50}).id for _ in range(6)]
        followers = [Follower(node, run) for run in runs for node in nodes]
        for run in runs:
            assert other.wait(run, 60).state is RunState.SUCCEEDED
        assert all(follower.has_heard_all(50) for follower in followers)
        workers = {client.attempts(run)[0].worker for run in runs}
    assert len(workers) == 2, "both workers took some of the runs"
    assert set(workers_of(two, one.connection["token"])) >= workers, "a token of one node is good at the other"


def test_losing_valkey_costs_latency_only_and_each_node_says_so(nodes: list[Installation], valkey: Valkey) -> None:
    with nodes[0].client() as client:
        run = client.start("grade_sheets", {"sheets": 400}).id
        followers = [Follower(node, run) for node in nodes]
        for follower in followers:
            follower.hears(20)
        valkey.kill()
        for node in nodes:
            eventually(lambda node=node: any("Redis does not answer" in reason for reason in reasons(node)), 20, "the node says so")
        heard = [len(follower.lines) for follower in followers]
        for follower, count in zip(followers, heard, strict=True):
            follower.hears(count + 20)  # at the latest by the comparison with the store
        late = client.start("grade_sheets", {"sheets": 3}).id
        assert client.wait(late, 30).state is RunState.SUCCEEDED
        valkey.start()
        for node in nodes:
            eventually(lambda node=node: reasons(node) == [], 30, "all is well again")
        assert client.wait(run, 60).state is RunState.SUCCEEDED
        assert all(follower.has_heard_all(400) for follower in followers)


def test_another_node_goes_on_with_what_a_killed_worker_had_begun(nodes: list[Installation]) -> None:
    with nodes[0].client() as client, nodes[1].client() as other:
        run = client.start("grade_sheets", {"sheets": 150}).id
        followers = [Follower(node, run) for node in nodes]
        for follower in followers:
            follower.hears(10)
        holder = client.attempts(run)[0].worker
        pid = workers_of(nodes[1], nodes[1].connection["token"])[holder]
        (killed,) = (node for node in nodes if node.process("worker").pid == pid)
        killed.kill("worker")
        killed.kill("server")
        alive = other if killed is nodes[0] else client
        assert alive.wait(run, 90).state is RunState.SUCCEEDED
        attempts = alive.attempts(run)
        assert [attempt.outcome for attempt in attempts] == [Outcome.LOST, Outcome.SUCCEEDED]
        assert attempts[1].worker != holder
        begun_at = alive.result(run)["begun_at"]
    assert 10 <= begun_at < 150
    for follower in followers:
        follower.join(30 * SCALE)
        assert follower.gap_count == 0
        assert follower.states == ["succeeded"]
        # A sheet that was said and not yet recorded as done is done again.
        assert [*dict.fromkeys(follower.lines)] == [f"sheet {number}" for number in range(150)]
    assert followers[0].lines == followers[1].lines
