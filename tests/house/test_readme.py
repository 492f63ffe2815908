"""The README's example is a program, and does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import headway
from headway.sdk.catalogue import describe
from tests.house.repository import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def code_blocks(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = code_blocks(README)[0]
    (tmp_path / "bits.py").write_text(example)
    spec = spec_from_file_location("bits", tmp_path / "bits.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "bits", module)

    spec.loader.exec_module(module)

    assert module.count_bits(1000) == sum(number.bit_count() for number in range(1000))
    described = describe(module.count_bits)
    assert described.name == "count_bits"
    assert described.parameter_schema["properties"]["numbers"]["default"] == 100_000


def test_the_other_examples_run_too(tmp_path: Path) -> None:
    """Without a server: what they report waits in the spool."""
    others = code_blocks(README)[1:]
    assert others
    for number, example in enumerate(others):
        program = tmp_path / f"example_{number}.py"
        program.write_text(f"import headway\n\n{example}")
        ended = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stderr


def test_the_example_has_five_lines() -> None:
    assert len([line for line in code_blocks(README)[0].splitlines() if line.strip()]) <= 5


def test_both_readmes_show_the_same_code() -> None:
    chinese = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")

    assert code_blocks(README) == code_blocks(chinese)
    assert re.findall(r"^    (?:make|headway|pip|HEADWAY).*?(?=  |$)", README, re.MULTILINE) == re.findall(
        r"^    (?:make|headway|pip|HEADWAY).*?(?=  |$)", chinese, re.MULTILINE
    )


@pytest.mark.parametrize("name", sorted(set(re.findall(r"headway\.(\w+)\(", README)) | {"task"}))
def test_every_name_that_the_readme_uses_exists(name: str) -> None:
    assert hasattr(headway, name)
