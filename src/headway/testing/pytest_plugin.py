"""The pytest plug-in: the fixture `headway_installation`, and the runs of a test that failed in its report.

pytest loads this module in every session of an environment that has Headway, so nothing is imported here before a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from headway.testing.in_memory import Installation

FIXTURE = "headway_installation"


@pytest.fixture
def headway_installation() -> Generator[Installation]:
    """Headway in memory, for this test alone: ``headway_installation.run("grade", sheets=7)``."""
    from headway.testing.in_memory import installation

    with installation() as made:
        yield made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows the runs that it had started."""
    report = yield
    made = getattr(item, "funcargs", {}).get(FIXTURE)
    if made is not None and report.when == "call" and report.failed and (runs := made.runs()):
        report.sections.append(("runs in Headway", "\n".join(map(repr, runs))))
    return report
