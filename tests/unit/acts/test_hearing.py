from __future__ import annotations

from datetime import UTC, datetime

from headway.acts.hearing import broker_state
from headway.store.places import Echoes, Worker

AT = datetime(2026, 11, 28, tzinfo=UTC)


def worker(pid: int, queues: tuple[str, ...], deaf: tuple[str, ...] | None = ()) -> Worker:
    return Worker(
        id=f"w{pid}", host="lab", pid=pid, version="1", started_at=AT, heartbeat_at=AT, slots=2, queues=queues,
        echoes=None if deaf is None else Echoes(heard_at={}, deaf=deaf),
    )  # fmt: skip


def test_a_queue_that_one_worker_hears_is_heard() -> None:
    found = broker_state([worker(1, ("default", "night"), ("night",)), worker(2, ("night",))], is_away=False)
    assert [(deaf.worker, deaf.label, deaf.queues) for deaf in found.deaf_workers] == [("w1", "lab:1", ("night",))]
    assert found.unheard_queues == []


def test_a_queue_that_none_hears_is_told_be_it_served_or_waiting() -> None:
    assert broker_state([worker(1, ("default", "night"), ("night",))], is_away=False).unheard_queues == ["night"]
    assert broker_state([worker(1, ("default",))], ["gpu"], is_away=False).unheard_queues == ["gpu"]
    assert broker_state([worker(1, ("default",)), worker(2, ("gpu",), None)], ["gpu"], is_away=False).unheard_queues == []


def test_while_the_broker_is_away_nobody_is_judged() -> None:
    found = broker_state([worker(1, ("default",), ("default",))], ["gpu"], is_away=True)
    assert (found.is_away, found.deaf_workers, found.unheard_queues) == (True, [], [])
