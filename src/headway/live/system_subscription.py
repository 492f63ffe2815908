"""One viewer's place at the bulletin: the number of the last cut that it has. Who is behind gets the newest of all again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.live import frames
from headway.live.bulletin import Bulletin
from headway.live.frames import NOTHING, Frame
from headway.live.messages import ChannelName
from headway.live.subscription import PageOf, PlainSubscription

if TYPE_CHECKING:
    from headway.live.session import Session


class SystemSubscription(PlainSubscription):
    """A `Subscription` to how the installation is doing."""

    __slots__ = ("_cut_no", "_opening", "bulletin", "id", "is_over", "is_seated", "name", "session")

    def __init__(self, session: Session, *, id: str | int | None, name: ChannelName) -> None:
        self.session = session
        self.id = id
        self.name = name
        self.bulletin: Bulletin | None = None
        self.is_seated = False
        self.is_over = False
        self._opening: list[bytes] = []
        self._cut_no = 0

    @property
    def has_begun(self) -> bool:
        return self.bulletin is not None

    def begin(self, bulletin: Bulletin) -> None:
        self.bulletin = bulletin
        self._cut_no = bulletin.cut_no
        subscribed = frames.message("subscribed", id=self.id, channel=str(self.name), epoch=bulletin.epoch, result="fresh")
        self._opening = [subscribed, bulletin.whole()]

    def step(self) -> Frame | None:
        bulletin = self.bulletin
        if bulletin is None or self._opening or bulletin.cut_no - self._cut_no > 1:
            return None
        if bulletin.cut_no == self._cut_no:
            return NOTHING
        self._cut_no = bulletin.cut_no
        return bulletin.frame

    def advance(self, out: list[Frame], budget: int, page_of: PageOf, *, is_view_only: bool) -> tuple[int, bool]:
        bulletin = self.bulletin
        assert bulletin is not None
        shared = self.step()
        if shared is NOTHING:
            return 0, True
        if shared is None:
            shared = Frame(self._opening or [bulletin.whole()])
            self._opening = []
            self._cut_no = bulletin.cut_no
        out.append(shared)
        return len(shared.body), True
