"""One viewer's place in a live list: which rows it has in view and how far each has come. No queue, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from headway.live import frames
from headway.live.feed import Feed
from headway.live.frames import NOTHING, Frame
from headway.live.messages import ChannelName
from headway.live.subscription import PageOf, PlainSubscription

if TYPE_CHECKING:
    from headway.live.session import Session


class ListSubscription(PlainSubscription):
    """A `Subscription` to the list of a project's runs."""

    __slots__ = (
        "_cut_no", "_gone_count", "_is_steady", "_new_count", "_opening", "_states_no", "feed", "id", "is_over", "is_seated", "name",
        "rows", "session",
    )  # fmt: skip

    def __init__(self, session: Session, *, id: str | int | None, name: ChannelName) -> None:
        self.session = session
        self.id = id
        self.name = name
        self.feed: Feed | None = None
        self.rows: dict[str, int] = {}
        """Runs in view, each with the seq at which the viewer has it; 0: not yet."""
        self.is_seated = False
        self.is_over = False
        self._opening: list[bytes] = []
        self._is_steady = False
        """Whether it has all that the cut `_cut_no` had to say."""
        self._cut_no = 0
        self._new_count = 0
        self._gone_count = 0
        self._states_no = 0

    @property
    def project(self) -> str:
        return self.name.subject

    @property
    def has_begun(self) -> bool:
        return self.feed is not None

    def begin(self, feed: Feed, rows: Iterable[str]) -> None:
        """Take a place in a feed, with these rows. A list always begins anew: what is new from now on, and every row whole."""
        self.feed = feed
        self.rows = dict.fromkeys(rows, 0)
        self._new_count, self._gone_count = feed.new.count, feed.gone.count
        self._opening = [frames.message("subscribed", id=self.id, channel=str(self.name), epoch=feed.epoch, result="fresh")]

    def add(self, runs: Iterable[str]) -> None:
        """These came into view."""
        self.rows |= dict.fromkeys((run for run in runs if run not in self.rows), 0)
        self._is_steady = False

    def remove(self, runs: Iterable[str]) -> list[str]:
        """Those of `runs` that were in view, and now are not."""
        return [run for run in runs if self.rows.pop(run, None) is not None]

    def step(self) -> Frame | None:
        feed = self.feed
        if feed is None or not self._is_steady or feed.cut_no - self._cut_no > 1:
            return None
        if self._cut_no == feed.cut_no:
            return NOTHING
        self._cut_no = feed.cut_no
        messages, _ = self._gather(feed, feed.changed, None)
        return feed.frame(messages) if messages else NOTHING

    def advance(self, out: list[Frame], budget: int, page_of: PageOf, *, is_view_only: bool) -> tuple[int, bool]:
        feed = self.feed
        assert feed is not None
        is_in_step = self._is_steady and feed.cut_no - self._cut_no <= 1
        found, is_done = self._gather(feed, feed.changed if is_in_step else list(self.rows), budget)
        messages = [*self._opening, *found]
        self._opening = []
        self._cut_no = feed.cut_no
        self._is_steady = is_done and (is_in_step or all(self.rows.values()))
        if not messages:
            return 0, is_done
        frame = feed.frame(messages) if is_in_step else Frame(messages)
        out.append(frame)
        return len(frame.body), is_done

    def _gather(self, feed: Feed, runs: Iterable[str], budget: int | None) -> tuple[list[bytes], bool]:
        """What is to be said of those of `runs` that are in view, after what is new and gone; and whether the budget was enough."""
        messages: list[bytes] = []
        lost: list[str] = []
        spent, is_done, channel = 0, True, str(self.name)
        for run in runs:
            seq = self.rows.get(run)
            if seq is None:
                continue
            row = feed.rows.get(run)
            if row is None:
                lost.append(run)
            elif seq < row.cut_seq:
                if budget is not None and spent >= budget:
                    is_done = False
                    break
                message, self.rows[run] = row.message_after(seq, channel)
                messages.append(message)
                spent += len(message)
        self.remove(lost)
        news = feed.news_after(self._new_count, self._gone_count, self._states_no, lost)
        if news is not None:
            self._new_count, self._gone_count, self._states_no = feed.new.count, feed.gone.count, feed.states_no
            messages.insert(0, news)
        return messages, is_done
