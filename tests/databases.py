"""On which database a test stands. Those of `tests/protocol` and `tests/acceptance` run on SQLite and on PostgreSQL, each of them, unless
it is marked `one_database` with the reason why one is enough (`tests/house/test_databases.py` reads them)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.beside import copied_store

KINDS = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("one_database") is None:
        metafunc.parametrize("database_kind", KINDS, indirect=True, scope="module")


@pytest.fixture(scope="module")
def database_kind(request: pytest.FixtureRequest) -> str:
    return getattr(request, "param", KINDS[0])


@pytest.fixture(scope="module")
def shared_database(request: pytest.FixtureRequest, database_kind: str) -> Iterator[dict[str, str]]:
    """For an installation that all tests of a module share: what its environment needs beside the rest."""
    if database_kind == "sqlite":
        yield {}
        return
    server, template = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_template"))
    with copied_store(server, template) as url:
        yield {"DATABASE_URL": url}


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest, database_kind: str, home: object, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """Its address, which every process of ours that the test starts finds in its environment; None: SQLite, in the home of the test."""
    if database_kind == "sqlite":
        return None
    if "shared_database" in request.fixturenames:
        url = request.getfixturevalue("shared_database")["DATABASE_URL"]
    else:
        url = request.getfixturevalue("postgres_store")
    monkeypatch.setenv("DATABASE_URL", url)
    return url
