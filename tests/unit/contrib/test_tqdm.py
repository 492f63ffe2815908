"""tqdm with one import changed: progress of a run in a run, tqdm itself elsewhere."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import headway
from headway.contrib.tqdm import tqdm, trange
from headway.testing import Installation, RunUnderTest, installation


@pytest.fixture
def hw() -> Iterator[Installation]:
    with installation() as made:
        yield made


def done_by(hw: Installation, work: Callable[[], Any]) -> RunUnderTest:
    headway.task(name="work")(work)
    run = hw.run("work")
    assert run.state == "succeeded", run
    return run


def test_a_loop_is_progress_of_the_run(hw: Installation) -> None:
    def work() -> int:
        return sum(tqdm(range(5000), desc="sheets", unit="sheet", unit_scale=True, disable=None, file=io.StringIO()))

    run = done_by(hw, work)

    assert run.result == sum(range(5000))
    bar = run.progress
    assert (bar["done"], bar["total"], bar["name"], bar["unit"]) == (5000, 5000, "sheets", "sheet")
    assert run.log == []


def test_a_bar_is_moved_by_hand(hw: Installation) -> None:
    def work() -> tuple[float, float | None, int]:
        with tqdm(total=100, desc="reading", initial=10) as bar:
            bar.update(20)
            bar.set_description("writing")
            bar.set_postfix(loss=0.31234, epoch=2)
            bar.total = 50
            bar.update()
            tqdm.write("a line")
            return bar.n, bar.total, len(bar)

    run = done_by(hw, work)

    assert run.result == [31, 50, 50]
    bar = run.progress
    assert (bar["done"], bar["total"], bar["name"], bar["message"]) == (31, 50, "writing", "loss=0.312, epoch=2")
    assert run.log == ["a line"]


def test_a_postfix_set_in_the_loop_is_shown(hw: Installation) -> None:
    def work() -> None:
        bar = trange(3, desc="epochs")
        for epoch in bar:
            bar.set_postfix_str(f"epoch {epoch}")
            bar.set_description(f"at {epoch}")

    assert (done_by(hw, work).progress["done"], hw.runs()[0].progress["message"], hw.runs()[0].progress["name"]) == (3, "epoch 2", "at 2")


def test_nested_bars_and_a_new_beginning(hw: Installation) -> None:
    def work() -> None:
        for _ in trange(2, desc="outer"):
            inner = tqdm(total=4, desc="inner")
            inner.update(4)
            inner.reset(total=2)
            inner.n = 2
            inner.close()

    run = done_by(hw, work)

    assert run.progress["name"] == "outer"
    (inner,) = [bar for bar in run.view["bars"].values() if bar.get("name") == "inner"]
    assert (inner["done"], inner["total"]) == (2, 2)


def test_a_disabled_bar_shows_nothing(hw: Installation) -> None:
    def work() -> int:
        with tqdm(total=3, disable=True) as bar:
            bar.update(3)
            bar.set_postfix(a=1)
        return len(list(tqdm(range(3), disable=True)))

    run = done_by(hw, work)

    assert run.result == 3
    assert run.progress == {}


def test_outside_of_a_run_it_is_the_real_one() -> None:
    real = pytest.importorskip("tqdm")
    drawn = io.StringIO()

    bar: Any = tqdm(range(3), desc="sheets", file=drawn)

    assert isinstance(bar, real.tqdm)
    assert list(bar) == [0, 1, 2]
    assert "sheets: 100%" in drawn.getvalue()


def test_without_tqdm_it_counts_all_the_same() -> None:
    program = (
        "import sys; sys.modules['tqdm'] = None\n"
        "from headway.contrib.tqdm import tqdm, trange\n"
        "print(list(tqdm([1, 2], desc='x')), list(trange(1, 3)))\n"
        "tqdm.write('a line')\n"
    )

    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "[1, 2] [1, 2]\na line\n"
