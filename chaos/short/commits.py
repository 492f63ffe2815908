"""Commits that fail, as a seed has it: of what was written nothing is kept, or all is kept and nobody is told."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from headway.store.sql.statements import Watch


class Commits:
    """Counts what it does: a fault that does nothing proves nothing."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.is_calm = True
        self.undone = 0
        """Commits of which nothing was kept."""
        self.unheard = 0
        """Commits that were kept, and reported as failed."""

    @contextmanager
    def failing(self) -> Iterator[None]:
        careful = Watch.commit

        def commit(watch: Watch, group_size: int) -> None:
            chance = 1.0 if self.is_calm else self._dice.random()
            if chance < 0.03:
                self.undone += 1
                watch._link.cursor.execute("ROLLBACK")
                raise sqlite3.OperationalError("disk I/O error")
            careful(watch, group_size)
            if chance < 0.06:
                self.unheard += 1
                raise sqlite3.OperationalError("disk I/O error")

        Watch.commit = commit  # type: ignore[method-assign]
        try:
            yield
        finally:
            Watch.commit = careful  # type: ignore[method-assign]
