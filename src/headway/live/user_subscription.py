"""One viewer's place at the board of notices: the `seq` of the newest that it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.live import frames
from headway.live.board import Board
from headway.live.frames import NOTHING, Frame
from headway.live.messages import ChannelName
from headway.live.subscription import PageOf, PlainSubscription
from headway.model.clock import iso
from headway.model.notice import Notice
from headway.model.positions import Position

if TYPE_CHECKING:
    from headway.live.session import Session


class UserSubscription(PlainSubscription):
    """A `Subscription` to what is told to one person, and to everybody."""

    __slots__ = ("_has_view", "_opening", "_seq", "_wants", "board", "id", "is_over", "is_seated", "name", "session")

    def __init__(self, session: Session, *, id: str | int | None, name: ChannelName, wants: Position | None, has_view: bool) -> None:
        """`has_view`: the viewer has all that was told up to the position that it wants, and goes on without a word."""
        self.session = session
        self.id = id
        self.name = name
        self.board: Board | None = None
        self.is_seated = False
        self.is_over = False
        self._wants = wants
        self._has_view = has_view
        self._opening: list[bytes] = []
        self._seq = 0

    @property
    def has_begun(self) -> bool:
        return self.board is not None

    @property
    def position(self) -> Position | None:
        return self._wants if self.board is None or self._opening else Position(self.board.epoch, 0, self._seq)

    def begin(self, board: Board) -> None:
        self.board = board
        wants, result = self._wants, "fresh"
        if wants is not None:
            result = "resumed" if wants.epoch == board.epoch and wants.seq <= board.top else "reset"
        if wants is not None and result == "resumed":
            self._seq = wants.seq
            if self._has_view:
                return
        self._opening = [frames.message("subscribed", id=self.id, channel=str(self.name), epoch=board.epoch, result=result)]

    def step(self) -> Frame | None:
        board = self.board
        return NOTHING if board is not None and not self._opening and board.top == self._seq else None

    def advance(self, out: list[Frame], budget: int, page_of: PageOf, *, is_view_only: bool) -> tuple[int, bool]:
        board = self.board
        assert board is not None
        told = [_message(str(self.name), notice) for notice in board.since(self._seq, self.name.subject)]
        messages = [*self._opening, *told]
        self._opening = []
        self._seq = board.top
        if not messages:
            return 0, True
        out.append(Frame(messages))
        return len(out[-1].body), True


def _message(channel: str, notice: Notice) -> bytes:
    if notice.is_withdrawn:
        return frames.message("notice", channel=channel, seq=notice.seq, kind="withdrawn", notice=notice.id, title=notice.title)
    return frames.message(
        "notice", channel=channel, seq=notice.seq, kind="message", notice=notice.id, level=notice.level.value, title=notice.title,
        user=notice.user, by=notice.created_by, created_at=iso(notice.created_at.timestamp()),
        expires_at=iso(notice.expires_at.timestamp()),
    )  # fmt: skip
