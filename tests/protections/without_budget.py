"""A viewer that is behind gets all that it lacks in one flush."""

from headway.live.frames import Frame
from headway.live.run_subscription import RunSubscription
from headway.live.subscription import PageOf

_careful = RunSubscription.advance


def _give_all(subscription: RunSubscription, out: list[Frame], budget: int, page_of: PageOf, *, is_view_only: bool) -> tuple[int, bool]:
    """What `advance` would be without its budget."""
    return _careful(subscription, out, 2**31, page_of, is_view_only=is_view_only)


RunSubscription.advance = _give_all  # type: ignore[method-assign]
