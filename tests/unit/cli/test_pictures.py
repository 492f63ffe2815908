"""A recorded run, shown in each of the four ways; and the loop that shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from headway.cli.exits import Exit
from headway.cli.screen.entries import EntryStyle
from headway.cli.screen.pictures import Picture
from headway.cli.screen.watched import Watched
from headway.cli.showing import Showing, choose_picture, watch_news
from headway.model.errors import Unauthorised
from headway.sdk.news import Connected, Disconnected, Entry, Gap, News, Reset, Unsubscribed, ViewChanged
from tests.unit.cli.material import RUN, Memory, a_short_run, log, moment, progress, view_of


def show(news: list[News], output: Memory, *, is_quiet: bool = False) -> Exit:
    watched = Watched(RUN)
    showing = Showing(style=EntryStyle(), is_quiet=is_quiet)
    picture = choose_picture(watched, output, showing)
    return watch_news(lambda: iter(news), watched, picture, showing, before_end=lambda: None)


def feed(news: list[News], watched: Watched, picture: Picture, seconds: float = 0.0) -> None:
    for one in news:
        picture.take(one, watched.take(one, moment(seconds)))
    picture.rest(moment(seconds))


def test_a_pipe_gets_the_log_and_a_summary() -> None:
    output = Memory()
    assert show(a_short_run(result={"marks": 30}), output) is Exit.SUCCEEDED
    assert output.written.split("\n") == [
        "reading sheets", "WARN  a doubtful answer", "result stored, 9 B", "· ✓ succeeded · 100% · 2 / 2 sheets",
        "✓ succeeded  grade 7b  in 2.0 s", "result", "  marks  30", "3 lines, complete ✓", "",
    ]  # fmt: skip


def test_a_pipe_is_told_of_progress_at_most_once_a_second() -> None:
    output = Memory()
    watched = Watched(RUN)
    picture = choose_picture(watched, output, Showing(style=EntryStyle()))
    for tick in range(40):
        feed([ViewChanged(run=RUN, seq=tick, view=view_of(progress(tick, 40)), patch=None)], watched, picture, tick / 10)
    told = [text for text in output.written.split("\n") if text.startswith("·")]
    assert len(told) == 4
    assert told[-1] == "· ● running · 75% · 30 / 40"


def test_a_pipe_hears_of_lost_connections_gaps_and_resets() -> None:
    output = Memory()
    watched = Watched(RUN)
    picture = choose_picture(watched, output, Showing(style=EntryStyle()))
    feed([Disconnected(code=1006, why="", retry_in_seconds=1, failures=2)], watched, picture)
    feed([Connected(node="a", is_again=True)], watched, picture, 1)
    feed([Gap(run=RUN, facet="log", first=3, last=9, why="evicted"), Reset(run=RUN, why="epoch")], watched, picture, 2)
    assert output.written.split("\n")[:-1] == [
        "· reconnecting (2)", "· live again", "lines 3 to 9 are no longer kept (evicted)", "The store is another one now; beginning again.",
    ]  # fmt: skip


def test_json_is_one_document_a_line_and_ends_with_the_end() -> None:
    output = Memory(is_json=True)
    show(a_short_run(result={"marks": 30}), output)
    documents = [json.loads(text) for text in output.written.splitlines()]
    assert [document["type"] for document in documents if document["type"] != "view"] == ["entry", "entry", "entry", "finished"]
    assert documents[-1]["result"] == {"marks": 30}
    assert documents[-1]["is_complete"] is True
    assert documents[-2]["view"]["state"] == "succeeded"


def test_quiet_is_the_result_alone() -> None:
    output = Memory()
    show(a_short_run(result=[1, "zwei", None]), output, is_quiet=True)
    assert output.written == '[1,"zwei",null]\n'


def test_a_terminal_gets_the_log_above_and_the_summary_below() -> None:
    output = Memory(is_terminal=True)
    error = {"code": "exception", "type": "ValueError", "message": "no sheets"}
    assert show(a_short_run(state="failed", error=error), output) is Exit.FAILED
    assert "reading sheets" in output.written
    after = output.written.rsplit("\x1b[?25h", 1)[1]
    assert "✗ failed  grade 7b  in 2.0 s" in after
    assert "ValueError: no sheets" in after
    assert "headway retry" in after


@pytest.mark.parametrize(
    ("state", "code"),
    [("succeeded", 0), ("failed", 1), ("timed_out", 5), ("lost", 6), ("cancelled", 130)],
)
def test_the_exit_code_is_how_the_run_ended(state: str, code: int) -> None:
    assert show(a_short_run(state=state), Memory()) == code


def test_what_the_listener_raises_is_raised_here() -> None:
    def news() -> Iterator[News]:
        yield Connected(node="a", is_again=False)
        raise Unauthorised

    watched, showing = Watched(RUN), Showing(style=EntryStyle())
    with pytest.raises(Unauthorised):
        watch_news(news, watched, choose_picture(watched, Memory(), showing), showing, before_end=lambda: None)


class Interrupted:
    """A picture during which somebody presses Ctrl-C."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.told: list[str] = []
        self.is_closed = False

    def take(self, news: News, entry: dict[str, Any] | None) -> None:
        if isinstance(news, Entry) and self.left:
            self.left -= 1
            raise KeyboardInterrupt

    def tell(self, text: str) -> None:
        self.told.append(text)

    def rest(self, now: Any) -> None:
        pass

    def close(self, ending_now: Any) -> None:
        self.is_closed = True


@pytest.mark.parametrize(
    ("presses", "cancels", "code", "told"), [(1, False, 130, []), (1, True, 1, ["cancelling"]), (2, True, 130, ["cancelling"])]
)
def test_ctrl_c_leaves_or_cancels(presses: int, cancels: bool, code: int, told: list[str]) -> None:
    picture, watched = Interrupted(presses), Watched(RUN)
    showing = Showing(style=EntryStyle(), on_interrupt=(lambda: "cancelling") if cancels else None)

    def news() -> Iterator[News]:
        for number in range(1, 4):
            # Each is gathered alone, as the news of one frame after the other are.
            yield Entry(run=RUN, line=number, event=log("text"))
            while picture.left and number < presses + 1 and watched.last_line < number:
                pass
        yield Unsubscribed(run=RUN, code="gone", why="")

    assert watch_news(news, watched, picture, showing, before_end=lambda: None) == code
    assert picture.told == told
    assert picture.is_closed


def test_after_a_broken_connection_the_badge_counts_what_was_caught_up() -> None:
    watched = Watched(RUN)
    watched.take(Connected(node="a", is_again=False), moment())
    watched.take(Disconnected(code=1006, why="", retry_in_seconds=1, failures=1), moment(1))
    assert not watched.link.is_live
    watched.take(Connected(node="a", is_again=True), moment(5))
    for number in range(1, 8):
        watched.take(Entry(run=RUN, line=number, event=log("while away")), moment(5))
    watched.take(Entry(run=RUN, line=8, event={**log("new"), "at": "2026-11-22T09:30:06.000Z"}), moment(6))
    watched.take(Entry(run=RUN, line=9, event=log("told late")), moment(6))
    assert watched.link.caught_up == 7
    watched.rest(moment(30))
    assert watched.link.caught_up == 0


def test_a_step_ends_under_its_name() -> None:
    watched = Watched(RUN)
    watched.take(Entry(run=RUN, line=1, event={"kind": "step.started", "step": "1.2", "name": "load"}), moment())
    ended = watched.take(Entry(run=RUN, line=2, event={"kind": "step.ended", "step": "1.2", "outcome": "succeeded"}), moment())
    assert ended is not None
    assert ended["name"] == "load"
