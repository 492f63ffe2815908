"""Lines on the pipe are whole: among threads, processes and signals, and when the pipe is full or gone."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import headway
from headway.model.events import EVENT_LIMIT
from headway.sdk import interrupts
from headway.sdk.outcomes import Cancelled
from headway.sdk.report_pipe import ReportPipe
from headway.sdk.reporter import PipeReporter, Recorded, encode
from tests.unit.sdk.piped import a_run, piped
from tests.waiting import eventually


def test_a_line_beyond_the_pipe_is_written_in_pieces_and_arrives_whole() -> None:
    with piped() as other_end, a_run(other_end):
        for number in range(20):
            other_end.reporter.report({"kind": "note", "at": "", "text": f"{number}" + "x" * 200_000})
    assert [event["text"][:2].rstrip("x") for event in other_end.of("note")] == [str(number) for number in range(20)]


def test_threads_do_not_mix_their_lines() -> None:
    with piped() as other_end, a_run(other_end):
        threads = [threading.Thread(target=lambda: [headway.log("y" * 9_000) for _ in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(other_end.texts) == 200


def test_a_short_line_never_lands_in_a_long_one() -> None:
    """Short lines take no lock: they must still wait while a long one is going out in pieces, and come in their thread's order."""
    with piped() as other_end, a_run(other_end):

        def write(thread: int) -> None:
            for number in range(300):
                filling = "" if thread % 2 else "x" * 150_000
                other_end.reporter.report({"kind": "note", "at": "", "thread": thread, "number": number, "filling": filling})

        threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for thread_number in range(4):
        assert [event["number"] for event in other_end.of("note") if event["thread"] == thread_number] == list(range(300))


@pytest.mark.no_cover  # coverage has a lock of its own that a signal handler must not meet: it waits for itself
def test_signal_handlers_that_print_garble_nothing_and_block_nobody() -> None:
    """Handlers that report short and long lines, at any moment of the main thread's short ones, while a thread sends long ones."""
    numbers = itertools.count()
    handled: list[int] = []
    handlers: set[int] = set()

    def handle(_: int, frame: object) -> None:
        number = next(numbers)
        handlers.add(number)
        handled.append(number)
        other_end.reporter.report({"kind": "handled", "at": "", "number": number, "filling": "" if number % 2 else "x" * 9_000})
        handlers.discard(number)

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        with piped() as other_end, a_run(other_end):
            done = threading.Event()
            long_lines: list[int] = []

            def go_on() -> None:
                while not done.is_set():
                    long_lines.append(len(long_lines))
                    other_end.reporter.report({"kind": "long", "at": "", "number": long_lines[-1], "filling": "y" * 20_000})

            def disturb() -> None:
                while not done.wait(0.000_3):
                    if len(handlers) < 4:  # more, and on a slow machine they interrupt each other until the stack is full
                        os.kill(os.getpid(), signal.SIGUSR1)

            threads = [threading.Thread(target=go_on), threading.Thread(target=disturb)]
            for thread in threads:
                thread.start()
            for number in range(5_000):
                other_end.reporter.report({"kind": "short", "at": "", "number": number})
            done.set()
            for thread in threads:
                thread.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert [event["number"] for event in other_end.of("short")] == list(range(5_000))
    assert [event["number"] for event in other_end.of("long")] == long_lines
    assert sorted(event["number"] for event in other_end.of("handled")) == sorted(handled)
    assert handled


FORKING = """
    import os, sys
    import headway
    from headway.sdk.context import RunContext, enter
    from headway.sdk.report_pipe import ReportPipe
    from headway.sdk.reporter import PipeReporter

    with enter(RunContext(PipeReporter(ReportPipe(int(sys.argv[1])), 1), id="run")):
        headway.metric("before", 1)
        outer = iter(headway.track(range(3), name="outer"))
        next(outer)
        children = []
        for child in range(4):
            pid = os.fork()
            if not pid:
                with headway.step(f"child {child}"):
                    for number in range(50):
                        headway.log(f"{child} {number} " + "z" * 15_000)
                try:
                    headway.checkpoint(1)
                except RuntimeError:
                    headway.log("refused")
                for _ in headway.track(range(3), name=f"loop {child}"):
                    pass
                headway.current_run().close()
                os._exit(0)
            children.append(pid)
        for number in range(50):
            headway.log(f"parent {number} " + "z" * 15_000)
        for pid in children:
            os.waitpid(pid, 0)
"""


def test_processes_that_forked_do_not_mix_their_lines() -> None:
    reading, writing = os.pipe()
    forking = subprocess.Popen([sys.executable, "-c", textwrap.dedent(FORKING), str(writing)], pass_fds=[writing])
    os.close(writing)
    with os.fdopen(reading, "rb") as lines:
        events = [json.loads(line.removeprefix(b"1 ")) for line in lines]
    assert forking.wait(30) == 0
    logged = [event for event in events if event["kind"] == "log.written"]
    for name in ("0", "1", "2", "3", "parent"):
        own = [event["text"].split()[1] for event in logged if event["text"].startswith(name + " ")]
        assert own == [str(number) for number in range(50)]
    assert sum(event["text"] == "refused" for event in logged) == 4
    assert sum(event["kind"] == "metric.reported" for event in events) == 1
    assert len({event["step"] for event in events if event["kind"] == "step.started"}) == 4
    bars = {event.get("bar", "main"): event["name"] for event in events if event["kind"] == "progress.reported"}
    assert bars.pop("main") == "outer"
    assert sorted(bars.values()) == [f"loop {child}" for child in range(4)]


