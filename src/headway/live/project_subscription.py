"""One viewer's place beside a live list: how many runs of a project are in which state, and nothing of the runs themselves.

For who shows a number (a badge, a wall of projects, a mini-program) and would have no use for rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from headway.live import frames
from headway.live.feed import Feed
from headway.live.frames import NOTHING, Frame
from headway.live.list_subscription import ListSubscription
from headway.live.messages import ChannelName
from headway.live.subscription import PageOf, PlainSubscription

if TYPE_CHECKING:
    from headway.live.session import Session


class ProjectSubscription(PlainSubscription):
    """A `Subscription` to the counts of a project. It sits in the feed of the project's list and has no row of it in view."""

    __slots__ = ("_opening", "_states_no", "feed", "id", "is_over", "is_seated", "name", "session")

    rows: Mapping[str, int] = MappingProxyType({})
    """None: the seqs of the rows in view, as a list's subscription has them."""

    def __init__(self, session: Session, *, id: str | int | None, name: ChannelName) -> None:
        self.session = session
        self.id = id
        self.name = name
        self.feed: Feed | None = None
        self.is_seated = False
        self.is_over = False
        self._opening: list[bytes] = []
        self._states_no = 0

    @property
    def project(self) -> str:
        return self.name.subject

    @property
    def has_begun(self) -> bool:
        return self.feed is not None

    def begin(self, feed: Feed, rows: Iterable[str]) -> None:
        """Take a place in a feed. Counts always begin anew: those of now come first."""
        self.feed = feed
        self._opening = [frames.message("subscribed", id=self.id, channel=str(self.name), epoch=feed.epoch, result="fresh")]

    def step(self) -> Frame | None:
        feed = self.feed
        if feed is None or self._opening:
            return None
        if self._states_no == feed.states_no:
            return NOTHING
        self._states_no = feed.states_no
        return feed.counts_frame()

    def advance(self, out: list[Frame], budget: int, page_of: PageOf, *, is_view_only: bool) -> tuple[int, bool]:
        feed = self.feed
        assert feed is not None
        given: list[Frame] = []
        if self._opening:
            given.append(Frame(self._opening))
            self._opening = []
        if self._states_no != feed.states_no:
            self._states_no = feed.states_no
            given.append(feed.counts_frame())
        out += given
        return sum(len(frame.body) for frame in given), True


FeedSubscription = ListSubscription | ProjectSubscription
"""Whoever sits in a feed."""
