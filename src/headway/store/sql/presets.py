"""Parameters of tasks under a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from headway.model.errors import PresetExists
from headway.model.preset import Preset
from headway.store.sql import schema
from headway.store.sql.keys import word_list, words_in
from headway.store.sql.link import Link
from headway.store.sql.values import checked_key, clean, dumps, is_key, loads, micros, moment, to_id, to_key

_presets = schema.presets.c
_NAMES = ", ".join(column.name for column in schema.presets.c)


class SqlPresets:
    def __init__(self, link: Link) -> None:
        self._link = link
        of_task = f"SELECT {_NAMES} FROM presets WHERE task = ?"  # noqa: S608 - constants of this file
        order = "ORDER BY project, name LIMIT ? OFFSET ?"
        self._get = link.prepare(sa.select(schema.presets).where(_presets.id == sa.bindparam("preset")))
        self._list = link.prepare(f"{of_task} {order}")
        self._list_in = link.prepare(f"{of_task} AND project {words_in(link)} {order}")
        self._insert = link.rows(schema.presets)
        self._change = link.prepare("UPDATE presets SET name = ?, parameters = ?, updated_at = ? WHERE id = ?")
        self._delete = link.prepare("DELETE FROM presets WHERE id = ?")

    def get(self, preset: str) -> Preset | None:
        row = self._get.one(to_key(preset)) if is_key(preset) else None
        return None if row is None else _preset_of(row)

    def list(self, task: str, projects: frozenset[str] | None, *, limit: int, offset: int = 0) -> list[Preset]:
        if projects is None:
            return [_preset_of(row) for row in self._list.all(task, limit, offset)]
        return [_preset_of(row) for row in self._list_in.all(task, word_list(self._link, projects), limit, offset)]

    def insert(self, preset: Preset) -> None:
        row = (
            checked_key(preset.id), clean(preset.task), clean(preset.project), clean(preset.name), dumps(preset.parameters).decode(),
            clean(preset.created_by), micros(preset.created_at), micros(preset.updated_at),
        )  # fmt: skip
        try:
            self._insert.insert([row])
            self._link.send()
        except self._link.integrity_error as error:
            raise PresetExists(name=preset.name, field="name") from error

    def change(self, preset: Preset) -> None:
        try:
            self._change.run(clean(preset.name), dumps(preset.parameters).decode(), micros(preset.updated_at), checked_key(preset.id))
        except self._link.integrity_error as error:
            raise PresetExists(name=preset.name, field="name") from error

    def delete(self, preset: str) -> None:
        self._delete.later(to_key(preset))


def _preset_of(row: Sequence[Any]) -> Preset:
    key, task, project, name, parameters, created_by, created_at, updated_at = row
    return Preset(
        id=to_id(key),
        task=task,
        project=project,
        name=name,
        parameters=loads(parameters),
        created_by=created_by,
        created_at=moment(created_at),
        updated_at=moment(updated_at),
    )
