"""What the news of a watched run do not say: asked beside them, and shown with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from headway.cli.ahead import EVERY_SECONDS, Ahead
from headway.cli.messages import Words
from headway.cli.ps import draw_runs
from headway.cli.remote import Remote
from headway.cli.screen.area import MARGIN
from headway.cli.screen.entries import EntryStyle
from headway.cli.screen.frame import Link, Moment, draw_run
from headway.cli.screen.waiting import waiting_text
from headway.cli.screen.watched import Watched
from headway.cli.showing import Showing, choose_picture, look_ahead
from headway.model.clock import iso
from headway.model.waiting import Cause
from tests.unit.cli.documents_server import DocumentsServer
from tests.unit.cli.material import Memory, moment, progress, texts, view_of
from tests.waiting import eventually

RUN = "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"
WAITING = {
    "run": RUN, "state": "queued", "cause": "queue_paused", "detail": "", "until": None, "queue": "nights", "project": None, "task": None,
    "key": None, "by": "ada", "limit": None, "ahead": None, "holders": [], "expected_start_at": None,
}  # fmt: skip
LEFT = {"low": 120.0, "middle": 185.0, "high": 300.0}
ESTIMATE = {"left": LEFT, "basis": "both", "slowness": 1.0, "is_slower_than_usual": False}


@pytest.fixture
def answers() -> dict[str, Any]:
    return {f"GET /runs/{RUN}/waiting": WAITING, f"GET /runs/{RUN}/estimate": {"estimate": ESTIMATE}}


@pytest.fixture
def server(answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[DocumentsServer]:
    monkeypatch.setenv("HEADWAY_TOKEN", "secret")
    with DocumentsServer(answers) as found:
        yield found


def look(watched: Watched, ahead: Ahead, state: str, seconds: float = 0.0) -> None:
    watched.view = {"state": state}
    look_ahead(watched, ahead, moment(seconds))


def test_a_queued_run_says_why_it_waits_and_a_running_one_when_it_ends(server: DocumentsServer) -> None:
    watched, ahead = Watched(RUN), Ahead(Remote(server.url), RUN)
    look(watched, ahead, "queued")
    eventually(lambda: ahead.told("queued"))
    look(watched, ahead, "queued", 1)
    assert watched.waiting == WAITING
    look(watched, ahead, "running", 2)
    assert watched.waiting is None
    assert watched.left in (None, LEFT), "the answer may be there already"
    eventually(lambda: ahead.told("running"))
    look(watched, ahead, "running", 3)
    assert watched.left == {"low": 119.0, "middle": 184.0, "high": 299.0}
    assert [name for name, _, _ in server.asked] == [f"GET /runs/{RUN}/waiting", f"GET /runs/{RUN}/estimate"]


def test_it_is_asked_again_after_a_while_and_never_of_what_has_ended(server: DocumentsServer) -> None:
    watched, ahead = Watched(RUN), Ahead(Remote(server.url), RUN)
    look(watched, ahead, "succeeded")
    assert server.asked == []
    look(watched, ahead, "running")
    eventually(lambda: ahead.told("running"))
    look(watched, ahead, "running", EVERY_SECONDS - 0.1)
    assert len(server.asked) == 1
    eventually(lambda: look(watched, ahead, "running", EVERY_SECONDS) or len(server.asked) == 2)


@pytest.mark.parametrize("said", [None, {**ESTIMATE, "basis": "rate"}])
def test_of_the_pace_alone_the_bar_tells_as_much(server: DocumentsServer, answers: dict[str, Any], said: Any) -> None:
    answers[f"GET /runs/{RUN}/estimate"] = {"estimate": said}
    watched, ahead = Watched(RUN), Ahead(Remote(server.url), RUN)
    look(watched, ahead, "running")
    eventually(lambda: ahead.told("running"))
    look(watched, ahead, "running", 1)
    assert watched.left is None


def test_a_server_that_does_not_answer_is_no_trouble(server: DocumentsServer, answers: dict[str, Any]) -> None:
    answers[f"GET /runs/{RUN}/waiting"] = (503, {"code": "unavailable", "detail": "later"})
    watched, ahead = Watched(RUN), Ahead(Remote(server.url), RUN)
    look(watched, ahead, "queued")
    eventually(lambda: server.asked)
    look(watched, ahead, "queued", 1)
    assert watched.waiting is None


def test_the_picture_has_it() -> None:
    view = view_of(progress(12, 30, unit="sheets", elapsed_seconds=4.0)) | {
        "children": {"total": 40, "succeeded": 15, "failed": 2, "running": 4}
    }
    words = Words("en")
    size = {"width": 100, "height": 24, "elapsed_seconds": 12.0}
    drawn = "\n".join(texts(draw_run(view, Link(), Moment(**size, left="about 3 min left (2–5 min)"), words)))
    assert "12 s  about 3 min left (2–5 min)" in drawn
    assert "s left  " not in drawn  # the bar's own rate says it no more
    assert "17/40 · " in drawn
    waiting = "\n".join(texts(draw_run({"state": "queued"}, Link(), Moment(**size, waiting=waiting_text(WAITING, words, moment())), words)))
    assert "The queue nights is paused, by ada." in waiting


@pytest.mark.parametrize(("language", "ahead", "before"), [
    ("en", 0, " It is the first of its queue."), ("en", 1, " One run of its queue stands before it."), ("en", 7, " 7 runs of its queue stand before it."),
    ("zh-CN", 0, "它在本队列中排在最前。"), ("zh-CN", 7, "本队列中它前面有 7 个运行。"),
])  # fmt: skip
def test_who_stands_before_it_is_a_sentence_of_its_own(language: Any, ahead: int, before: str) -> None:
    said = {**WAITING, "cause": "workers_busy", "limit": 2, "ahead": ahead}
    assert waiting_text(said, Words(language), moment()).endswith(before)


@pytest.mark.parametrize(("start", "end", "said"), [
    (61, 150, "It is expected to start in 1–3 min."), (0, 12, "It is expected to start in < 15 s."), (-3, 0, "It is expected to start any moment."),
])  # fmt: skip
def test_a_watched_run_that_waits_says_when_it_is_expected_to_start(start: int, end: int, said: str) -> None:
    ends = {f"expected_start_{name}": iso(moment(seconds).timestamp()) for name, seconds in (("from", start), ("at", start), ("to", end))}
    screen = Memory(is_terminal=True, width=80)
    watched = Watched(RUN)
    watched.view, watched.waiting = {"state": "queued"}, {**WAITING, **ends}
    choose_picture(watched, screen, Showing(style=EntryStyle())).rest(moment())
    assert said in screen.written


def test_ps_that_is_drawn_again_and_again_cuts_no_row() -> None:
    row = {"id": RUN, "state": "running", "name": "grade " * 9, "created_at": "2026-11-22T09:30:00Z", "estimate": ESTIMATE}
    drawn = texts(draw_runs([{**row, "view": {"state": "running"}}], moment(), Memory(is_terminal=True, width=80), MARGIN))
    assert max(map(len, drawn)) <= 80 - MARGIN
    assert "about 3 min" in drawn[1]


def test_a_cause_that_is_not_known_here_is_told_in_the_words_of_the_server() -> None:
    said = {**WAITING, "cause": "moon", "detail": "The moon is not full."}
    assert waiting_text(said, Words("en"), moment()) == "The moon is not full."
    for cause in Cause:
        assert "{" not in waiting_text({**WAITING, "cause": cause.value}, Words("zh-CN"), moment())


def test_ps_has_the_time_left_by_past_runs() -> None:
    row = {"id": RUN, "state": "running", "name": "grade 7b", "created_at": "2026-11-22T09:30:00Z", "view": {"state": "running"}}
    now = moment(60) + timedelta(seconds=1)
    screen = Memory(is_terminal=True, width=120)
    assert "about 3 min" in "\n".join(texts(draw_runs([{**row, "estimate": ESTIMATE}], now, screen)))
    by_rate = {**row, "estimate": {**ESTIMATE, "basis": "rate"}, "view": {"state": "running", "progress": {"done": 1, "eta_seconds": 40.0}}}
    assert "about 40 s" in "\n".join(texts(draw_runs([by_rate], now, screen)))
