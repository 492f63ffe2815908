from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.unit.live.theatre import Theatre, open_theatre


@pytest_asyncio.fixture
async def theatre() -> AsyncIterator[Theatre]:
    async with open_theatre() as opened:
        yield opened