@contextmanager
def on_signal(error: BaseException) -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, lambda number, frame: interrupts.interrupt(error))
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_an_interruption_waits_until_the_line_is_out() -> None:
    """A line larger than the pipe, a reader that stops in the middle of it, and a signal then."""
    with piped() as other_end, on_signal(Cancelled("enough")):
        size = 40 * 65_536
        other_end.pause_reading()

        def interrupt_and_read() -> None:
            eventually(lambda: other_end.pipe._is_writing, what="the main thread is in the middle of a line")  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGUSR1)
            eventually(lambda: interrupts.pending is not None, what="the interruption waits")
            other_end.go_on_reading()

        other_end.reporter.report({"kind": "first", "at": ""})
        thread = threading.Thread(target=interrupt_and_read)
        thread.start()
        with pytest.raises(Cancelled, match="enough"):
            other_end.pipe.send(b'1 {"kind":"large","at":"","text":"' + b"x" * size + b'"}\n')
        thread.join()
        other_end.reporter.report({"kind": "next", "at": ""})
    assert [event["kind"] for event in other_end.events] == ["first", "large", "next"]
    assert interrupts.depth == 0


def test_an_interruption_breaks_into_a_wait_for_room_and_loses_nothing() -> None:
    reading, writing = os.pipe()
    pipe = ReportPipe(writing)
    reporter = PipeReporter(pipe, 1)
    while True:  # to the brim
        try:
            os.write(writing, b"1 {}\n")
        except BlockingIOError:
            break
    timer = threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    with on_signal(Cancelled("enough")):
        timer.start()
        with pytest.raises(Cancelled):
            reporter.report({"kind": "kept", "at": ""})
    timer.join()
    os.read(reading, 65_536)
    reporter.flush()
    assert b'"kept"' in os.read(reading, 65_536)
    pipe.close()
    os.close(reading)
    os.close(writing)


@pytest.mark.no_cover  # as above
def test_code_that_prints_while_a_line_is_written_comes_after_it() -> None:
    """A signal handler of user code, or a `__del__`, that reports in the middle of a report of the same thread."""
    with piped() as other_end:
        before = signal.signal(signal.SIGUSR1, lambda number, frame: other_end.reporter.report({"kind": "nested", "at": ""}))
        try:
            other_end.pause_reading()
            other_end.reporter.report({"kind": "first", "at": ""})

            def signal_and_read() -> None:
                eventually(lambda: other_end.pipe._is_writing, what="the main thread is in the middle of a line")  # type: ignore[attr-defined]
                os.kill(os.getpid(), signal.SIGUSR1)
                eventually(lambda: other_end.pipe.is_waiting, what="the nested report waits")
                other_end.go_on_reading()

            thread = threading.Thread(target=signal_and_read)
            thread.start()
            other_end.pipe.send(b'1 {"kind":"large","at":"","text":"' + b"x" * 1_000_000 + b'"}\n')
            thread.join()
        finally:
            signal.signal(signal.SIGUSR1, before)
    assert [event["kind"] for event in other_end.events] == ["first", "large", "nested"]


def test_a_supervisor_that_is_gone_is_no_error_for_user_code() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    pipe = ReportPipe(writing)
    reporter = PipeReporter(pipe, 1)
    reporter.report({"kind": "note", "at": ""})
    reporter.report({"kind": "note", "at": ""})
    assert pipe.is_closed
    os.close(writing)


def test_metric_points_travel_together_and_before_what_follows() -> None:
    with piped() as other_end, a_run(other_end):
        for number in range(1_000):
            headway.metric("loss", number)
        headway.log("after")
        eventually(lambda: other_end.texts == ["after"])
        assert [event["value"] for event in other_end.of("metric.reported")] == list(range(1_000))


def test_metric_points_that_nothing_follows_go_out_by_themselves() -> None:
    with piped() as other_end, a_run(other_end):
        headway.metric("loss", 0.5, "nats", {"split": "test", "fold": 3})
        eventually(lambda: other_end.of("metric.reported"), what="a lonely point")
    (event,) = other_end.of("metric.reported")
    assert (event["name"], event["value"], event["unit"], event["labels"]) == ("loss", 0.5, "nats", {"split": "test", "fold": "3"})


def test_a_metric_that_is_no_number_is_said_and_not_drawn() -> None:
    with piped() as other_end, a_run(other_end):
        headway.metric("loss", float("nan"))
        headway.metric("is_done", True)
        with pytest.raises(TypeError, match="needs a number"):
            headway.metric("loss", "high")  # type: ignore[arg-type]
    assert other_end.texts == ["metric loss is nan"]
    assert [event["value"] for event in other_end.of("metric.reported")] == [1]


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "log.written", "at": "t", "level": "info", "text": "\ud800", "context": {"a": {1, 2}, "b": float("inf")}},
        {"kind": "log.written", "at": "t", "level": "info", "text": "x", "traceback": "é" * 200_000},
        {"kind": "note", "at": "t", "a": object(), "b": "y" * 400_000},
    ],
)
def test_no_event_is_too_strange_or_too_large_to_be_written(event: dict[str, object]) -> None:
    data = encode(event)
    assert len(data) <= EVENT_LIMIT
    assert json.loads(data)["kind"] == event["kind"]


def test_a_report_is_settled_once_and_tells_all_who_ask() -> None:
    recorded, told = Recorded(), []
    recorded.then(told.append)
    with pytest.raises(TimeoutError):
        recorded.wait(0.01)
    recorded.settle(ValueError("no"))
    recorded.settle()
    recorded.then(told.append)
    assert [str(error) for error in told] == ["no", "no"]
    with pytest.raises(ValueError, match="no"):
        recorded.wait()
