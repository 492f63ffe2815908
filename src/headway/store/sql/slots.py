"""Concurrency keys."""

from __future__ import annotations

from collections.abc import Sequence

from headway.store.sql.keys import word_list, words_in
from headway.store.sql.link import Link

# One statement takes or refuses, so two claims cannot both see the last free slot.
_TAKE = (
    'INSERT INTO slots (key, "limit", used) VALUES (?, ?, 1) ON CONFLICT (key) DO UPDATE '
    'SET used = slots.used + 1, "limit" = excluded."limit" WHERE slots.used < excluded."limit"'
)


class SqlSlots:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._take = link.prepare(_TAKE)
        self._hold = link.prepare(
            'INSERT INTO slots (key, "limit", used) VALUES (?, ?, ?) '
            'ON CONFLICT (key) DO UPDATE SET used = excluded.used, "limit" = excluded."limit"'
        )
        self._usage = link.prepare('SELECT used, "limit" FROM slots WHERE key = ?')
        self._usages = link.prepare(f'SELECT key, used, "limit" FROM slots WHERE key {words_in(link)}')  # noqa: S608  (a name of ours)
        self._give_back = link.prepare("UPDATE slots SET used = used - 1 WHERE key = ? AND used > 0")

    def take(self, key: str, limit: int) -> bool:
        """Whether there was a free one. The limit asked for last is the one that is kept."""
        return limit > 0 and self._take.run(key, limit) == 1

    def hold(self, key: str, limit: int, used: int) -> None:
        """So many are held, and so many there are, whatever was known of it."""
        self._hold.later(key, limit, used)

    def usage(self, key: str) -> tuple[int, int] | None:
        row = self._usage.one(key)
        return None if row is None else (row[0], row[1])

    def usages(self, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
        return {key: (used, limit) for key, used, limit in self._usages.all(word_list(self._link, keys))} if keys else {}

    def give_back(self, keys: Sequence[str]) -> None:
        self._give_back.many([(key,) for key in sorted(keys)])
