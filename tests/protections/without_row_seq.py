"""What was read of a row replaces it, also when news have been quicker."""

from headway.live import feed
from headway.live.rows import Row


def _believe_every_read(row: Row, seq: int) -> bool:
    """What `is_ahead` would be without its check."""
    return True


feed.is_ahead = _believe_every_read
