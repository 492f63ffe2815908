from __future__ import annotations

from cluster.servers import Valkey
from headway.model.canary import CANARY_QUEUE
from headway.store.contract import Queued
from headway.work.doorbell.celery import MESSAGES, Ringer, celery_queue, level, make_app, shares
from tests.waiting import eventually


def test_priorities_become_the_four_levels_of_redis() -> None:
    assert [level(priority) for priority in (10, 5, 4, 1, 0, -1, -10)] == [0, 0, 3, 3, 6, 9, 9]


def test_many_runs_are_rung_for_by_few_messages() -> None:
    assert shares(0) == []
    assert shares(3) == [1, 1, 1]
    assert shares(20) == [2] * 4 + [1] * 12
    assert sum(shares(1_000)) == 1_000
    assert len(shares(1_000)) == MESSAGES


def test_messages_are_sent_counted_and_found_missing(valkey: Valkey) -> None:
    app = make_app(valkey.url, grace_seconds=3)
    ringer = Ringer(app, prefix="ours")

    def count(queue: str) -> int:
        with app.connection_for_write() as connection:
            return connection.default_channel.queue_declare(celery_queue("ours", queue)).message_count

    ringer.ring([Queued(queue="a", count=3, priority=5), Queued(queue="a"), Queued(queue="b"), Queued(queue=CANARY_QUEUE)])
    eventually(lambda: (count("a"), count("b")) == (4, 1), 10, "they are sent, each to its queue")
    assert count(CANARY_QUEUE) == 0, "canaries have a way of their own"

    # A difference counts when it is seen twice, and a look may come before the last one was taken.
    eventually(lambda: ringer.look({"a": 6, "b": 1}) or count("a") == 6, 10, "two were missing")
    assert count("b") == 1
    ringer.close()
    assert not ringer.is_away


def test_while_the_broker_is_away_nobody_waits_for_it(valkey: Valkey) -> None:
    ringer = Ringer(make_app(valkey.url, grace_seconds=3), prefix="ours")
    valkey.kill()
    eventually(lambda: ringer.ring([Queued(queue="a")]) or ringer.is_away, 15, "it is noticed")
    valkey.start()
    eventually(lambda: not ringer.is_away, 15, "and that it is back")
    ringer.close()
