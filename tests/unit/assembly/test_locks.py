"""Who may have an installation at the same time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from headway.assembly.locks import hold_alone, hold_as_server, hold_as_worker
from headway.assembly.worker import open_worker
from headway.model.errors import AlreadyServing, HeadwayError, StoreInUse, StoreUnavailable
from headway.settings import Settings, read_settings

HOLDS = {"server": hold_as_server, "worker": hold_as_worker, "alone": hold_alone}


def settings_in(home: Path, **more: str) -> Settings:
    home.mkdir(exist_ok=True)
    return read_settings({"HEADWAY_HOME": str(home), "HEADWAY_PORT": "0", **more})


@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [
        ("server", "server", AlreadyServing),
        ("server", "worker", None),
        ("worker", "worker", None),
        ("worker", "server", None),
        ("server", "alone", StoreInUse),
        ("worker", "alone", StoreInUse),
        ("alone", "server", AlreadyServing),
        ("alone", "worker", StoreInUse),
        ("alone", "alone", StoreInUse),
    ],
)
def test_who_may_come_when_another_is_there(tmp_path: Path, first: str, second: str, refusal: type[HeadwayError] | None) -> None:
    """Also when the two have homes of their own and share the file."""
    one = settings_in(tmp_path / "one", DATABASE_URL=f"sqlite:///{tmp_path}/shared.db")
    two = settings_in(tmp_path / "two", DATABASE_URL=f"sqlite:///{tmp_path}/shared.db")
    for other in (one, two):
        held: AbstractContextManager[None] = HOLDS[first](one)
        with held:
            if refusal is None:
                with HOLDS[second](other):
                    pass
            else:
                with pytest.raises(refusal), HOLDS[second](other):
                    pass
        with HOLDS[second](other):
            pass


async def test_a_worker_that_runs_is_in_the_way_of_a_restore(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    async with open_worker(settings):
        with pytest.raises(StoreInUse, match="a worker"), hold_alone(settings):
            pass
    with hold_alone(settings), pytest.raises(StoreInUse, match="headway db"):
        async with open_worker(settings):
            pass


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home", DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/x.db")
    with pytest.raises(StoreUnavailable, match="nowhere"), hold_as_worker(settings):
        pass
