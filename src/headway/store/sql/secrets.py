# ruff: noqa: S608 - statements are put together from constants of this module only; values are always parameters
"""Secrets, sealed: few, and looked up by name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from headway.model.secret import Secret
from headway.store.sql.link import Link
from headway.store.sql.secret_tables import secrets
from headway.store.sql.values import clean, micros, moment

_COLUMNS = "project, name, version, key_id, sealed, set_at, set_by"


class SqlSecrets:
    def __init__(self, link: Link) -> None:
        self._get = link.prepare(f"SELECT {_COLUMNS} FROM secrets WHERE project = ? AND name = ?")
        self._of_project = link.prepare(f"SELECT {_COLUMNS} FROM secrets WHERE project = '' OR project = ? ORDER BY project")
        self._list = link.prepare(f"SELECT {_COLUMNS} FROM secrets ORDER BY name, project")
        self._count = link.prepare("SELECT count(*) FROM secrets")
        self._put = link.upsert(secrets)
        self._delete = link.prepare("DELETE FROM secrets WHERE project = ? AND name = ?")

    def get(self, name: str, project: str | None) -> Secret | None:
        row = self._get.one(clean(project or ""), clean(name))
        return None if row is None else _secret_of(row)

    def for_project(self, project: str, names: Collection[str]) -> dict[str, Secret]:
        if not names:
            return {}
        # Those of all projects come first, and give way.
        found = [_secret_of(row) for row in self._of_project.all(clean(project))]
        return {secret.name: secret for secret in found if secret.name in names}

    def list(self, projects: Collection[str] | None) -> Sequence[Secret]:
        found = [_secret_of(row) for row in self._list.all()]
        return [each for each in found if projects is None or each.project is None or each.project in projects]

    def count(self) -> int:
        return self._count.one()[0]

    def put(self, secret: Secret) -> None:
        self._put.later(
            clean(secret.project or ""), clean(secret.name), secret.version, secret.key_id, secret.sealed, micros(secret.set_at),
            clean(secret.set_by),
        )  # fmt: skip

    def delete(self, name: str, project: str | None) -> bool:
        return self._delete.run(clean(project or ""), clean(name)) > 0


def _secret_of(row: Sequence[Any]) -> Secret:
    project, name, version, key_id, sealed, set_at, set_by = row
    return Secret(name=name, project=project or None, version=version, key_id=key_id, sealed=sealed, set_at=moment(set_at), set_by=set_by)
