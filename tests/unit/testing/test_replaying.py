"""A journal that was exported is folded once more: to the same view, and to the frames of the live wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import headway
from headway.model.journal_file import InvalidJournal, JournalIncomplete, write_journal
from headway.sdk.news import Entry, Finished, Points
from headway.testing import installation, replay
from headway.testing.replaying import ViewDiffers


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with installation() as hw:

        @headway.task(retries=1, retry_delay=60)
        def grade(sheets: int) -> int:
            for sheet in headway.track(range(sheets), name="sheets"):
                headway.log.info(f"sheet {sheet}")
                headway.metric("score", sheet)
            if headway.current_run().attempt == 1:
                raise ValueError("once more")
            return sheets

        return hw.run(grade, sheets=5).export(tmp_path / "run.jsonl")


def changed(file: Path, change: Callable[[list[str]], object]) -> Path:
    lines = file.read_text().splitlines()
    change(lines)
    file.write_text("\n".join(lines))
    return file


def test_the_fold_is_the_stored_view(file: Path) -> None:
    recorded = replay(file)

    recorded.check()

    assert recorded.run["task"] == "grade"
    assert recorded.view_at(len(recorded.events))["state"] == "succeeded"
    assert recorded.view_at(0) == {}


def test_each_event_has_its_view(file: Path) -> None:
    views = dict(replay(file).views())

    assert list(views) == list(range(1, len(views) + 1))
    states = [view["state"] for view in views.values() if "state" in view]
    assert list(dict.fromkeys(states)) == ["queued", "running", "retrying", "succeeded"]


def test_a_listener_is_told_of_each_event(file: Path) -> None:
    seen: list[float] = []

    replay(file).play(lambda moment: seen.append(moment.view.get("progress", {}).get("done", 0)))

    assert max(seen) == 5


def test_a_viewer_that_gets_the_frames_sees_the_run_whole(file: Path) -> None:
    recorded = replay(file)
    viewer = recorded.viewer()

    news = [told for frame in recorded.frames() for told in viewer.receive(frame)]

    (finished,) = [told for told in news if isinstance(told, Finished)]
    assert (finished.state, finished.is_complete, finished.result) == ("succeeded", True, 5)
    assert len([told for told in news if isinstance(told, Entry)]) == finished.line
    assert sum(len(told.points) for told in news if isinstance(told, Points)) == 10
    assert viewer.view(recorded.run["id"]) == recorded.stored_view


def test_a_view_that_the_journal_does_not_give_is_found(file: Path) -> None:
    def lie(lines: list[str]) -> None:
        head = json.loads(lines[0])
        head["view"]["state"] = "failed"
        lines[0] = json.dumps(head)

    with pytest.raises(ViewDiffers, match="state differ"):
        replay(changed(file, lie)).check()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lines: lines.pop(3), "line 4|Line 4"),
        (lambda lines: lines.pop(0), "headway.journal.v1"),
        (lambda lines: lines.__setitem__(2, "{"), "not JSON"),
        (lambda lines: lines.__setitem__(2, "[]"), "not an object"),
        (lambda lines: lines.clear(), "empty"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(file: Path, change: Callable[[list[str]], object], reason: str) -> None:
    with pytest.raises(InvalidJournal, match=reason):
        replay(changed(file, change))


def test_a_journal_with_a_hole_is_not_written() -> None:
    events = [{"seq": 1, "kind": "run.created"}, {"seq": 3, "kind": "run.queued"}]

    with pytest.raises(JournalIncomplete) as refused:
        list(write_journal({"id": "x"}, {}, events))

    assert refused.value.fields["seq"] == 2
