"""Pages of the journal that viewers who are behind have just asked for: the others who come the same way find them here. No I/O."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import OrderedDict

from headway.live.subscription import Page

PAGES_BYTES = 16_777_216
"""Over all runs. What was used least lately goes first."""
_PAGE_OVERHEAD = 200


class Pages:
    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str, int], Page] = OrderedDict()
        self._firsts: dict[str, list[int]] = {}
        """The first lines of a run's pages, in order."""
        self._size = 0

    def get(self, run: str, first: int) -> Page | None:
        """A page that begins at `first`, or the rest of one that has it."""
        firsts = self._firsts.get(run)
        at = bisect_right(firsts, first) - 1 if firsts else -1
        if firsts is None or at < 0:
            return None
        page = self._pages[(run, firsts[at])]
        offset = first - page.first
        if offset and offset >= len(page.entries):
            return None
        self._pages.move_to_end((run, page.first))
        return Page(first, page.entries[offset:], page.first_kept) if offset else page

    def put(self, run: str, page: Page) -> None:
        self._drop((run, page.first))
        self._pages[(run, page.first)] = page
        insort(self._firsts.setdefault(run, []), page.first)
        self._size += _size(page)
        while self._size > PAGES_BYTES:
            self._drop(next(iter(self._pages)))

    def forget(self, run: str) -> None:
        for first in list(self._firsts.get(run, ())):
            self._drop((run, first))

    def _drop(self, key: tuple[str, int]) -> None:
        page = self._pages.pop(key, None)
        if page is None:
            return
        self._size -= _size(page)
        run, first = key
        firsts = self._firsts[run]
        firsts.remove(first)
        if not firsts:
            del self._firsts[run]


def _size(page: Page) -> int:
    return sum(map(len, page.entries)) + _PAGE_OVERHEAD
