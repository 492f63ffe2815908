"""What we ship for tests: an installation in memory with time that is skipped, doubles that are real implementations, and the replay
of exported journals.

Names are loaded when first used: `replay` needs the base install alone, `installation` the extra ``headway[server]``.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as type checkers know it; see `headway/__init__.py`
if TYPE_CHECKING:
    from typing import Any

    from headway.testing.clock import FakeClock
    from headway.testing.errors import NothingMoves, TaskStuck
    from headway.testing.in_memory import Installation, installation
    from headway.testing.replaying import Replay, replay
    from headway.testing.run_under_test import RunUnderTest
    from headway.testing.store import memory_store

_HOMES = {
    "installation": "in_memory", "Installation": "in_memory", "RunUnderTest": "run_under_test",
    "NothingMoves": "errors", "TaskStuck": "errors", "FakeClock": "clock", "memory_store": "store",
    "replay": "replaying", "Replay": "replaying",
}  # fmt: skip

__all__ = [
    "FakeClock", "Installation", "NothingMoves", "Replay", "RunUnderTest", "TaskStuck", "installation", "memory_store", "replay",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'headway.testing' has no attribute {name!r}")
    value = getattr(import_module(f"headway.testing.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
