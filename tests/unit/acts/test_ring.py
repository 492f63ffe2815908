"""Whom a worker may be called for, and what is said when runs are queued."""

from __future__ import annotations

from headway.acts.places import queued_news
from headway.acts.queues import change_queue
from headway.acts.ring import unclaimed
from headway.model.canary import CANARY_QUEUE
from headway.store.contract import Queued
from tests.contract.material import a_run
from tests.unit.acts.conftest import ANNA, Stage


async def test_what_waits_for_nothing_but_a_worker_is_counted(stage: Stage) -> None:
    await stage.task()
    runs = [await stage.start(queue=queue) for queue in ("a", "a", "a", "paused", "full", CANARY_QUEUE)]
    await stage.do(lambda tx: tx.runs.block([runs[0].id], "key:x"))
    await stage.do(lambda tx: change_queue(tx, "paused", ANNA, is_paused=True))
    await stage.do(lambda tx: change_queue(tx, "full", ANNA, running_limit=0))
    # `full` is found so once somebody has asked for a place of it.
    await stage.do(lambda tx: tx.slots.take("queue:full", 0))

    assert await stage.do(lambda tx: unclaimed(tx, holder="one")) == {"a": 2}
    assert await stage.do(lambda tx: unclaimed(tx, holder="another")) == {}, "one process leads"


async def test_a_queue_that_goes_on_says_how_many_wait(stage: Stage) -> None:
    await stage.task()
    for _ in range(3):
        await stage.start()
    await stage.do(lambda tx: change_queue(tx, "default", ANNA, is_paused=True))
    stage.news.clear()
    await stage.do(lambda tx: change_queue(tx, "default", ANNA, is_paused=False))
    assert [news for news in stage.news if isinstance(news, Queued)] == [Queued(queue="default", count=3)]


def test_news_of_queued_runs_say_how_many_and_how_urgent() -> None:
    runs = [a_run(queue="a", priority=2), a_run(queue="b", priority=-3), a_run(queue="a", priority=7)]
    assert queued_news(runs) == [Queued(queue="a", count=2, priority=7), Queued(queue="b", count=1, priority=-3)]
