"""News are applied to a row whatever came before them."""

from headway.live import feed
from headway.live.rows import Row
from headway.store.contract import Appended


def _take_anything(row: Row, news: Appended) -> bool:
    """What `is_next` would be without its check."""
    return True


feed.is_next = _take_anything
