"""The viewer's state machine: frames in, facts out. No socket, no clock."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from headway.model.errors import Invalid
from headway.model.positions import read_cursor
from headway.sdk.news import Answered, Connected, Entry, Finished, Gap, Notice, Points, Reset, TokenExpiring, Unsubscribed, ViewChanged
from headway.sdk.viewer import Viewer

RUN = "019336e2-1111-7222-8333-444455556666"
CHANNEL = f"run:{RUN}"
AT = "2026-11-22T09:30:00.125Z"
Message = dict[str, Any]


def entry(line: int) -> Message:
    return {"seq": line, "line": line, "kind": "log.written", "at": AT, "level": "info", "text": f"line {line}"}


def log_hash(last: int, first: int = 1, base: int = 0) -> int:
    for line in range(first, last + 1):
        base = zlib.crc32(f"line {line}\n".encode(), base)
    return base


def message(kind: str, **fields: Any) -> Message:
    return {"type": kind, "at": AT, "channel": CHANNEL, **fields}


def snapshot(line: int = 0, seq: int = 1, view: Message | None = None, known: int | None = -1) -> Message:
    return message("snapshot", seq=seq, line=line, view=view or {"state": "running"}, log_hash=log_hash(line) if known == -1 else known)


def entries(first: int, last: int) -> Message:
    return message("entries", first=first, entries=[entry(line) for line in range(first, last + 1)])


def finished(line: int, seq: int = 100, known: int | None = -1) -> Message:
    return message("finished", seq=seq, line=line, state="succeeded", result=5, log_hash=log_hash(line) if known == -1 else known)


class Wire:
    """A viewer, and what it was told and sent."""

    def __init__(self, **more: Any) -> None:
        self.viewer = Viewer([RUN], **more)
        self.news: list[Any] = []
        self.sent: list[Message] = []

    def connect(self) -> list[Message]:
        sent: list[Message] = json.loads(self.viewer.hello())
        self.sent += sent
        return sent

    def hear(self, *messages: Message) -> list[Any]:
        news = self.viewer.receive(json.dumps(messages))
        self.news += news
        frame = self.viewer.outgoing()
        if frame is not None:
            self.sent += json.loads(frame)
        return news

    def begin(self, line: int = 0, epoch: str = "e1", result: str = "fresh") -> Wire:
        hello = self.connect()
        self.hear({"type": "welcome", "at": AT, "version": 1, "node": "n", "heartbeat": 25, "limits": {}})
        self.hear(message("subscribed", id=hello[1]["id"], epoch=epoch, result=result), snapshot(line))
        return self

    def asked(self) -> list[Message]:
        return [one for one in self.sent if one["type"] == "subscribe"]

    @property
    def lines(self) -> list[int]:
        return [one.line for one in self.news if isinstance(one, Entry)]


def test_hello_carries_the_token_and_subscribes_from_the_start() -> None:
    wire = Wire(token="secret")
    hello, subscribe = wire.connect()
    assert hello == {"type": "hello", "version": 1, "token": "secret"}
    assert subscribe == {"type": "subscribe", "id": subscribe["id"], "channel": CHANNEL}


def test_a_run_from_beginning_to_end() -> None:
    wire = Wire().begin()
    wire.hear(entries(1, 2))
    wire.hear(message("patch", seq=7, view={"progress": {"done": 3}}, folded=2), entries(3, 3))
    wire.hear(message("points", after_seq=1, to_seq=9, points=[{"name": "loss", "value": 1}], thinned=False))
    (end,) = wire.hear(finished(3))
    assert wire.lines == [1, 2, 3]
    assert end == Finished(run=RUN, state="succeeded", seq=100, line=3, is_complete=True, result=5)
    assert wire.viewer.view(RUN) == {"state": "running", "progress": {"done": 3}}
    assert wire.viewer.is_finished
    kinds = [type(one) for one in wire.news]
    assert kinds == [Connected, ViewChanged, Entry, Entry, ViewChanged, Entry, Points, Finished]
    assert [one.text for one in wire.news if isinstance(one, Entry)] == ["line 1", "line 2", "line 3"]


def test_finished_comes_once() -> None:
    wire = Wire().begin()
    wire.hear(entries(1, 1), finished(1), finished(1), entries(2, 2))
    assert [type(one) for one in wire.news].count(Finished) == 1
    assert wire.lines == [1]


def test_overlap_is_shown_once() -> None:
    wire = Wire().begin()
    wire.hear(entries(1, 3))
    wire.hear(entries(2, 5))
    wire.hear(entries(1, 4))
    assert wire.lines == [1, 2, 3, 4, 5]
    (end,) = wire.hear(finished(5))
    assert end.is_complete


def test_a_hole_is_asked_for_and_nothing_of_the_old_subscription_is_believed() -> None:
    wire = Wire().begin()
    wire.hear(entries(1, 2))
    wire.hear(entries(4, 5), finished(5))
    assert wire.lines == [1, 2]
    assert [one["type"] for one in wire.sent[-2:]] == ["unsubscribe", "subscribe"]
    again = wire.sent[-1]
    assert again["from"] == {"position": ["e1", 2, 1]}
    wire.hear(message("unsubscribed", id=wire.sent[-2]["id"], why="asked", code="asked"))
    wire.hear(message("subscribed", id=again["id"], epoch="e1", result="resumed"), snapshot(2), entries(3, 5), finished(5))
    assert wire.lines == [1, 2, 3, 4, 5]
    assert wire.news[-1].is_complete


def test_a_finish_beyond_the_last_line_waits_for_the_missing_ones() -> None:
    wire = Wire().begin()
    wire.hear(entries(1, 1), finished(3))
    assert not wire.viewer.is_finished
    wire.hear(message("subscribed", id=wire.sent[-1]["id"], epoch="e1", result="resumed"), snapshot(1), entries(2, 3), finished(3))
    assert wire.lines == [1, 2, 3]
    assert wire.viewer.is_finished


def test_a_hole_that_stays_becomes_a_gap() -> None:
    wire = Wire().begin()
    wire.hear(entries(1, 1))
    for _ in range(4):
        wire.hear(entries(3, 3))
        if isinstance(wire.news[-1], Entry) and wire.news[-1].line == 3:
            break
        wire.hear(message("subscribed", id=wire.sent[-1]["id"], epoch="e1", result="resumed"), snapshot(1))
    gaps = [one for one in wire.news if isinstance(one, Gap)]
    assert gaps == [Gap(run=RUN, facet="log", first=2, last=2, why="missing")]
    assert wire.lines == [1, 3]
    (end,) = wire.hear(finished(3))
    assert not end.is_complete


def test_a_gap_told_by_the_server_is_told_on() -> None:
    wire = Wire().begin()
    wire.hear(entries(1, 1))
    wire.hear(message("gap", facet="log", **{"from": 2, "to": 4}, why="evicted", url="/api/v1/x"), entries(5, 6))
    assert wire.lines == [1, 5, 6]
    assert [one for one in wire.news if isinstance(one, Gap)] == [
        Gap(run=RUN, facet="log", first=2, last=4, why="evicted", url="/api/v1/x")
    ]
    (end,) = wire.hear(finished(6))
    assert not end.is_complete
    assert wire.hear(message("gap", facet="log", **{"from": 2, "to": 4}, why="evicted")) == []


def test_a_gap_of_the_metric_facet_leaves_the_log_whole() -> None:
    wire = Wire().begin()
    wire.hear(message("gap", facet="metric", **{"from": 2, "to": 4}, why="evicted", url="u"), entries(1, 1))
    (end,) = wire.hear(finished(1))
    assert end.is_complete


def test_a_line_that_is_not_what_was_recorded_makes_the_log_incomplete() -> None:
    wire = Wire().begin()
    wire.hear(message("entries", first=1, entries=[{**entry(1), "text": "changed"}]))
    (end,) = wire.hear(finished(1))
    assert not end.is_complete


def test_an_entry_without_text_counts_as_its_kind() -> None:
    wire = Wire().begin()
    wire.hear(message("entries", first=1, entries=[{"kind": "step.started", "at": AT, "seq": 1, "line": 1}]))
    (end,) = wire.hear(finished(1, known=zlib.crc32(b"step.started\n")))
    assert end.is_complete


def test_resume_asks_from_where_it_stands() -> None:
    wire = Wire().begin()
    wire.hear(entries(1, 3), message("patch", seq=9, view={"stage": "x"}, folded=0))
    hello = wire.connect()
    assert hello[1]["from"] == {"position": ["e1", 3, 9]}
    assert read_cursor(wire.viewer.cursor)[CHANNEL].line == 3
    wire.hear({"type": "welcome", "at": AT, "version": 1, "node": "n", "heartbeat": 25})
    assert wire.news[-1] == Connected(node="n", is_again=True)
    wire.hear(message("subscribed", id=hello[1]["id"], epoch="e1", result="resumed"), snapshot(3, seq=12), entries(4, 4), finished(4))
    assert wire.lines == [1, 2, 3, 4]
    assert wire.news[-1].is_complete


def test_a_connection_that_broke_before_the_first_snapshot_begins_as_it_was_asked() -> None:
    wire = Wire(start={"tail": 5})
    hello = wire.connect()
    assert hello[1]["from"] == {"tail": 5}
    wire.hear(message("subscribed", id=hello[1]["id"], epoch="e1", result="fresh"))
    assert wire.connect()[1]["from"] == {"tail": 5}


def test_a_tail_is_complete_from_its_first_line() -> None:
    wire = Wire(start={"tail": 2}).begin(line=7)
    wire.hear(entries(8, 9))
    (end,) = wire.hear(finished(9))
    assert wire.lines == [8, 9]
    assert end.is_complete


def test_a_tail_whose_hash_the_server_does_not_know_goes_by_the_count() -> None:
    wire = Wire(start={"tail": 2})
    hello = wire.connect()
    wire.hear(message("subscribed", id=hello[1]["id"], epoch="e1", result="fresh"), snapshot(7, known=None), entries(8, 9))
    (end,) = wire.hear(finished(9))
    assert end.is_complete


def test_another_epoch_starts_over() -> None:
    wire = Wire().begin()
    wire.hear(entries(1, 3))
    hello = wire.connect()
    wire.hear(message("subscribed", id=hello[1]["id"], epoch="e2", result="reset"), message("reset", why="epoch"), snapshot(0))
    wire.hear(entries(1, 2), finished(2))
    assert [one for one in wire.news if isinstance(one, Reset)] == [Reset(run=RUN, why="epoch")]
    assert wire.lines == [1, 2, 3, 1, 2]
    assert wire.news[-1].is_complete


def test_the_view_never_goes_back() -> None:
    wire = Wire().begin()
    wire.hear(message("patch", seq=9, view={"stage": "late"}, folded=0))
    assert wire.hear(message("patch", seq=9, view={"stage": "again"}, folded=0)) == []
    assert wire.hear(message("patch", seq=4, view={"stage": "early"}, folded=0)) == []
    hello = wire.connect()
    assert wire.hear(message("subscribed", id=hello[1]["id"], epoch="e1", result="resumed"), snapshot(0, seq=5)) == []
    assert wire.viewer.view(RUN)["stage"] == "late"


def test_heartbeats_are_answered_and_a_top_that_stays_ahead_is_asked_for() -> None:
    wire = Wire().begin()
    beat = {"type": "heartbeat", "at": AT, "n": 4, "tops": {CHANNEL: [2, 8]}}
    wire.hear(beat)
    assert wire.sent[-1] == {"type": "pong", "n": 4}
    asked = len(wire.asked())
    wire.hear(beat)
    assert len(wire.asked()) == asked + 1
    wire.hear(message("subscribed", id=wire.sent[-1]["id"], epoch="e1", result="resumed"), snapshot(0, seq=8), entries(1, 2))
    wire.hear(beat, beat)
    assert len(wire.asked()) == asked + 1


def test_tokens_notices_answers_and_what_is_unknown() -> None:
    wire = Wire().begin()
    asked = wire.viewer.command(RUN, "cancel", {"reason": "x"}, idempotency_key="k")
    told = wire.hear(
        {"type": "token_expiring", "at": AT, "in": 30},
        {"type": "notice", "at": AT, "kind": "draining", "title": "soon"},
        {"type": "notice", "at": AT, "kind": "degraded", "code": "bus_away", "title": "late", "late_seconds": 5.0},
        {"type": "answer", "at": AT, "id": asked, "ok": True, "state": "cancelling"},
        {"type": "error", "at": AT, "id": "77", "code": "forbidden", "temporary": False, "message": "no"},
        {"type": "of the future", "at": AT},
    )
    assert told == [
        TokenExpiring(in_seconds=30), Notice(kind="draining", title="soon"),
        Notice(kind="degraded", title="late", code="bus_away", late_seconds=5.0), Answered(id=asked, is_done=True, fields={"state": "cancelling"}),
        Answered(id="77", is_done=False, code="forbidden", message="no"),
    ]  # fmt: skip
    assert next(one for one in wire.sent if one["type"] == "command")["idempotency_key"] == "k"
    wire.viewer.new_token("fresh")
    assert json.loads(wire.viewer.outgoing() or "") == [{"type": "token", "token": "fresh"}]


def test_a_subscription_that_is_refused_ends_it_and_one_that_is_refused_for_now_is_asked_again() -> None:
    wire = Wire()
    asked = wire.connect()[1]["id"]
    assert wire.hear({"type": "error", "at": AT, "id": asked, "code": "unavailable", "temporary": True, "message": "later"}) == []
    wire.hear({"type": "heartbeat", "at": AT, "n": 1, "tops": {}})
    assert len(wire.asked()) == 2
    told = wire.hear(
        {"type": "error", "at": AT, "id": wire.asked()[-1]["id"], "code": "run_not_found", "temporary": False, "message": "no"}
    )
    assert told == [Unsubscribed(run=RUN, code="run_not_found", why="no")]
    assert wire.viewer.is_finished


def test_a_right_that_is_taken_away_ends_it() -> None:
    wire = Wire().begin()
    assert wire.hear(message("unsubscribed", why="revoked", code="forbidden")) == [Unsubscribed(run=RUN, code="forbidden", why="revoked")]
    assert wire.viewer.is_finished


@pytest.mark.parametrize(
    "frame", ["", "not json", "{}", "[1]", "[[]]", json.dumps([{"type": "snapshot", "channel": CHANNEL}]), "[" * 100_000, b"\xff\xfe"]
)
def test_garbage_is_refused(frame: str | bytes) -> None:
    wire = Wire()
    wire.connect()
    with pytest.raises(Invalid):
        wire.viewer.receive(frame)


@pytest.mark.parametrize(
    ("code", "do"),
    [(1006, "reconnect"), (4000, "reconnect"), (4101, "reconnect"), (4108, "reconnect"), (4201, "refresh"), (4500, "stop"), (4503, "stop")],
)
def test_the_hundreds_digit_is_the_verdict(code: int, do: str) -> None:
    assert Viewer([RUN]).verdict(code).do == do


def test_back_off_grows_to_20_seconds_with_jitter_and_health_clears_it() -> None:
    viewer = Viewer([RUN])
    delays = [viewer.verdict(1006).delay_seconds for _ in range(200)]
    assert max(delays) <= 20
    assert max(delays) > 10
    assert delays[0] <= 1
    assert viewer.failures == 200
    viewer.verdict(1006, lived_seconds=11)
    assert viewer.failures == 1


def test_goodbye_says_when_to_come_back() -> None:
    wire = Wire().begin()
    wire.hear({"type": "goodbye", "at": AT, "code": 4101, "why": "draining", "retry_in": 2.5})
    verdict = wire.viewer.verdict(1006)
    assert (verdict.do, verdict.code, verdict.delay_seconds) == ("reconnect", 4101, 2.5)
    assert wire.viewer.verdict(4108).delay_seconds == 2.5
    wire.connect()
    assert wire.viewer.verdict(1006).code == 1006
