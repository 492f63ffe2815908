"""Celery's side of the bell: how its queues are called, how it is set up, and the thread that sends messages."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from headway.model.canary import CANARY_QUEUE
from headway.store.contract import News, Queued
from headway.work.doorbell.missing import Missing

# Celery has no types.
_Celery: Any = import_module("celery").Celery
_Queue: Any = import_module("kombu").Queue

_log = logging.getLogger("headway.work")

TASK = "headway.run"
ECHO = "headway.echo"
ECHO_KEPT_SECONDS = 300
"""So long the queue of a worker that is gone stands in the broker."""
PRIORITY_STEPS = (0, 3, 6, 9)
"""Lists that Redis has for a queue, the most urgent first."""
AT_ONCE = 1_000
"""Runs that are rung for at once: those behind them are found missing as these are worked off."""
MESSAGES = 16
"""Messages for them, each of which stands for its share. Whoever takes one for runs that last passes the rest on, as so many messages
again: two steps reach 256 places."""
BREATH_SECONDS = 0.001
"""A pause of the thread that sends, after some messages."""
BREATH_EVERY = 20
"""A thread that sends without a pause keeps the loop of its process from the interpreter's lock."""
PING_SECONDS = 5.0
"""Between two looks at a broker to which nothing is sent."""
AGAIN_SECONDS = 1.0
"""Between two tries while the broker does not answer."""
CLOSE_SECONDS = 2.0
"""What waits to be sent has so long to leave at the end."""

TRANSPORT = {
    "visibility_timeout": 3_600,
    # What a worker that was killed had fetched is soon offered again (by default: after up to 100 s more).
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # Without a limit a broker that has stopped answering would hold a process for ever. Longer than a blocking read, which is 1 s.
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 5,
    # The lists of all queues are read in the order of priority, and queues of the same in turn: "priority" would starve the second.
    "queue_order_strategy": "round_robin",
    "priority_steps": list(PRIORITY_STEPS),
}


def make_app(broker_url: str, *, grace_seconds: int) -> Any:
    """An app of Celery that knows nothing but how to reach the broker. Each process has one."""
    app = _Celery("headway", broker=broker_url, set_as_current=False)
    app.conf.update(
        broker_transport_options=TRANSPORT,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,
        broker_pool_acquire_timeout=10,
        # A message is over once it is heard; what is to be done stands in the store.
        task_acks_late=False,
        task_reject_on_worker_lost=False,
        task_ignore_result=True,
        task_track_started=False,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_enable_prefetch_count_reduction=False,
        worker_soft_shutdown_timeout=float(grace_seconds),
        worker_send_task_events=False,
        worker_enable_remote_control=True,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )
    return app


def celery_queue(prefix: str, queue: str) -> str:
    """What a queue is called in Celery."""
    return f"{prefix}.{queue}"


def echo_queue(prefix: str, hostname: str) -> Any:
    """The queue by which a worker of Celery hears itself. In one that others listen to, any of them could hear it, and it would be
    counted as a bell."""
    return _Queue(celery_queue(prefix, f"@{hostname}"), expires=ECHO_KEPT_SECONDS)


def level(priority: int) -> int:
    """A priority of ours (10: first) as one of Redis' four (0: first)."""
    if priority >= 5:
        return PRIORITY_STEPS[0]
    return PRIORITY_STEPS[1 if priority > 0 else 2 if priority == 0 else 3]


def shares(count: int) -> list[int]:
    """So many runs, as `MESSAGES` parts that are as equal as can be; fewer where there are fewer runs."""
    part, rest = divmod(count, MESSAGES)
    return [part + (number < rest) for number in range(min(count, MESSAGES))]


