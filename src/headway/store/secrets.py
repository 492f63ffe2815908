"""The part of the contract that is about secrets; what holds of `store/contract.py` holds here. Nothing here can open one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from headway.model.secret import Secret


class ReadSecrets(Protocol):
    def get(self, name: str, project: str | None) -> Secret | None:
        """Of exactly this project."""
        ...

    def for_project(self, project: str, names: Collection[str]) -> dict[str, Secret]:
        """By name: that of the project, else that of all projects; what there is not is absent."""
        ...

    def list(self, projects: Collection[str] | None) -> Sequence[Secret]:
        """By name and project, those of all projects first; `projects`: of these, and those of all projects; None: all."""
        ...

    def count(self) -> int: ...


class Secrets(ReadSecrets, Protocol):
    def put(self, secret: Secret) -> None:
        """Insert it, or put it in the place of an older version."""
        ...

    def delete(self, name: str, project: str | None) -> bool:
        """Whether there was one."""
        ...
