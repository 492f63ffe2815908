"""One suite, every backend: a test that asks for `store` runs on SQLite, on PostgreSQL, and on PostgreSQL behind PgBouncer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from headway.store.contract import News
from headway.store.sql.store import SqlStore
from headway.testing.clock import FakeClock


@pytest.fixture(params=["sqlite", "postgresql", "pgbouncer"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty store, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/headway.db"
    return request.getfixturevalue("postgres_database" if request.param == "postgresql" else "bounced_database")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def news() -> list[News]:
    """What the store has announced, in order."""
    return []


@pytest_asyncio.fixture
async def store(url: str, clock: FakeClock, news: list[News]) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(url, clock=clock, announce=news.extend, synchronous="OFF")
    yield store
    await store.close()
