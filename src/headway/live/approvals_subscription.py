"""One viewer's look at what waits for approval: how many requests wait for them, and whether the list of requests is another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.live import frames
from headway.live.frames import NOTHING, Frame
from headway.live.messages import ChannelName
from headway.live.subscription import PageOf, PlainSubscription
from headway.live.undecided import Seen, Undecided

if TYPE_CHECKING:
    from headway.live.session import Session


class ApprovalsSubscription(PlainSubscription):
    """A `Subscription` to `approvals`."""

    __slots__ = ("_no", "_opening", "_told", "id", "is_over", "is_seated", "name", "session", "undecided")

    def __init__(self, session: Session, *, id: str | int | None, name: ChannelName) -> None:
        self.session = session
        self.id = id
        self.name = name
        self.undecided: Undecided | None = None
        self.is_seated = False
        self.is_over = False
        self._opening: list[bytes] = []
        self._no = -1
        """That of what it was last told, or would have been, had that been another."""
        self._told: Seen | None = None

    @property
    def has_begun(self) -> bool:
        return self.undecided is not None

    def begin(self, undecided: Undecided) -> None:
        self.undecided = undecided
        self._opening = [frames.message("subscribed", id=self.id, channel=str(self.name), epoch=undecided.epoch, result="fresh")]

    def step(self) -> Frame | None:
        undecided = self.undecided
        return NOTHING if undecided is not None and not self._opening and undecided.no == self._no else None

    def advance(self, out: list[Frame], budget: int, page_of: PageOf, *, is_view_only: bool) -> tuple[int, bool]:
        undecided, visitor = self.undecided, self.session.visitor
        assert undecided is not None
        assert visitor is not None
        messages, self._opening = self._opening, []
        if undecided.no != self._no:
            self._no = undecided.no
            seen = undecided.weigh(visitor.principal, undecided.open)
            if seen != self._told:
                self._told = seen
                messages.append(frames.message("approvals", channel=str(self.name), waiting=seen.waiting, open=seen.open, stamp=seen.stamp))
        if not messages:
            return 0, True
        out.append(Frame(messages))
        return len(out[-1].body), True
