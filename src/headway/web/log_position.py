"""Where a merge of logs by time goes on: at a moment, run and line, with the runs that were begun and have more to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from headway.model.errors import InvalidCursor
from headway.web.cursors import NUMBERED_BYTES, pack, pack_numbers, unpack_numbers, unpack_with_data
from headway.web.inputs import LARGEST_NUMBER
from headway.web.log_frontier import Frontier, read_frontier
from headway.web.log_query import Order

OPEN_RUNS = 200
"""Runs that are merged at once. Further ones wait until one of these has no more lines."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ID_BYTES = 16
EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Moments that can be written down, in microseconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """All that comes before `at`, `run` and `line` has been told."""

    at: int
    """Microseconds since 1970."""
    run: str | None = None
    line: int | None = None
    """Without a run and a line: no line of that moment has been told."""
    frontier: Frontier
    open: Mapping[str, int | None]
    """Runs that are being merged; and of those that came late, when they came."""

    @property
    def moment(self) -> str:
        return (_EPOCH + timedelta(microseconds=self.at)).isoformat().replace("+00:00", "Z")


def micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def number_of(run: str) -> int:
    """Of lines of one moment those of the run with the lesser number are the older ones: ids are made in order of time."""
    return UUID(run).int


def write_position(position: Position, order: Order) -> str:
    """Ids of the runs that are being merged, those that came late with their times behind the others: at most 6,700 characters."""
    ids = b"".join(UUID(run).bytes for run, at in position.open.items() if at is None)
    late = [(run, at) for run, at in position.open.items() if at is not None]
    return pack([order, position.at, position.run, position.line, position.frontier.plain(), len(late)], ids + pack_numbers(late))


def read_position(text: str, order: Order) -> Position:
    """Raises `InvalidCursor`, also for one of another order."""
    try:
        plain, data = unpack_with_data(text)
        match plain:
            case [str(said), int(at), run, line, frontier, int(late_count)] if said == order and EARLIEST <= at <= LATEST:
                return Position(
                    at=at,
                    run=None if run is None else str(UUID(cast("str", run))),
                    line=_line(run, line),
                    frontier=read_frontier(frontier),
                    open=_opened(data, late_count),
                )
            case _:
                raise InvalidCursor
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidCursor from error


def _line(run: object, line: object) -> int | None:
    if (run is None) != (line is None):
        raise InvalidCursor
    if line is not None and not (isinstance(line, int) and not isinstance(line, bool) and 0 <= line < LARGEST_NUMBER):
        raise InvalidCursor
    return line


def _opened(data: bytes, late_count: int) -> dict[str, int | None]:
    begin = len(data) - late_count * NUMBERED_BYTES
    if not 0 <= late_count <= OPEN_RUNS or begin < 0 or begin % _ID_BYTES or begin // _ID_BYTES + late_count > OPEN_RUNS:
        raise InvalidCursor
    late = dict(unpack_numbers(data[begin:]))
    if not all(EARLIEST <= at <= LATEST for at in late.values()):
        raise InvalidCursor
    return {**{str(UUID(bytes=data[at : at + _ID_BYTES])): None for at in range(0, begin, _ID_BYTES)}, **late}
