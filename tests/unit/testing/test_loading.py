"""A run that was executed elsewhere, from its journal file: its view, log and details are what they were.

`recorded.jsonl` was written by `headway export` of a real installation, whose worker was killed in the first attempt; the second
attempt failed, and the third started three children.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import headway
from headway.model.errors import DuplicateRun, InvalidEvent, RunNotFinal
from headway.model.journal_file import InvalidJournal
from headway.store.contract import RunFilter
from headway.testing import Installation, NothingMoves, installation, replay
from headway.testing.replaying import ViewDiffers

RECORDED = Path(__file__).with_name("recorded.jsonl")


@pytest.fixture
def hw() -> Iterator[Installation]:
    with installation() as made:
        yield made


def changed(tmp_path: Path, before: str, after: str) -> Path:
    text = RECORDED.read_text(encoding="utf-8")
    assert before in text
    file = tmp_path / "changed.jsonl"
    file.write_text(text.replace(before, after), encoding="utf-8")
    return file


def test_a_recorded_run_is_what_it_was(hw: Installation) -> None:
    recorded = replay(RECORDED)

    run = hw.load(RECORDED)

    assert run.id == recorded.run["id"]
    assert run.view == recorded.stored_view  # I11: the fold of here gives what was stored there
    assert run.events == recorded.events
    assert (run.state, run.attempt, run.result) == ("succeeded", 3, {"sheets": 5})
    assert run.log == [f"{text} {number}{rest}" for number in range(5) for text, rest in (("sheet", " read 好"), ("printed", ""))]
    assert [entry["line"] for entry in run.entries] == list(range(1, 26))
    assert [(attempt.outcome, (attempt.error or {}).get("code")) for attempt in run.attempts] == [
        ("lost", "worker_lost"), ("failed", "exception"), ("succeeded", None),
    ]  # fmt: skip
    assert [(step.id, step.outcome) for step in run.steps] == [
        ("1.1", None),
        ("2.1", "succeeded"),
        ("3.1", "succeeded"),
        ("3.2", "succeeded"),
    ]
    assert run.points("score") == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert [(artifact.name, artifact.size_bytes) for artifact in run.artifacts] == [("marks.csv", 6)]
    stored = run.run
    assert (stored.task, stored.tags, stored.parameters, stored.options.max_attempts) == ("grade", ("exam",), {"sheets": 5}, 2)
    assert stored.created_at < (stored.started_at or stored.created_at) < (stored.finished_at or stored.created_at)


def test_it_is_found_like_any_run_and_does_not_move(hw: Installation) -> None:
    run = hw.load(RECORDED)

    assert [one.id for one in hw.runs(task="grade", tag="exam")] == [run.id]
    assert hw.read(lambda snapshot: snapshot.runs.count(RunFilter(), limit=10)) == 1
    assert run.wait().state == "succeeded"
    with pytest.raises(NothingMoves):
        run.run_until(lambda run: "more" in run.log)


def test_it_is_run_again_with_the_code_of_today(hw: Installation) -> None:
    @headway.task
    def grade(sheets: int) -> int:
        return sheets

    hw.start(grade, sheets=0)  # it is in the catalogue
    again = hw.load(RECORDED).retry().wait()

    assert (again.run.parameters, again.result) == ({"sheets": 5}, 5)


def test_what_is_exported_again_is_the_same(hw: Installation, tmp_path: Path) -> None:
    file = hw.load(RECORDED).export(tmp_path / "again.jsonl")

    assert replay(file).events == replay(RECORDED).events
    assert replay(file).stored_view == replay(RECORDED).stored_view


def test_a_run_of_the_kit_is_loaded_into_another(hw: Installation, tmp_path: Path) -> None:
    """Its first line says little; the events say the rest."""
    with installation() as other:

        @headway.task(tags=["exam"])
        def count(sheets: int) -> int:
            for sheet in headway.track(range(sheets)):
                print(sheet)
            return sheets

        first = other.run(count, sheets=3)
        file, view, row = first.export(tmp_path / "run.jsonl"), first.view, first.run

    run = hw.load(file)

    assert (run.view, run.log, run.result) == (view, ["0", "1", "2"], 3)
    assert (run.run.tags, run.run.project, run.run.created_by, run.run.name) == (row.tags, row.project, row.created_by, row.name)


def test_another_fold_than_that_of_the_file_is_said_and_nothing_is_kept(hw: Installation, tmp_path: Path) -> None:
    file = changed(tmp_path, '"text":"wrapping up"', '"text":"something else"')

    with pytest.raises(ViewDiffers, match="status_text"):
        hw.load(file)

    assert hw.runs() == []


def test_a_run_that_goes_on_is_refused(hw: Installation, tmp_path: Path) -> None:
    head, *events = RECORDED.read_text(encoding="utf-8").splitlines()[:-1]
    file = tmp_path / "half.jsonl"
    file.write_text("\n".join([head, *events]), encoding="utf-8")

    with pytest.raises(RunNotFinal, match="running"):
        hw.load(file)


def test_files_that_are_wrong_are_refused(hw: Installation, tmp_path: Path) -> None:
    with pytest.raises(InvalidJournal):
        hw.load(changed(tmp_path, '"seq":7,', '"seq":8,'))
    with pytest.raises(InvalidEvent):
        hw.load(changed(tmp_path, '"kind":"run.retrying"', '"kind":"run.unheard_of"'))
    hw.load(RECORDED)
    with pytest.raises(DuplicateRun):
        hw.load(RECORDED)


def test_the_recorded_file_is_whole() -> None:
    lines = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]

    assert {line["kind"] for line in lines[1:]} >= {
        "attempt.ended", "artifact.added", "children.counted", "checkpoint.stored", "metric.reported", "result.stored", "step.ended",
    }  # fmt: skip
