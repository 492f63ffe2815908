"""The example as people see it: a class is graded through a real server and worker, and everything it reports arrives."""

from __future__ import annotations

import csv
import os
import statistics
from pathlib import Path

import pytest

from headway.model.states import RunState
from tests.acceptance.installation import ROOT, Installation

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(120),
    pytest.mark.one_database("it is the example as people see it who have just begun, on SQLite"),
]


def test_a_class_is_graded_from_the_first_step_to_the_last_artifact(home: Path, tmp_path: Path) -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "examples" / "grading")])
    with Installation(home, tasks="grading.tasks", environment={"PYTHONPATH": path}) as served, served.client() as client:
        run = client.start("grade", {"size": "small"}).id
        done = client.wait(run, 90)
        view, result = client.view(run), client.result(run)
        entries, events, points = list(client.entries(run)), list(client.events(run)), list(client.points(run))
        kept = {artifact.name: client.download(run, artifact.id, tmp_path / artifact.name) for artifact in client.artifacts(run)}

        assert done.state is RunState.SUCCEEDED
        assert [step.name for step in client.steps(run) if step.parent is None] == ["load", "recognise", "score", "report"]
        assert view["progress"]["done"] == view["progress"]["total"]
        assert client.get(run).attempt == 1
    sheets = len(result["marks"])
    assert sum(event["kind"] == "checkpoint.stored" for event in events) == sheets
    assert sum(entry.get("level") == "warning" for entry in entries) == result["doubtful_answers"]
    accuracies = [point["value"] for point in points if point["name"] == "accuracy"]
    assert len(accuracies) == sheets
    assert accuracies[-1] == pytest.approx(result["accuracy"], abs=1e-6)
    assert {point["name"] for point in points} >= {"accuracy", "confidence"}
    assert result["mean_marks"] == pytest.approx(statistics.fmean(result["marks"].values()), abs=5e-4)
    tables = [name for name in kept if name.endswith(".csv")]
    pictures = [name for name in kept if name.endswith(".png")]
    assert len(tables) == 1
    assert pictures
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG\r\n") for name in pictures)
    rows = list(csv.DictReader((tmp_path / tables[0]).read_text(encoding="utf-8").splitlines()))
    assert {row["student"] for row in rows} >= set(result["marks"])


def test_a_school_is_graded_with_a_child_run_for_each_class_and_none_is_graded_twice(home: Path) -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "examples" / "grading")])
    with Installation(home, tasks="grading.tasks", environment={"PYTHONPATH": path}) as served, served.client() as client:
        run = client.start("grade_school", {"classes": 4, "at_once": 2, "students": 2}).id
        assert client.wait(run, 100).state is RunState.SUCCEEDED
        result = client.result(run)
        classes = [each for each in client.list(task="grade_class") if each.parent == run]
        means = {client.result(each.id)["class"]: client.result(each.id)["mean_marks"] for each in classes}
        children = client.view(run)["children"]

    assert sorted(each.name for each in classes) == ["class 5a", "class 5b", "class 5c", "class 5d"]
    assert result["means"] == means
    assert result["failed"] == []
    assert result["mean_marks"] == pytest.approx(statistics.fmean(means.values()), abs=5e-5)
    assert children == {"total": 4, "done": 4, "succeeded": 4}
