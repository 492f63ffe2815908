"""A real notebook, executed by a real kernel: a loop in a cell is a bar below it, a recording is a link."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from nbformat import v4

from tests.acceptance.installation import ROOT, Installation, import_path

pytestmark = pytest.mark.one_database("it asks what a notebook shows")

LOOP = """
import threading
import headway

pause = threading.Event()
for sheet in headway.track(range(40), name="sheets", unit="sheets"):
    pause.wait(0.02)
"""


@pytest.fixture
def kernel(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The name of a kernel of this very Python, which keeps its files to the test."""
    from jupyter_client.kernelspec import KernelSpecManager

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", import_path(ROOT))
    spec = tmp_path / "spec"
    spec.mkdir()
    (spec / "kernel.json").write_text(
        f'{{"argv": ["{sys.executable}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"], "display_name": "test", "language": "python"}}'
    )
    KernelSpecManager().install_kernel_spec(str(spec), "headway-test", user=True)
    return "headway-test"


def executed(kernel: str, *cells: str) -> list[list[dict[str, Any]]]:
    """The outputs of each cell."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, kernel_name=kernel, timeout=60).execute()
    nbformat.validate(notebook)
    return [cell["outputs"] for cell in notebook["cells"]]


def test_a_loop_in_a_cell_is_a_bar_whose_end_stays(kernel: str) -> None:
    first, second = executed(kernel, LOOP, LOOP.replace("sheets", "pages"))

    for outputs, name in ((first, "sheets"), (second, "pages")):
        (bar,) = outputs
        assert bar["output_type"] == "display_data"
        shown = bar["data"]["text/html"]
        assert 'aria-valuenow="100"' in shown
        assert f"<b>{name}</b> · 100% · 40/40 {name}" in shown
        assert "█" in bar["data"]["text/plain"]


def test_an_interrupted_loop_keeps_what_it_had(kernel: str) -> None:
    (outputs,) = executed(kernel, LOOP.replace("pause.wait(0.02)", "\n    if sheet == 10: break"))

    (bar,) = outputs
    assert "10/40 sheets" in bar["data"]["text/html"]


def test_what_a_name_holds_is_text(kernel: str) -> None:
    (outputs,) = executed(kernel, LOOP.replace('"sheets"', '"<script>&"', 1))

    assert "<script>" not in outputs[0]["data"]["text/html"]
    assert "&lt;script&gt;&amp;" in outputs[0]["data"]["text/html"]


@pytest.mark.acceptance
def test_a_recording_in_a_cell_links_to_its_page(kernel: str, home: Path) -> None:
    with Installation(home) as installation:
        url = installation.connection["url"]
        cell = 'import headway\nwith headway.record("nightly") as run:\n    run.wait_opened()\nprint(run.id)'

        (outputs,) = executed(kernel, cell)

    links = [output["data"]["text/html"] for output in outputs if output["output_type"] == "display_data"]
    run = "".join(output["text"] for output in outputs if output["output_type"] == "stream").strip()
    assert links == [f'<a href="{url}/runs/{run}" target="_blank" rel="noopener">nightly</a>']
