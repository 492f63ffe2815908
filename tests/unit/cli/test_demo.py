from __future__ import annotations

import argparse
import sysconfig
import tokenize
from pathlib import Path

from headway.cli.demo import choose_example
from headway.cli.demo_task import count_words


def test_the_built_in_example_counts_what_is_there() -> None:
    counted = count_words(files=3)
    library = Path(sysconfig.get_paths()["stdlib"])
    paths = sorted(library.glob("*.py"))[:3]
    names = 0
    for path in paths:
        with path.open("rb") as file:
            names += sum(token.type == tokenize.NAME for token in tokenize.tokenize(file.readline))
    assert counted["files"] == 3
    assert counted["words"] == names
    assert counted["lines"] == sum(path.read_text("utf-8").count("\n") for path in paths)


def test_a_checkout_shows_the_grading_of_answer_sheets() -> None:
    grading = choose_example(argparse.Namespace(size="small", is_builtin=False))
    assert grading.cwd is None or (grading.cwd / "pyproject.toml").is_file()
    builtin = choose_example(argparse.Namespace(size="small", is_builtin=True))
    assert (builtin.task, builtin.modules, builtin.parameters) == ("count-words", "headway.cli.demo_task", {"files": 60})
