from __future__ import annotations

from typing import Any

import pytest

from headway.cli.messages import Words
from headway.cli.screen.bar import bar_line, bar_spans, progress_text
from headway.cli.screen.frame import Link, Moment, badge, draw_run
from headway.cli.screen.text import plain, width_of
from headway.model.fold import View
from tests.unit.cli.material import at, log, progress, texts, view_of

ENGLISH = Words("en")


def draw(view: View, link: Link | None = None, *, width: int = 80, height: int = 24, words: Words = ENGLISH, **more: Any) -> list[str]:
    moment = Moment(width=width, height=height, elapsed_seconds=12.0, **more)
    return texts(draw_run(view, link or Link(lag_seconds=0.012), moment, words))


def grading() -> View:
    return view_of(
        {"kind": "step.started", "at": at(), "step": "1", "name": "recognise"},
        progress(0, 30, unit="sheets", step="1", elapsed_seconds=0.0),
        progress(12, 30, unit="sheets", step="1", elapsed_seconds=4.0),
        {"kind": "step.started", "at": at(), "step": "2", "name": "sheet 12", "parent": "1"},
        progress(3, 10, bar="b2", name="answers", step="2"),
        {"kind": "metric.reported", "at": at(), "name": "accuracy", "value": 0.98765},
        {"kind": "status.reported", "at": at(), "text": "reading Lin's sheet"},
        log("doubtful", "warning"), log("odd", "error"),
    )  # fmt: skip


def test_the_picture_says_everything_that_matters() -> None:
    rule, header, bar, told, inner, metrics, footer = draw(grading(), line_count=4, hint="Ctrl-C: leave")
    assert set(rule) == {"─"}
    assert header.startswith("● running  grade 7b  12 s")
    assert header.endswith("live · 12 ms")
    assert "40%  12 / 30 sheets  3 sheets/s  6 s left" in bar
    assert told == "recognise › sheet 12 · reading Lin's sheet"
    assert inner.startswith("  answers  ")
    assert "30%  3 / 10" in inner
    assert metrics == "accuracy 0.9877"
    assert footer.startswith("4 lines · 1 warning · 1 error")
    assert footer.endswith("Ctrl-C: leave")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("height", [4, 6, 10, 24])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_picture_fits_every_terminal(width: int, height: int, language: Any) -> None:
    view = grading()
    view["name"] = "七年级二班数学期中考试阅卷" * 3
    lines = draw_run(view, Link(), Moment(width=width, height=height, elapsed_seconds=3700.0, hint="leave it"), Words(language))
    assert all(width_of(content) <= width for content in lines)
    assert len(lines) < height or height == 4


def test_names_cannot_act_on_the_terminal() -> None:
    view = view_of(
        {"kind": "step.started", "at": at(), "step": "1", "name": "a\x1b[2Jb\nc"}, name="evil\x1b]0;x\x07\nname"
    )  # fmt: skip
    assert not any("\x1b" in text or "\n" in text for text in draw(view))


def test_a_bar_without_a_total_wanders() -> None:
    first, later = (plain(bar_spans(5, None, 20, tick=tick)) for tick in (0, 3))
    assert first != later
    assert len(first) == len(later) == 20


@pytest.mark.parametrize(("done", "total", "full"), [(0, 10, 0), (5, 10, 10), (10, 10, 20), (12, 10, 20), (0, 0, 20), (-1, 10, 0)])
def test_a_bar_is_as_full_as_what_is_done(done: float, total: float, full: int) -> None:
    assert plain(bar_spans(done, total, 20)).count("━") == full


def test_what_does_not_fit_is_left_out_from_the_right() -> None:
    bar = {"done": 12, "total": 30, "unit": "sheets", "rate": 3.0, "eta_seconds": 6.0}
    wide, narrow = (plain(bar_line(bar, width, ENGLISH)) for width in (100, 34))
    assert "left" in wide
    assert "left" not in narrow
    assert "40%" in narrow


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        (Link(), "live"),
        (Link(lag_seconds=0.0124), "live · 12 ms"),
        (Link(lag_seconds=2.0), "live · 2.0 s"),
        (Link(caught_up=412), "live · caught up 412 lines"),
        (Link(is_live=False, failures=3, lag_seconds=0.1), "reconnecting (3)"),
    ],
)
def test_the_badge_says_how_fresh_the_picture_is(link: Link, shown: str) -> None:
    assert plain(badge(link, ENGLISH)) == shown


def test_a_second_attempt_and_a_reason_are_shown() -> None:
    view = view_of({"kind": "attempt.ended", "at": at(), "attempt": 1, "outcome": "lost"},
                   {"kind": "attempt.started", "at": at(), "attempt": 2})  # fmt: skip
    assert "attempt 2" in draw(view)[1]


def test_many_bars_are_bounded() -> None:
    view = view_of(*(progress(1, 9, bar=f"b{number}", name=f"part {number}") for number in range(20)), progress(1, 2))
    lines = draw(view, height=40)
    assert sum("part" in text for text in lines) == 6
    assert "and 14 more" in lines


def test_progress_in_one_line() -> None:
    view = grading()
    assert progress_text(view, ENGLISH) == "40% · 12 / 30 sheets · 3 sheets/s · 6 s left"
    view["state"] = "failed"
    assert "left" not in progress_text(view, ENGLISH)
    assert progress_text({}, ENGLISH) == ""


def test_the_chinese_picture_is_chinese() -> None:
    shown = "\n".join(draw(grading(), words=Words("zh-CN")))
    assert "运行中" in shown
    assert "剩余" in shown
    assert "running" not in shown
