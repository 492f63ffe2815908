"""A project's list of runs as its viewers see it: the rows that somebody has in view, what is new and gone, and how many runs are
under way. Only what is looked at is held. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from headway.live import frames
from headway.live.arrivals import Arrivals, Newest, Recent
from headway.live.frames import NOTHING, Frame
from headway.live.messages import ChannelKind, ChannelName
from headway.live.rows import Row
from headway.live.views import Json
from headway.model.errors import Unavailable
from headway.store.contract import Appended

if TYPE_CHECKING:
    from headway.live.project_subscription import FeedSubscription

FEED_ROWS = 5_000
"""Rows of one project that all its viewers together may have in view; about 3 KB each."""
FRAMES_KEPT = 16
"""Frames of the last cut, kept for viewers who have the same rows in view."""


class TooManyRows(Unavailable):
    """All viewers of this list together have too many different rows in view; try again."""


def is_next(row: Row, news: Appended) -> bool:
    """Whether these news follow what the row has, without a hole. All else is read from the store."""
    return news.first_seq == row.seq + 1


def is_ahead(row: Row, seq: int) -> bool:
    """Whether what was read is newer than the row: news may have been quicker than the store's answer."""
    return seq > row.seq


class Feed:
    """Changed only by `Feeds`, in the loop's thread."""

    def __init__(self, *, project: str, epoch: str) -> None:
        self.project = project
        self.name = ChannelName(ChannelKind.LIST, project)
        self.epoch = epoch
        self.flushed_at = 0.0
        self.waiting_since = 0.0
        self.subscriptions: dict[FeedSubscription, None] = {}
        self.rows: dict[str, Row] = {}
        self.unread: dict[str, None] = {}
        """Rows whose head has to be read."""
        self.new = Recent()
        self.gone = Recent()
        self.states: dict[str, int] = {}
        self.states_no = 0
        """Which `states` these are; a viewer remembers the one it was told last."""
        self.is_count_stale = False
        """Whether a run has changed its state since they were counted."""
        self.cut_no = 0
        self.changed: tuple[str, ...] = ()
        """Runs whose rows the last cut has changed, or found gone."""
        self._stirring: dict[str, None] = {}
        self._has_news = False
        self._was_news = False
        self._arrivals = Arrivals()
        self._told: dict[tuple[int, ...], bytes] = {}
        self._frames: dict[tuple[bytes, ...], Frame] = {}
        self._counts: tuple[int, Frame] = (0, NOTHING)

    # --- what happens ----------------------------------------------------------------------------------------------

    def apply(self, news: Appended) -> None:
        if news.first_seq == 1 and "parent" not in news.patch:
            self.arrive(news.run)  # a child is shown with its parent
        if "state" in news.patch:
            self.is_count_stale = True
        row = self.rows.get(news.run)
        if row is None or news.last_seq <= row.seq:
            return
        if is_next(row, news):
            if row.apply(news.patch, news.last_seq):
                self._stirring[news.run] = None
                if self.subscriptions:
                    self.waiting_since = self.waiting_since or news.recorded_at
        else:
            row.heard_seq = max(row.heard_seq, news.last_seq)
            self.unread[news.run] = None

    def arrive(self, run: str) -> None:
        """A run was created."""
        if self._arrivals.note(run):
            self.new.add(run)
            self._has_news = self.is_count_stale = True

    def delete(self, run: str) -> None:
        self._lose(run)
        self.gone.add(run)
        self._has_news = self.is_count_stale = True

    def _lose(self, run: str) -> None:
        if self.rows.pop(run, None) is not None:
            self.unread.pop(run, None)
            self._stirring[run] = None

    def count(self, states: Mapping[str, int]) -> None:
        """They have been counted."""
        if states != self.states or not self.states_no:
            self.states = dict(states)
            self.states_no += 1
            self._has_news = True

    def unknown(self, newest: Newest) -> list[str]:
        """Runs that were created, and of which no news came."""
        return self._arrivals.unknown(newest)

    def settle(self, newest: Newest) -> None:
        self._arrivals.settle(newest)

    # --- what is in view -------------------------------------------------------------------------------------------

    def check_room(self, runs: Iterable[str]) -> None:
        """Raises `TooManyRows`."""
        if len(self.rows) + sum(run not in self.rows for run in runs) > FEED_ROWS:
            raise TooManyRows

    def hold(self, runs: Iterable[str]) -> list[str]:
        """One more viewer has these in view. Returns the ids as the rows have them: one text for all viewers, not one each."""
        held: list[str] = []
        for run in runs:
            row = self.rows.get(run)
            if row is None:
                row = self.rows[run] = Row(run)
                self.unread[run] = None
            row.viewer_count += 1
            held.append(row.run)
        return held

    def let_go(self, runs: Iterable[str]) -> None:
        for run in runs:
            row = self.rows.get(run)
            if row is not None:
                row.viewer_count -= 1
                if row.viewer_count <= 0:
                    del self.rows[run]
                    self.unread.pop(run, None)

    def take_unread(self, count: int) -> list[str]:
        """The next rows to be read."""
        runs = list(self.unread)[:count]
        for run in runs:
            del self.unread[run]
            self.rows[run].heard_seq = 0
        return runs

    def put(self, runs: Collection[str], found: Mapping[str, tuple[int, Json]]) -> None:
        """These have been read: seq and content of those that are in this project."""
        for run in runs:
            row = self.rows.get(run)
            if row is None:
                continue  # nobody looks at it any more, or it was deleted meanwhile
            if run not in found:
                self._lose(run)
                continue
            seq, content = found[run]
            if is_ahead(row, seq) and row.jump(content, seq):
                self._stirring[run] = None
            if row.heard_seq > row.seq:
                self.unread[run] = None

    # --- what is told ----------------------------------------------------------------------------------------------

    @property
    def is_behind(self) -> bool:
        return self._has_news or bool(self._stirring)

    def cut(self) -> None:
        """Close what has changed since the last cut: one patch a row, for all who are in step."""
        rows = self.rows
        self.changed = tuple(run for run in self._stirring if run not in rows or rows[run].cut())
        self.cut_no += 1
        self._stirring.clear()
        self._was_news, self._has_news = self._has_news, False
        self._told.clear()
        self._frames.clear()

    def stirred(self) -> Collection[FeedSubscription]:
        if self._was_news:
            return self.subscriptions
        return [subscription for subscription in self.subscriptions if not subscription.rows.keys().isdisjoint(self.changed)]

    def news_after(self, new_count: int, gone_count: int, states_no: int, lost: Sequence[str]) -> bytes | None:
        """`rows_changed` for a viewer who was told so much; `lost`: rows that it had in view and that are none. None: nothing new."""
        is_current = new_count == self.new.count and gone_count == self.gone.count and states_no == self.states_no
        if is_current and not lost:
            return None
        key = (new_count, gone_count, states_no, self.new.count, self.gone.count, self.states_no)
        told = None if lost else self._told.get(key)
        if told is None:
            new, is_more_new = self.new.after(new_count)
            gone, is_more_gone = self.gone.after(gone_count)
            told = frames.rows_changed(
                str(self.name), new=new, gone=list(dict.fromkeys([*gone, *lost])), states=self.states, is_more=is_more_new or is_more_gone
            )
            if not lost and len(self._told) < FRAMES_KEPT:
                self._told[key] = told
        return told

    def counts_frame(self) -> Frame:
        """The `counts` of now, made once for all who are told them."""
        if self._counts[0] != self.states_no:
            channel = ChannelName(ChannelKind.PROJECT, self.project)
            self._counts = (self.states_no, Frame([frames.message("counts", channel=str(channel), states=self.states)]))
        return self._counts[1]

    def frame(self, messages: Sequence[bytes]) -> Frame:
        """The same frame for all who get the same messages."""
        key = tuple(messages)
        made = self._frames.get(key)
        if made is None:
            made = Frame(messages)
            if len(self._frames) < FRAMES_KEPT:
                self._frames[key] = made
        return made
