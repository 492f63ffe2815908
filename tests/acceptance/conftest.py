"""On which database an installation stands: a test marked `both_databases` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_databases") is not None:
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest, home: object, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which one, for every process of ours that the test starts: an empty one of its own on the server that all tests share."""
    kind: str = getattr(request, "param", "sqlite")
    if kind == "postgresql":
        monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("postgres_database"))
    return kind
