"""One run as a row of a list: the part of its view that lists show, and the newest change of it, encoded once for all. No I/O."""

from __future__ import annotations

from headway.live import frames
from headway.live.views import Changes, Json, difference
from headway.model.patches import apply_patch

ROW_KEYS = (
    "state", "name", "task", "project", "run_kind", "by", "tags", "priority", "attempt", "worker", "reason", "until", "stage",
    "status_text", "progress", "counters", "last_line", "error", "is_throttled", "is_silent", "has_result", "created_at", "queued_at",
    "started_at", "finished_at", "parent", "children",
)  # fmt: skip
"""What a row has of a view. Bars, steps and metrics stay with the run's own page."""


def row_of(view: Json) -> Json:
    """The row's part of a view, or of a change of one."""
    return {key: view[key] for key in ROW_KEYS if key in view}


class Row:
    """A run that some viewer of a list has in view."""

    __slots__ = ("_changes", "_content", "_patch", "_patch_from", "_told", "_whole", "cut_seq", "heard_seq", "run", "seq", "viewer_count")

    def __init__(self, run: str) -> None:
        self.run = run
        self.viewer_count = 0
        self.seq = 0
        """Of the journal, as far as the row knows it; 0: it is still to be read."""
        self.heard_seq = 0
        """The highest of news that could not be applied since the last read began."""
        self.cut_seq = 0
        """Up to here the last cut goes that changed anything."""
        self._content: Json = {}
        self._changes = Changes()
        self._patch: Json | None = None
        self._patch_from = 0
        self._told: bytes | None = None
        self._whole: tuple[int, bytes] = (0, b"")

    def apply(self, patch: Json, seq: int) -> bool:
        """A change of the view that begins right after `seq`; the feed has made sure of that. Whether the row shows any of it."""
        return self._change(row_of(patch), seq)

    def jump(self, content: Json, seq: int) -> bool:
        """What was read after a hole, or for the first time."""
        return self._change(difference(self._content, content), seq)

    def _change(self, patch: Json, seq: int) -> bool:
        self.seq = seq
        if patch:
            apply_patch(self._content, patch)
            self._changes.add(patch, seq)
        return bool(patch)

    def cut(self) -> bool:
        """Fold what has changed since the last cut into one patch. False if nothing has."""
        patches = self._changes.take().patches
        if not patches:
            return False
        # More than one: an object was removed and made again, which one merge patch cannot say.
        self._patch = patches[0][1] if len(patches) == 1 else None
        self._told = None
        self._patch_from, self.cut_seq = self.cut_seq, self.seq
        return True

    def message_after(self, seq: int, channel: str) -> tuple[bytes, int]:
        """What brings a viewer forward who has the row at `seq` (0: not at all), and where it stands then.

        A patch may be applied anywhere between its ends: for each key the last word counts.
        """
        if seq and self._patch is not None and self._patch_from <= seq:
            if self._told is None:
                self._told = frames.row(channel, self.run, seq=self.cut_seq, patch=self._patch, is_whole=False)
            return self._told, self.cut_seq
        if self._whole[0] != self.seq:
            self._whole = (self.seq, frames.row(channel, self.run, seq=self.seq, patch=self._content, is_whole=True))
        return self._whole[1], self.seq
