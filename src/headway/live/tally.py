"""What the gateway has done since its start, as numbers that only grow. Whoever samples them tells the differences."""

from __future__ import annotations

from headway.model.histogram import Histogram


class Tally:
    """Changed in the loop's thread only, by additions: they are made once a flush of a viewer, or more rarely."""

    __slots__ = (
        "cut_off", "deliveries", "ended", "gaps", "lag", "pages_found", "pages_read", "reconnects", "refused", "resets", "resumes",
        "sent_bytes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.sent_bytes = 0
        """Given to sockets."""
        self.deliveries = 0
        """Frames given to sockets: one to each viewer for all that a flush of a channel brings."""
        self.reconnects = 0
        """Connections that went on where an earlier one of the viewer had broken off."""
        self.resumes = 0
        """Subscriptions to runs that went on at the position of the viewer."""
        self.resets = 0
        """Subscriptions whose position could not be honoured."""
        self.gaps = 0
        """Times that a viewer was told of lines or points that are not kept any more."""
        self.pages_found = 0
        """Pages of old lines that a viewer asked for and that were in memory, or being read already for another viewer."""
        self.pages_read = 0
        """Pages of old lines that had to be read from the store. With `pages_found`: all that viewers who were behind asked for,
        each of a viewer once."""
        self.cut_off = 0
        """Connections that were ended because nothing was read."""
        self.ended = 0
        """Connections that somebody has ended."""
        self.refused = 0
        """Connections that were one too many: of a person, an address, or altogether."""
        self.lag = Histogram()
        """Seconds from the record of something to its write to a viewer, once for each viewer who reads."""
