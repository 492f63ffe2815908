"""A worker of Celery whose tasks are rings at our door. It lives in the main thread, where signals come; the worker has its own."""

from __future__ import annotations

import contextlib
import os
import signal
from importlib import import_module
from typing import Any

from headway.work.doorbell.celery import ECHO, TASK, celery_queue, echo_queue
from headway.work.doorbell.door import Door

# Celery has no types.
_ThreadPool: Any = import_module("celery.concurrency.thread").TaskPool
_Step: Any = import_module("celery.bootsteps").StartStopStep
_state: Any = import_module("celery.worker.state")
_Queue: Any = import_module("kombu").Queue


class DoorPool(_ThreadPool):  # pyright: ignore[reportUntypedBaseClass]
    """Threads that wait: what they wait for is done by our own children. (Processes would be copies of the worker's.)"""

    app: Any
    _wake_write = -1

    def register_with_event_loop(self, loop: Any) -> None:
        """Celery's loop looks for the next message when something happens; the end of a thread's task is nothing that it sees."""
        wake_read, self._wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(self._wake_write, False)
        loop.add_reader(wake_read, _empty, wake_read)

    def on_apply(self, *args: Any, callback: Any = None, accept_callback: Any = None, **more: Any) -> Any:
        def accepted(*facts: Any, **named: Any) -> None:
            if accept_callback is not None:
                accept_callback(*facts, **named)
            self._wake()

        def ended(*facts: Any, **named: Any) -> None:
            if callback is not None:
                callback(*facts, **named)
            self._wake()

        return _ThreadPool.on_apply(self, *args, callback=ended, accept_callback=accepted, **more)

    def on_stop(self) -> None:
        """However the worker is stopped, this comes before its threads are waited for."""
        self.app.door.drain(is_at_once=bool(_state.should_terminate))
        _ThreadPool.on_stop(self)

    def _wake(self) -> None:
        if self._wake_write >= 0:
            with contextlib.suppress(BlockingIOError):
                os.write(self._wake_write, b"\0")


def _empty(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.read(descriptor, 4_096)


class Hearing(_Step):  # pyright: ignore[reportUntypedBaseClass]
    """Whether messages can come: started when the broker answers, stopped when it is lost."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, c: Any) -> None:
        c.app.consumer = c
        # Celery would start itself again, by a command line that is not its own.
        signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))
        c.app.door.hear(True)

    def stop(self, c: Any) -> None:
        if _state.should_stop is None and _state.should_terminate is None:
            c.app.door.hear(False)

    shutdown = stop


def answer_the_door(app: Any, door: Door, *, slots: int, prefix: str, hostname: str) -> int:
    """Work as a Celery worker until a signal, or until the door is left. The exit code."""
    app.door = door
    app.steps["consumer"].add(Hearing)
    app.task(_ring, name=TASK, bind=True, ignore_result=True)
    app.task(_echo, name=ECHO, bind=True, ignore_result=True)
    app.consumer = None
    names = [celery_queue(prefix, queue) for queue in door.queues]
    app.conf.task_queues = [*map(_Queue, names), echo_queue(prefix, hostname)]
    worker = app.Worker(
        hostname=hostname, pool_cls=DoorPool, concurrency=slots, without_gossip=True, without_mingle=True, without_heartbeat=True,
        quiet=True, loglevel=None,
    )  # fmt: skip

    def serve(queues: list[str]) -> None:
        # By way of the broker: it is Celery's own thread that listens to a queue.
        for queue in queues:
            name = celery_queue(prefix, queue)
            if name not in names:
                names.append(name)
                app.control.add_consumer(name, destination=[hostname])

    def listening() -> set[str]:
        # What the next question to the broker names, not what Celery believes: the two have differed after a connection was lost.
        consumer = app.consumer.task_consumer if app.consumer is not None else None
        asked = set[str](consumer.channel.active_queues) if consumer is not None and consumer.channel is not None else set[str]()
        return {queue for queue in door.queues if celery_queue(prefix, queue) in asked}

    door.listening = listening
    door.on_queues.append(serve)
    door.on_leaving.append(lambda: setattr(_state, "should_stop", 0))
    if not door.is_leaving:
        worker.start()
    return int(worker.exitcode or 0)


def _ring(task: Any, queue: str, count: int = 1) -> str | None:
    """Have a run of this queue executed, or more of them (`count`) if they are over in a moment; what they say is in Headway. Returns the
    id of the last."""
    return task.app.door.run(queue, count)


def _echo(task: Any, number: int) -> None:
    """What the worker has sent to itself came back, by the way that bells come."""
    task.app.door.echo(number)
