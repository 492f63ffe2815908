"""The example as people see it: a class is graded through a real server and worker, and everything it reports arrives."""

from __future__ import annotations

import csv
import os
import statistics
from pathlib import Path

import pytest

from headway.model.states import RunState
from tests.acceptance.installation import ROOT, Installation

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]


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
