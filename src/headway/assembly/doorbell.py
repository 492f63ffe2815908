"""Whether workers are called by Celery: where a broker is named."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from headway.assembly.parts import this_host
from headway.model.errors import BadSetting
from headway.settings import Settings
from headway.work.doorbell.door import Door

if TYPE_CHECKING:
    from headway.work.doorbell.celery import Ringer


@asynccontextmanager
async def open_ringer(settings: Settings) -> AsyncGenerator[Ringer | None]:
    """While in the block: what tells Celery's workers of queued runs; None without a broker.
    Raises `BadSetting` where Celery is not installed."""
    if settings.broker_url is None:
        yield None
        return
    try:
        from headway.work.doorbell.celery import Ringer, make_app
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    app = make_app(settings.broker_url, grace_seconds=settings.grace_seconds)
    ringer = Ringer(app, prefix=settings.broker_prefix, hostname=_hostname())
    try:
        yield ringer
    finally:
        await asyncio.to_thread(ringer.close)


def work_for_celery(settings: Settings, door: Door) -> int:
    """Be a Celery worker until a signal, in the main thread. The exit code."""
    assert settings.broker_url is not None
    try:
        from headway.work.doorbell.celery import make_app
        from headway.work.doorbell.celery_worker import answer_the_door
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    app = make_app(settings.broker_url, grace_seconds=settings.grace_seconds)
    return answer_the_door(app, door, slots=settings.children, prefix=settings.broker_prefix, hostname=_hostname())


def _hostname() -> str:
    """What this process is called in Celery."""
    return f"headway-{os.getpid()}@{this_host()}"


def _missing(error: ModuleNotFoundError) -> BadSetting:
    return BadSetting(name="HEADWAY_BROKER_URL", reason=f"{error.name} is not installed: pip install 'headway[celery]'")
