"""Secrets in memory: given as a worker gives them, asked for as a task asks for them, masked as they are there."""

from __future__ import annotations

import sys

import pytest

import headway
from headway.model.errors import Invalid, SecretMissing
from headway.testing import Installation, installation

KEY = "sk-of-a-test-91f0"


def _speaks() -> None:
    @headway.task(secrets=["OPENAI_KEY"])
    def speaks(fails: bool = False) -> str:
        key = headway.secret("OPENAI_KEY")
        headway.log.info(f"the key is {key}")
        print("printed", key)
        print("to stderr", key, file=sys.stderr)
        headway.log.info(f"it has {len(key)} characters")
        if fails:
            raise ValueError(f"refused: {key}")
        return f"answered {key}"


def test_a_task_gets_its_secrets_and_says_none_of_them() -> None:
    with installation(secrets={"OPENAI_KEY": KEY}) as hw:
        _speaks()
        run = hw.run("speaks")
        assert run.result == "answered ***"
        assert run.log == ["the key is ***", "printed ***", "to stderr ***", f"it has {len(KEY)} characters"]
        failed = hw.run("speaks", fails=True)
        assert failed.error is not None
        assert "refused: ***" in str(failed.error)
        assert not any(KEY in str(event) for each in (run, failed) for event in each.events)


def test_a_secret_of_the_project_takes_the_place_of_the_one_of_all(headway_installation: Installation) -> None:
    @headway.task(secrets=["OPENAI_KEY"])
    def measures() -> int:
        return len(headway.secret("OPENAI_KEY"))

    with pytest.raises(SecretMissing, match="OPENAI_KEY"):
        headway_installation.run(measures)
    headway_installation.set_secret("OPENAI_KEY", "x" * 10)
    headway_installation.set_secret("OPENAI_KEY", "y" * 20, project="exams")
    assert headway_installation.run(measures).result == 10
    assert headway_installation.run(measures, project="exams").result == 20
    headway_installation.set_secret("OPENAI_KEY", "z" * 30)
    assert headway_installation.run(measures).result == 30


def test_what_is_no_secret_here_is_none_there(headway_installation: Installation) -> None:
    for name, value in (("1ST", KEY), ("a b", KEY), ("OPENAI_KEY", "short"), ("OPENAI_KEY", "")):
        with pytest.raises(Invalid):
            headway_installation.set_secret(name, value)
