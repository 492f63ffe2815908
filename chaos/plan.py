"""What happens in a trial, all of it from its seed: what befalls each connection of each viewer, and what befalls the server, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum


class Transport(Enum):
    SOCKET = "websocket"
    STREAM = "sse"
    POLL = "poll"


class Fault(Enum):
    """What the proxy does to a connection."""

    NONE = "none"
    CUT = "cut"
    """Both sides are closed after so many bytes from the server: as a rule within a frame, which is truncated by that."""
    RESET = "reset"
    """The same by RST, which also throws away what the viewer has not read yet."""
    HALF_OPEN = "half-open"
    """After so many bytes nothing goes either way, and nobody is told."""
    PAUSE = "pause"
    """After so many bytes the viewer does not read for a while; then it goes on."""
    DELAY = "delay"
    """What the server sends arrives so much later."""
    UNAVAILABLE = "503"
    """The proxy answers by itself."""
    REFUSE = "refuse"
    """The connection is closed before a byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """Of one connection."""

    fault: Fault = Fault.NONE
    after_bytes: int = 0
    seconds: float = 0.0
    """How long a pause lasts, or a delay is."""


FAIR = Fate()
_OFTEN = {
    Fault.CUT: 6, Fault.RESET: 3, Fault.HALF_OPEN: 2, Fault.PAUSE: 2, Fault.DELAY: 2, Fault.UNAVAILABLE: 1, Fault.REFUSE: 1, Fault.NONE: 1,
}  # fmt: skip
_FAULTS = [fault for fault, times in _OFTEN.items() for _ in range(times)]


class Where(Enum):
    """From where a viewer goes on when it comes again."""

    LAST = "last"
    STALE = "stale"
    """From an older position: of a page that had kept it some time before."""
    FOREIGN = "foreign"
    """From a position that this run has not reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One viewer's."""

    number: int
    transport: Transport
    seed: int
    channels: tuple[int, ...]
    """Which of the runs it watches."""
    is_renewing: bool
    """Whether it sends a fresh token when it is told that its own runs out."""

    def dice(self) -> random.Random:
        return random.Random(self.seed)


def next_fate(dice: random.Random) -> Fate:
    fault = dice.choice(_FAULTS)
    size = int(dice.choice([600, 3_000, 10_000, 40_000]) * dice.uniform(0.1, 1.0))
    return Fate(fault=fault, after_bytes=size, seconds=dice.uniform(0.02, 0.2) if fault is Fault.DELAY else dice.uniform(0.2, 1.5))


def next_where(dice: random.Random) -> Where:
    return dice.choices([Where.LAST, Where.STALE, Where.FOREIGN], [85, 12, 3])[0]


class Deed(Enum):
    """What befalls everybody."""

    KILL = "kill -9 of the server"
    EVICT = "history evicted"
    END_SOME = "connections ended by an administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of every trial of a session."""

    viewers: int
    seconds: float
    """How long the runs report, about: while the server is away they wait."""
    lines: int
    kills: int = 1
    end_seconds: float = 60.0
    """So long after the last report every viewer must know the end."""


LARGE = Size(viewers=300, seconds=12.0, lines=600)
SMALL = Size(viewers=24, seconds=1.5, lines=150, end_seconds=30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    seed: int
    parts: tuple[Part, ...]
    deeds: tuple[tuple[float, Deed], ...]
    """With the second after the start at which each is done."""
    size: Size


RUNS = 2
"""Of each trial: one is executed by the worker, whose news come over the bus, the other reports over HTTP."""


def make_plan(seed: int, size: Size) -> Plan:
    dice = random.Random(seed)
    transports = tuple(Transport)
    parts = tuple(
        Part(
            number=number, transport=transports[number % len(transports)], seed=dice.getrandbits(48),
            channels=dice.choices([(0,), (1,), (0, 1)], [3, 3, 4])[0], is_renewing=dice.random() < 0.5,
        )
        for number in range(size.viewers)
    )  # fmt: skip
    seconds = size.seconds
    deeds = [(dice.uniform(0.25, 0.8) * seconds, Deed.KILL) for _ in range(size.kills)]
    deeds += [(dice.uniform(0.2, 0.95) * seconds, Deed.EVICT) for _ in range(dice.choice([0, 1, 2, 3]))]
    deeds += [(dice.uniform(0.1, 0.95) * seconds, Deed.END_SOME) for _ in range(dice.choice([1, 2, 3]))]
    return Plan(seed=seed, parts=parts, deeds=tuple(sorted(deeds, key=lambda deed: deed[0])), size=size)
