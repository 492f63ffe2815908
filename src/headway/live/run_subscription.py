"""One viewer's place in the channel of a run: two positions, and what brings it forward. No queue, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.live import frames
from headway.live.channel import Channel
from headway.live.frames import LOG, METRIC, NOTHING, VIEW, Facets, Frame
from headway.live.messages import ChannelName
from headway.live.subscription import PageOf
from headway.model.positions import Position

if TYPE_CHECKING:
    from headway.live.session import Session


class RunSubscription:
    """A `Subscription` to one run."""

    __slots__ = (
        "_is_steady", "_needs_snapshot", "_points_seq", "asked_page", "channel", "facets", "has_view", "id", "is_finished", "is_over",
        "is_seated", "line", "name", "opening", "seq", "session", "wants",
    )  # fmt: skip

    def __init__(
        self, session: Session, *, id: str | int | None, name: ChannelName, facets: Facets, wants: Position | dict[str, int] | None,
        has_view: bool = False,
    ) -> None:  # fmt: skip
        self.session = session
        self.id = id
        self.name = name
        self.facets = facets
        self.wants = wants
        """Where to begin: ``{line}``, ``{tail}``, a position, or None for the start of the log."""
        self.has_view = has_view
        """Whether the viewer holds the view at the position that it wants: it goes on, without a word, where that can be honoured."""
        self.channel: Channel | None = None
        self.line: int = 0
        self.seq: int = 0
        self.asked_page: int | None = None
        """The first line of the page of the journal that it asked for last."""
        self.is_finished = False
        self.is_seated = False
        self.is_over = False
        self.opening: list[bytes] = []
        self._is_steady = False
        """Whether nothing but the two positions says what comes next."""
        self._needs_snapshot = False
        self._points_seq: int | None = None
        """Set while points lag behind the view: after a resume, and while only the view is sent."""

    @property
    def run(self) -> str:
        return self.name.subject

    @property
    def has_begun(self) -> bool:
        return self.channel is not None

    @property
    def behind_count(self) -> int:
        """Lines that the viewer has still to get."""
        return 0 if self.channel is None or not self.facets & LOG else max(0, self.channel.line - self.line)

    @property
    def top(self) -> list[int] | None:
        return None if self.channel is None else [self.channel.cut_line, self.channel.cut_seq]

    @property
    def position(self) -> Position | None:
        if self.channel is None or self.opening:
            return self.wants if isinstance(self.wants, Position) else None
        # Points that lag behind the view are not lost for whoever comes back: the view converges anyway.
        return Position(self.channel.epoch, self.line, self.seq if self._points_seq is None else min(self.seq, self._points_seq))

    def is_beyond(self, channel: Channel) -> bool:
        """Whether it wants to resume at a position that this channel has not reached (perhaps only not yet)."""
        wants = self.wants
        if isinstance(wants, Position):
            return wants.epoch == channel.epoch and (wants.line > channel.line or wants.seq > channel.seq)
        return wants is not None and wants.get("line", 0) > channel.line

    def begin(self, channel: Channel) -> None:
        """Take a place in a channel that has just been cut. One path for fresh, resumed and reset: say which, the view, replay."""
        self.channel = channel
        result, why = "fresh", None
        wants = self.wants
        if isinstance(wants, Position):
            result, why = ("resumed", None) if wants.epoch == channel.epoch else ("reset", "epoch")
        if result != "reset" and self.is_beyond(channel):
            result, why = "reset", "ahead"
        if result == "resumed" and self.has_view and isinstance(wants, Position):
            self.line, self.seq = wants.line, wants.seq
            return
        self.line = 0
        if result == "resumed" and isinstance(wants, Position):
            self.line = wants.line
            self._points_seq = wants.seq if wants.seq < channel.cut_seq else None
        elif result == "fresh" and isinstance(wants, dict):
            self.line = max(0, channel.line - wants["tail"]) if "tail" in wants else wants.get("line", 0)
        self.seq = channel.cut_seq
        self._needs_snapshot = True
        channel.tally.resumes += result == "resumed"
        channel.tally.resets += result == "reset"
        self.opening = [frames.message("subscribed", id=self.id, channel=channel.name, epoch=channel.epoch, result=result)]
        if why:
            self.opening.append(frames.message("reset", channel=channel.name, why=why))

    def step(self) -> Frame | None:
        """The frame of the newest cut."""
        channel = self.channel
        if channel is None or not self._is_steady or (channel.finished is not None and not self.is_finished):
            return None
        cut = channel.last_cut
        if cut is None or cut.from_seq != self.seq or cut.from_line != self.line:
            return None
        self.seq = cut.to_seq
        self.line = cut.to_line
        return cut.frame(self.facets)

    def advance(self, out: list[Frame], budget: int, page_of: PageOf, *, is_view_only: bool) -> tuple[int, bool]:
        channel = self.channel
        assert channel is not None
        if self._is_steady and not is_view_only:
            walked = self._walk(channel, out, budget)
            if walked is not None:
                return walked
        spent, is_done = self._catch_up(channel, out, budget, page_of, is_view_only=is_view_only)
        if not is_view_only:
            self._finish(channel, out)
        self._is_steady = not self._needs_snapshot and self._points_seq is None
        return spent, is_done

    def _walk(self, channel: Channel, out: list[Frame], budget: int) -> tuple[int, bool] | None:
        """The frames of the last few cuts, one after the other. None if this viewer has to catch up by itself."""
        spent = 0
        if self.seq != channel.cut_seq or self.line != channel.cut_line:
            start = next((at for at, cut in enumerate(channel.cuts) if cut.from_seq == self.seq and cut.from_line == self.line), None)
            if start is None:
                return None
            for cut in list(channel.cuts)[start:]:
                frame = cut.frame(self.facets)
                if frame is not NOTHING:
                    if spent and spent + len(frame.body) > budget:
                        return spent, False
                    out.append(frame)
                    spent += len(frame.body)
                self.seq, self.line = cut.to_seq, cut.to_line
        self._finish(channel, out)
        return spent, True

    def _finish(self, channel: Channel, out: list[Frame]) -> None:
        """`finished` comes once, after the last line."""
        if channel.finished is None or self.is_finished:
            return
        if self.line == channel.line or not self.facets & LOG:
            self.is_finished = True
            out.append(channel.finished)

    def _catch_up(self, channel: Channel, out: list[Frame], budget: int, page_of: PageOf, *, is_view_only: bool) -> tuple[int, bool]:
        messages, self.opening = self.opening, []
        messages += self._view(channel, is_view_only=is_view_only)
        is_done = True
        if is_view_only:
            pass
        elif self.facets & LOG:
            is_done = self._log(channel, messages, budget, page_of)
        else:
            self.line = channel.cut_line
        if not messages:
            return 0, is_done
        frame = Frame(messages)
        out.append(frame)
        return len(frame.body), is_done

    def _view(self, channel: Channel, *, is_view_only: bool) -> list[bytes]:
        messages: list[bytes] = []
        patches = channel.patches_after(self.seq) if self.facets & VIEW and not self._needs_snapshot else []
        points_seq = self.seq if self._points_seq is None else self._points_seq
        if self._needs_snapshot or patches is None:
            messages.append(channel.snapshot(self.line))
            self._needs_snapshot = False
        else:
            messages += patches
        self.seq = channel.cut_seq
        if is_view_only:
            self._points_seq = points_seq
        else:
            self._points_seq = None
            if self.facets & METRIC and points_seq < channel.cut_seq:
                channel.tally.gaps += points_seq < channel.points.complete_from
                messages += channel.points_between(points_seq, channel.cut_seq)
        return messages

    def _log(self, channel: Channel, messages: list[bytes], budget: int, page_of: PageOf) -> bool:
        """Entries after `line`, from the ring or from a page of the journal. False if there are more."""
        if self.line >= channel.cut_line:
            return True
        first = self.line + 1
        if first >= channel.ring.first:
            lines = channel.ring.take(first, channel.cut_line, budget)
        else:
            page = page_of(self, first)
            if page is None:
                return True  # the page is being read, and wakes us
            if page.first_kept > first or not page.entries:
                last = page.first_kept - 1 if page.first_kept > first else channel.cut_line
                messages.append(frames.gap(channel.name, channel.run, "log", first, last, "evicted"))
                channel.tally.gaps += 1
                self.line = last
                return last >= channel.cut_line
            lines = page.entries[: channel.cut_line - self.line]
        messages.append(frames.entries(channel.name, first, lines))
        self.line += len(lines)
        return self.line >= channel.cut_line
