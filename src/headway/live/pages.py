"""Pages of the journal that viewers who are behind have just asked for: the others who come the same way find them here. No I/O."""

from __future__ import annotations

from collections import OrderedDict

from headway.live.subscription import Page

PAGES_BYTES = 16_777_216
"""Over all runs. What was used least lately goes first."""
_PAGE_OVERHEAD = 200


class Pages:
    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str, int], Page] = OrderedDict()
        self._size = 0

    def get(self, run: str, first: int) -> Page | None:
        page = self._pages.get((run, first))
        if page is not None:
            self._pages.move_to_end((run, first))
        return page

    def put(self, run: str, first: int, page: Page) -> None:
        self._drop((run, first))
        self._pages[(run, first)] = page
        self._size += _size(page)
        while self._size > PAGES_BYTES:
            self._drop(next(iter(self._pages)))

    def forget(self, run: str) -> None:
        for key in [key for key in self._pages if key[0] == run]:
            self._drop(key)

    def _drop(self, key: tuple[str, int]) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self._size -= _size(page)


def _size(page: Page) -> int:
    return sum(map(len, page.entries)) + _PAGE_OVERHEAD
