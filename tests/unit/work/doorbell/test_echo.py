from __future__ import annotations

from datetime import UTC, datetime, timedelta

from headway.work.doorbell.echo import PERIODS, Echo

AT = datetime(2026, 11, 28, tzinfo=UTC)
PERIOD = 30
QUEUES = ["default", "night"]


class Worker:
    """A worker and its broker, second by second."""

    def __init__(self) -> None:
        self.echo = Echo(PERIOD)
        self.now = 0
        self.sent: list[int] = []
        self.is_hearing = True
        self.listening = QUEUES
        self.has_room = True
        self.is_away = False

    def live(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            number = self.echo.turn(
                self.now, served=QUEUES, listening=self.listening, has_room=self.has_room, is_away=self.is_away
            )  # fmt: skip
            if number is not None and not self.is_away:
                self.sent.append(number)
                self.echo.taken(number, self.now)
                if self.is_hearing:
                    self.echo.heard(number, self.now)

    @property
    def deaf(self) -> tuple[str, ...]:
        return self.echo.deaf(self.now)

    @property
    def is_lost(self) -> bool:
        return self.echo.is_lost(self.now)


def test_who_hears_is_asked_once_a_period_and_says_when_it_last_heard() -> None:
    worker = Worker()
    assert worker.echo.echoes(0, AT).heard_at == {}
    worker.live(10 * PERIOD)
    assert worker.sent == list(range(1, 11))
    assert (worker.deaf, worker.is_lost) == ((), False)
    said = worker.echo.echoes(worker.now, AT)
    assert said.heard_at == dict.fromkeys(QUEUES, AT - timedelta(seconds=PERIOD - 1))
    assert said.deaf == ()


def test_who_does_not_hear_is_deaf_after_a_period_and_lost_after_some() -> None:
    worker = Worker()
    worker.live(PERIOD)
    worker.is_hearing = False
    worker.live(PERIOD)
    assert worker.deaf == ()
    worker.live(1)
    assert worker.deaf == ("default", "night")
    worker.live((PERIODS - 1) * PERIOD - 1)
    assert not worker.is_lost
    worker.live(1)
    assert worker.is_lost
    worker.is_hearing = True
    worker.live(PERIOD)
    assert (worker.deaf, worker.is_lost) == ((), False), "it had only been slow"


def test_a_queue_that_celery_does_not_ask_for_is_not_heard() -> None:
    worker = Worker()
    worker.live(PERIOD)
    worker.listening = ["default"]
    worker.live(PERIOD - 1)
    assert worker.deaf == ()
    worker.live(2)
    assert worker.deaf == ("night",)
    assert worker.echo.echoes(worker.now, AT).heard_at["default"] > worker.echo.echoes(worker.now, AT).heard_at["night"]
    worker.live(PERIODS * PERIOD)
    assert worker.is_lost
    worker.listening = QUEUES
    worker.live(1)
    assert worker.deaf == ()


def test_while_the_broker_is_away_nobody_is_deaf_and_the_time_does_not_count() -> None:
    worker = Worker()
    worker.is_hearing, worker.is_away, worker.listening = False, True, []
    worker.live(10 * PERIOD)
    assert (worker.deaf, worker.is_lost) == ((), False)
    worker.is_away = False
    worker.live(PERIOD - 1)
    assert worker.deaf == (), "Celery may still be connecting"
    worker.live(2)
    assert worker.deaf == ("default", "night")


def test_who_has_no_room_is_not_asked_and_not_deaf() -> None:
    worker = Worker()
    worker.is_hearing = False
    worker.live(PERIOD - 1)
    worker.has_room = False
    worker.live(10 * PERIOD)
    assert (worker.sent, worker.deaf) == ([1], ())
    worker.has_room = True
    worker.live(PERIOD - 1)
    assert worker.deaf == (), "from now on it may hear"
    worker.live(2)
    assert worker.deaf == ("default", "night")


def test_who_hears_a_bell_is_not_deaf() -> None:
    worker = Worker()
    worker.is_hearing = False
    for _ in range(3 * PERIODS):
        worker.live(PERIOD - 1)
        worker.echo.rung("night", worker.now)
    assert (worker.deaf, worker.is_lost) == ((), False)
    assert list(worker.echo.echoes(worker.now, AT).heard_at) == ["night"]


def test_who_was_stopped_is_not_deaf_for_it() -> None:
    worker = Worker()
    worker.is_hearing = False
    worker.live(PERIOD - 1)
    worker.now += 10 * PERIOD
    worker.live(1)
    assert (worker.deaf, worker.is_lost) == ((), False)
    worker.live(PERIOD + 1)
    assert worker.deaf == ("default", "night"), "one that was sent since then did not come either"


def test_an_echo_that_came_back_before_its_sending_was_told_counts() -> None:
    echo = Echo(PERIOD)
    number = echo.turn(1, served=QUEUES, listening=QUEUES, has_room=True, is_away=False)
    assert number == 1
    echo.heard(number, 1.5)
    echo.taken(number, 1.6)
    assert echo.deaf(1.6 + PERIOD) == ()
