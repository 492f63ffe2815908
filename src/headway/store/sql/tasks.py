"""The catalogue: what can be run."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from headway.model.run import Task
from headway.store.sql import schema
from headway.store.sql.link import Link
from headway.store.sql.values import task_of, task_row

_tasks = schema.tasks


class SqlTasks:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._get = link.prepare(sa.select(_tasks).where(_tasks.c.name == sa.bindparam("name")))
        self._list = link.prepare(sa.select(_tasks).order_by(_tasks.c.name))
        self._put = link.upsert(_tasks)

    def get(self, name: str) -> Task | None:
        row = self._get.one(name)
        return None if row is None else task_of(row)

    def list(self) -> list[Task]:
        return [task_of(row) for row in self._list.all()]

    def put(self, tasks: Sequence[Task]) -> None:
        """In the order of names, so that two workers that start together cannot wait for each other."""
        self._put.many([task_row(task, self._link.now) for task in sorted(tasks, key=lambda task: task.name)])