class Ringer:
    """Sends messages from a thread of its own; nobody waits for the broker. What cannot be sent is forgotten, and found missing later."""

    def __init__(self, app: Any, *, prefix: str, hostname: str = "") -> None:
        """`hostname`: of the worker of Celery that echoes go to."""
        self.is_away = False
        """Whether the broker did not answer when it was last asked."""
        self._app = app
        self._hostname = hostname
        self._prefix = prefix
        self._missing = Missing()
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, int]] = Counter()
        self._unclaimed: Mapping[str, int] | None = None
        self._echo: tuple[int, Callable[[], object]] | None = None
        self._is_due = threading.Event()
        self._is_closed = False
        self._producer: Any = None
        self._thread = threading.Thread(target=self._run, name="headway-ringer", daemon=True)
        self._thread.start()

    def ring(self, news: Sequence[News]) -> None:
        """From any thread; sent soon after."""
        with self._lock:
            for each in news:
                if isinstance(each, Queued) and each.queue != CANARY_QUEUE:
                    key = (each.queue, level(each.priority))
                    self._counts[key] = min(AT_ONCE, self._counts[key] + each.count)
        if self._counts:
            self._is_due.set()

    def look(self, unclaimed: Mapping[str, int]) -> None:
        """From any thread: so many runs of each queue could be claimed."""
        with self._lock:
            self._unclaimed = dict(unclaimed)
        self._is_due.set()

    def echo(self, number: int, taken: Callable[[], object]) -> None:
        """From any thread: send an echo. `taken` is called, by another thread, when the broker has it."""
        with self._lock:
            self._echo = (number, taken)
        self._is_due.set()

    def close(self) -> None:
        """Send what waits, unless the broker is away."""
        self._is_closed = True
        self._is_due.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while True:
            self._is_due.wait(PING_SECONDS)
            self._is_due.clear()
            is_last = self._is_closed
            with self._lock:
                counts, self._counts = self._counts, Counter()
                unclaimed, self._unclaimed = self._unclaimed, None
                echo, self._echo = self._echo, None
            try:
                self._send(counts, unclaimed)
                if echo is not None:
                    self._send_echo(*echo)
                self._note(None)
            except Exception as error:  # noqa: BLE001  (redis-py, kombu and the system raise what they like)
                self._note(error)
                self._let_go()
                if not is_last:
                    # While the broker is away nothing is gathered for it.
                    time.sleep(AGAIN_SECONDS)
            if is_last:
                self._let_go()
                return

    def _send(self, counts: Mapping[tuple[str, int], int], unclaimed: Mapping[str, int] | None) -> None:
        if self._producer is None:
            self._producer = self._app.amqp.Producer(self._app.connection_for_write())
        channel: Any = self._producer.channel
        wanted = Counter(counts)
        if unclaimed is not None:
            for queue, count in self._missing.due(unclaimed, lambda queue: self._message_count(channel, queue), time.monotonic()).items():
                wanted[queue, level(0)] += count
        if not wanted:
            channel.client.ping()
        sent = 0
        for (queue, priority), count in sorted(wanted.items(), key=lambda item: item[0][1]):
            name = celery_queue(self._prefix, queue)
            for share in shares(count):
                # A worker of an older version knows no number.
                arguments = [queue, share] if share > 1 else [queue]
                self._app.send_task(TASK, args=arguments, queue=_Queue(name), priority=priority, producer=self._producer, retry=False)
                sent += 1
                if sent % BREATH_EVERY == 0:
                    time.sleep(BREATH_SECONDS)

    def _send_echo(self, number: int, taken: Callable[[], object]) -> None:
        queue = echo_queue(self._prefix, self._hostname)
        self._app.send_task(ECHO, args=[number], queue=queue, priority=PRIORITY_STEPS[0], producer=self._producer, retry=False)
        taken()

    def _message_count(self, channel: Any, queue: str) -> int:
        return int(channel.queue_declare(celery_queue(self._prefix, queue)).message_count)

    def _note(self, error: Exception | None) -> None:
        if error is not None and not self.is_away:
            _log.warning("The broker does not answer (%s); workers look for themselves.", error)
        elif error is None and self.is_away:
            _log.warning("The broker is back.")
        self.is_away = error is not None

    def _let_go(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                producer.channel.connection.client.close()
            except Exception as error:  # noqa: BLE001  (it is broken: that is why)
                _log.debug("Closing the connection to the broker: %s", error)
