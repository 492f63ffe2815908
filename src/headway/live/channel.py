"""One run as its viewers see it: view, newest entries and points, and the cuts that viewers in step share. No I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from headway.live import frames
from headway.live.frames import ALL, LOG, METRIC, NOTHING, VIEW, Facets, Frame
from headway.live.points import Points, thin
from headway.live.tally import Tally
from headway.live.views import Changes, difference, merge
from headway.model.patches import apply_patch
from headway.store.contract import Appended, Head

if TYPE_CHECKING:
    from headway.live.run_subscription import RunSubscription

RING_ENTRIES = 1_000
RING_BYTES = 1_048_576
BACKLOG_BYTES = 4_194_304
"""Entries that no cut has taken yet may make the ring this large; beyond it, viewers are sent to the journal."""
CUT_BYTES = 65_536
"""Entries in one shared frame. A viewer that stops reading right now holds one such frame, and what its socket holds."""
CUTS_KEPT = 8
CHANGES_KEPT = 64
MARKS_KEPT = 256


class Cut:
    """Everything between two flushes of a channel, as messages, and as one frame for each choice of facets."""

    __slots__ = ("_frames", "_messages", "changes", "from_line", "from_seq", "to_line", "to_seq")

    def __init__(
        self, *, from_seq: int, to_seq: int, from_line: int, to_line: int, changes: Changes, messages: dict[Facets, list[bytes]]
    ) -> None:
        self.from_seq = from_seq
        self.to_seq = to_seq
        self.from_line = from_line
        self.to_line = to_line
        self.changes = changes
        self._messages = messages
        self._frames: list[Frame | None] = [None] * (ALL + 1)

    def frame(self, facets: Facets) -> Frame:
        """The frame of all viewers with these facets; `NOTHING` if there is nothing in it for them."""
        made = self._frames[facets]
        if made is None:
            chosen = [message for facet, messages in self._messages.items() if facet & facets for message in messages]
            made = self._frames[facets] = Frame(chosen) if chosen else NOTHING
        return made


class Ring:
    """The newest entries, without a hole up to the top: lines `first` … `first + len - 1`."""

    __slots__ = ("_entries", "first", "size")

    def __init__(self, first: int) -> None:
        self.first = first
        self._entries: list[bytes] = []
        self.size = 0

    def add(self, entries: Sequence[bytes]) -> None:
        self._entries.extend(entries)
        self.size += sum(map(len, entries))

    def trim(self, cut_line: int) -> None:
        """Drop from the front what is over the limits: what a cut has taken, and beyond `BACKLOG_BYTES` anything."""
        if len(self._entries) <= RING_ENTRIES * 5 // 4 and self.size <= RING_BYTES:
            return
        gone, size, count = 0, self.size, len(self._entries)
        while gone < count:
            is_over = count - gone > RING_ENTRIES or size > RING_BYTES
            if not (size > BACKLOG_BYTES or (is_over and self.first + gone <= cut_line)):
                break
            size -= len(self._entries[gone])
            gone += 1
        del self._entries[:gone]
        self.first += gone
        self.size = size

    def restart(self, first: int) -> None:
        self.first = first
        self._entries.clear()
        self.size = 0

    def take(self, first: int, last: int, budget: int) -> list[bytes]:
        """Lines first..last as far as the budget goes (at least one). `first` must be in the ring."""
        start = first - self.first
        taken = self._entries[start : last - self.first + 1]
        size = 0
        for index, entry in enumerate(taken):
            size += len(entry) + 1
            if size > budget and index:
                return taken[:index]
        return taken


class Channel:
    """What the hub knows of one watched run. Changed only by the hub, in the loop's thread."""

    def __init__(self, *, run: str, epoch: str, head: Head, final_state: str | None, tally: Tally | None = None) -> None:
        self.run = run
        self.name = f"run:{run}"
        self.epoch = epoch
        self.seq = head.last_seq
        self.line = head.last_line
        self.log_hash = head.log_hash
        self.view: dict[str, Any] = orjson.loads(orjson.dumps(head.view))
        self.first_kept_line = head.first_kept_line
        self.final_state = final_state
        self.finished: Frame | None = None
        """Made by the hub once the run is final and its result has been read."""
        self.subscriptions: dict[RunSubscription, None] = {}
        self.ring = Ring(self.line + 1)
        self.points = Points(self.seq)
        self.tally = tally or Tally()
        self.flushed_at = 0.0
        self.waiting_since = 0.0
        self.cuts: deque[Cut] = deque(maxlen=CUTS_KEPT)
        self.last_cut: Cut | None = None
        self.cut_seq = self.seq
        self.cut_line = self.line
        self._changes = Changes()
        self._history: deque[tuple[int, Changes]] = deque(maxlen=CHANGES_KEPT)
        self._marks: deque[tuple[int, int]] = deque(maxlen=MARKS_KEPT)
        self._encoded_view: tuple[int, bytes] = (-1, b"")

    def apply(self, news: Appended) -> None:
        """News that begin right after `seq`; the hub has made sure of that."""
        if self.subscriptions:
            self.waiting_since = self.waiting_since or news.recorded_at
        apply_patch(self.view, news.patch)
        self._changes.add(news.patch, news.last_seq)
        if news.entries:
            self.ring.add(news.entries)
            self._marks.append((self.line, self.log_hash))
        if news.points:
            self.points.add(news.points)
        self.seq = news.last_seq
        self.line = news.last_line
        self.log_hash = news.log_hash
        if news.entries:
            self.ring.trim(self.cut_line)
        if news.final_state is not None:
            self.final_state = news.final_state

    def jump(self, head: Head, entries: Sequence[bytes] | None, points: Sequence[bytes] | None, final_state: str | None) -> None:
        """Bring the channel to `head` after a hole. `entries` are lines `line + 1` … `head.last_line` and `points` those after
        `seq`; None if they were too many to read at once: then viewers read pages of the journal."""
        change = difference(self.view, head.view)
        self._changes.add(change, head.last_seq)
        apply_patch(self.view, change)
        if entries is not None and len(entries) == head.last_line - self.line:
            self.ring.add(entries)
        else:
            self.ring.restart(head.last_line + 1)
        if points is not None:
            self.points.add(points)
        else:
            self.points.forget(head.last_seq)
        self._marks.append((self.line, self.log_hash))
        self.seq, self.line, self.log_hash = head.last_seq, head.last_line, head.log_hash
        self.first_kept_line = head.first_kept_line
        self.ring.trim(self.cut_line)
        self.final_state = self.final_state or final_state

    @property
    def is_behind(self) -> bool:
        """Whether there is something that no cut has taken."""
        return self.cut_seq < self.seq or self.cut_line < self.line

    def cut(self) -> Cut | None:
        """Gather what is new since the last cut (entries: as far as `CUT_BYTES` goes); None if nothing is."""
        if not self.is_behind:
            return None
        from_line = self.cut_line
        taken: list[bytes] = []
        if from_line < self.line:
            if from_line + 1 >= self.ring.first:
                taken = self.ring.take(from_line + 1, self.line, CUT_BYTES)
            else:
                # The ring has passed the cut: nobody can be in step, each viewer catches up from the journal.
                from_line = self.line
        if self.cut_seq < self.points.complete_from:
            self.tally.gaps += sum(bool(subscription.facets & METRIC) for subscription in self.subscriptions)
        changes = self._changes.take()
        cut = Cut(
            from_seq=self.cut_seq,
            to_seq=self.seq,
            from_line=from_line,
            to_line=from_line + len(taken),
            changes=changes,
            messages={
                VIEW: self._patches(changes, self.seq),
                METRIC: self.points_between(self.cut_seq, self.seq),
                LOG: [frames.entries(self.name, from_line + 1, taken)] if taken else [],
            },
        )
        if cut.to_seq > cut.from_seq:
            self._history.append((cut.from_seq, changes))
        self.cuts.append(cut)
        self.last_cut = cut
        self.cut_seq, self.cut_line = cut.to_seq, cut.to_line
        return cut

    def stirred(self) -> Collection[RunSubscription]:
        """Those for whom the last cut may hold something: all."""
        return self.subscriptions

    def _patches(self, changes: Changes, seq: int) -> list[bytes]:
        last = len(changes.patches) - 1
        return [
            frames.patch(self.name, seq=seq if at == last else to_seq, view=view, folded=changes.count - last - 1 if at == last else 0)
            for at, (to_seq, view) in enumerate(changes.patches)
        ]

    def patches_after(self, seq: int) -> list[bytes] | None:
        """Messages that bring a viewer's view from `seq` to the cut; None if that is too long ago: send it whole."""
        if seq >= self.cut_seq:
            return []
        found = [index for index, (from_seq, _) in enumerate(self._history) if from_seq <= seq]
        if not found:
            return None
        return self._patches(merge([changes for _, changes in list(self._history)[found[-1] :]]), self.cut_seq)

    def points_between(self, after_seq: int, to_seq: int) -> list[bytes]:
        """Messages with the points after `after_seq`, thinned if many, and a gap in front for those not held any more."""
        messages: list[bytes] = []
        if after_seq < self.points.complete_from:
            last = min(self.points.complete_from, to_seq)
            messages.append(frames.gap(self.name, self.run, "metric", after_seq + 1, last, "evicted"))
            after_seq = last
        kept, is_thinned = thin(self.points.between(after_seq, to_seq))
        if kept:
            messages.append(frames.points(self.name, after_seq=after_seq, to_seq=to_seq, events=kept, is_thinned=is_thinned))
        return messages

    def snapshot(self, line: int) -> bytes:
        """The whole view; `line` is the last line that the viewer has."""
        if self._encoded_view[0] != self.seq:
            self._encoded_view = (self.seq, orjson.dumps(self.view))
        return frames.snapshot(self.name, seq=self.seq, line=line, view=self._encoded_view[1], log_hash=self.hash_at(line))

    def hash_at(self, line: int) -> int | None:
        """The running hash at a line, where it is known without reading the journal: at 0, at the top, between appends."""
        if line == 0:
            return 0
        if line == self.line:
            return self.log_hash
        return next((log_hash for marked, log_hash in reversed(self._marks) if marked == line), None)

    def finish(self, *, result: bytes | None) -> None:
        """Make the last message. The hub calls this once, after the run became final."""
        assert self.final_state is not None
        error: dict[str, Any] | None = self.view.get("error")
        self.finished = Frame(
            [
                frames.finished(
                    self.name,
                    self.run,
                    seq=self.seq,
                    line=self.line,
                    state=self.final_state,
                    result=result,
                    error=error,
                    log_hash=self.log_hash,
                )
            ]
        )
