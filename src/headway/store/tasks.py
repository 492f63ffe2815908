"""The part of the contract that is about tasks and their presets; what holds of `store/contract.py` holds here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from headway.model.preset import Preset
from headway.model.run import Task


class ReadTasks(Protocol):
    def get(self, name: str) -> Task | None: ...
    def list(self) -> list[Task]: ...


class Tasks(ReadTasks, Protocol):
    def put(self, tasks: Sequence[Task]) -> None:
        """Insert or replace by name."""
        ...


class ReadPresets(Protocol):
    def get(self, preset: str) -> Preset | None: ...
    def list(self, task: str, projects: frozenset[str] | None, *, limit: int, offset: int = 0) -> list[Preset]:
        """By project and name, without the first `offset`; `projects`: of these alone, None: of all."""
        ...


class Presets(ReadPresets, Protocol):
    def insert(self, preset: Preset) -> None:
        """Raises `PresetExists` if its task and project have one of that name."""
        ...

    def change(self, preset: Preset) -> None:
        """Name, parameters and `updated_at`. Raises `PresetExists`."""
        ...

    def delete(self, preset: str) -> None: ...
