"""Real tqdm and rich in a run, without a change to the code that uses them; and drawing among threads, steps and bars of one's own."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress, track
from tqdm import tqdm

import headway
from headway.sdk.capture import Capture
from headway.sdk.context import RunContext
from headway.sdk.drawing import Drawing
from tests.unit.sdk.kept import Kept
from tests.unit.sdk.piped import Piped, a_run, piped
from tests.waiting import eventually

COUNT = 10_000


@contextmanager
def a_captured_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Piped]:
    """A child's surroundings; after the block all that was said is there."""
    for name, value in {"TTY_COMPATIBLE": "1", "TERM": "xterm-256color", "COLUMNS": "120"}.items():
        monkeypatch.setenv(name, value)
    with piped() as said, Capture(), a_run(said):
        yield said


def last(said: Piped) -> dict[str, dict[str, Any]]:
    """The newest report of each bar, by name."""
    return {event.get("name", ""): event for event in said.of("progress.reported")}


def test_a_loop_of_tqdm_is_a_bar_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said:
        for _ in tqdm(range(COUNT), desc="sheets", unit="sheet"):
            pass
    bar = last(said)["sheets"]
    assert (bar["done"], bar["total"], bar["unit"], bar["is_closed"]) == (COUNT, COUNT, "sheet", True)
    assert len(said.texts) == 1
    assert len(said.events) < 10


def test_nested_loops_and_words_between(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said:
        for epoch in tqdm(range(3), desc="epoch"):
            for _ in tqdm(range(50), desc="batch", leave=False, mininterval=0, miniters=1):
                pass
            tqdm.write(f"epoch {epoch} is over")
    bars = last(said)
    assert (bars["epoch"]["done"], bars["epoch"]["total"]) == (3, 3)
    assert (bars["batch"]["done"], bars["batch"]["total"]) == (50, 50)
    assert "bar" not in bars["epoch"]
    written = [event["text"] for event in said.of("log.written") if event["stream"] == "stdout"]
    assert written == [f"epoch {epoch} is over" for epoch in range(3)]
    assert len(said.texts) == 4


def test_a_loop_without_a_total_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said:
        for _ in tqdm(iter(range(300)), postfix={"loss": 0.3}):
            pass
    bar = last(said)[""]
    assert (bar["done"], bar.get("total"), bar["message"]) == (300, None, "loss=0.3")


def test_bars_in_threads_do_not_disturb_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said:

        def work(number: int) -> None:
            for _ in tqdm(range(200), desc=f"part {number}", position=number, mininterval=0, miniters=1):
                pass

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    reached = dict.fromkeys(last(said), 0)
    for event in said.of("progress.reported"):
        assert event["total"] == 200
        reached[event["name"]] = max(reached[event["name"]], event["done"])
    assert reached == {f"part {number}": 200 for number in range(4)}
    assert len(said.texts) < 16  # one each, those that tqdm draws twice while it closes, and the empty rows above the first


def test_what_a_bar_said_in_a_row_that_it_has_left_does_not_begin_it_again() -> None:
    """As tqdm ends a loop that stands below another: the last is drawn in the first row, and the row below is never drawn again."""
    kept, now = Kept(), [100.0]
    run = RunContext(kept, id="run")
    drawing = Drawing("stderr", run, lambda text, goes_on: None, clock=lambda: now[0])

    def draw(name: str, done: int, row: int) -> None:
        bar = f"{name}: {done // 2:3}%|████      | {done}/200 [00:00<00:00, 100.00it/s]"
        drawing.feed("\n" * row + "\r" + bar + "\x1b[A" * row)

    draw("part 0", 10, 0)
    draw("part 1", 100, 1)
    now[0] += 0.001
    draw("part 1", 194, 1)
    draw("part 1", 200, 0)
    drawing.feed("\n")
    now[0] += 1.0
    drawing.sample(now[0], 0.05)
    drawing.close()
    run.close()

    bars = [event for event in kept.of("progress.reported") if event["name"] == "part 1"]
    assert (bars[-1]["done"], bars[-1]["is_closed"]) == (200, True)


def test_a_loop_of_rich_is_a_bar_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said:
        for _ in track(range(COUNT), "Working", console=Console()):
            pass
    bar = last(said)["Working"]
    assert (bar["done"], bar["total"], bar["unit"]) == (100, 100, "%")
    assert len(said.texts) == 1
    assert len(said.events) < 10


def test_two_bars_of_rich_and_what_is_printed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said, Progress(console=Console()) as progress:
        one, two = progress.add_task("one", total=20), progress.add_task("two", total=10)
        for number in range(20):
            progress.update(one, advance=1)
            progress.update(two, advance=0.5, refresh=True)
            if number == 10:
                print("in the middle")
    bars = last(said)
    assert (bars["one"]["done"], bars["two"]["done"]) == (100, 100)
    assert len(said.texts) == 3
    assert "in the middle" in said.texts[0]


def test_a_bar_of_the_codes_own_keeps_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said:
        headway.progress(1, 4, unit="sheets")
        for _ in tqdm(range(10), desc="inner"):
            pass
        headway.progress(2, 4)
    assert last(said)["inner"]["bar"] == "bar-2"
    assert [event["total"] for event in said.of("progress.reported") if "bar" not in event] == [4] * len(
        [event for event in said.of("progress.reported") if "bar" not in event]
    )


def test_progress_by_hand_takes_the_header_from_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said:
        sys.stderr.write("\rdrawn:  10%|█ | 1/10 [00:00<00:01, 9.0it/s]")
        sys.stderr.write("\rdrawn:  20%|██| 2/10 [00:00<00:01, 9.0it/s]")
        headway.progress(7, 70, unit="sheets")
        sys.stderr.write("\rdrawn: 100%|██| 10/10 [00:00<00:00, 9.0it/s]\n")
    by_id = {event.get("bar", "main"): event for event in said.of("progress.reported")}
    assert (by_id["main"]["done"], by_id["main"]["total"]) == (7, 70)
    assert (by_id["bar-2"]["done"], by_id["bar-2"]["name"]) == (10, "drawn")


def test_what_is_drawn_in_a_step_belongs_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said, headway.step("read"):
        for _ in tqdm(range(10), desc="pages"):
            pass
    step = said.of("step.started")[0]["step"]
    assert last(said)["pages"]["step"] == step
    assert said.of("log.written")[0]["step"] == step


def test_a_bar_that_stands_still_is_seen_while_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said:
        sys.stderr.write("\r 45%|████▌     | 45/100 [00:01<00:01, 30.3it/s]")
        sys.stderr.flush()
        assert eventually(lambda: said.of("progress.reported"), what="the first look at a bar")[0]["done"] == 45
        sys.stdout.write("\rthinking")
        sys.stdout.flush()
        assert eventually(lambda: said.of("status.reported"), what="the status")[0]["text"] == "thinking"


def test_coloured_lines_are_lines_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said:
        print("\x1b[32mok\x1b[0m", 7)
        sys.stdout.write("windows\r\n")
    assert said.texts == ["\x1b[32mok\x1b[0m 7", "windows"]


def test_a_forked_process_draws_bars_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_captured_run(monkeypatch) as said:
        sys.stderr.write("\rparent:  10%|█ | 1/10 [00:00<00:01, 9.0it/s]\r")
        pid = os.fork()
        if not pid:
            for _ in tqdm(range(5), desc="child"):
                pass
            os._exit(0)
        os.waitpid(pid, 0)
    bars = last(said)
    assert bars["child"]["bar"] not in (bars["parent"].get("bar"), "main")
    assert [text[:5] for text in said.texts] == ["child", "paren"]
