"""Ids, times, positions, errors: small things that everything else relies on."""

from __future__ import annotations

import base64
import json
import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.model import errors
from headway.model.clock import SystemClock, iso, parse_iso
from headway.model.errors import HeadwayError, InvalidCursor, InvalidEvent, RunNotFound, TooLarge, every_error
from headway.model.ids import is_id, new_id
from headway.model.permissions import ROLES, Permission
from headway.model.positions import CURSOR_LIMIT, Position, read_cursor, write_cursor
from headway.model.run import Options
from headway.model.states import ACTIVE, FINAL, RunState

ID = "019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12"


def test_ids_of_one_process_rise_and_are_uuids_of_version_7() -> None:
    ids = [new_id() for _ in range(10_000)]

    assert ids == sorted(set(ids))
    assert all(is_id(one) for one in ids)
    assert {uuid.UUID(one).version for one in ids[:100]} == {7}
    assert {uuid.UUID(one).variant for one in ids[:100]} == {uuid.RFC_4122}


def test_an_id_tells_the_time_it_was_made() -> None:
    before = datetime.now(UTC)
    made = datetime.fromtimestamp((uuid.UUID(new_id()).int >> 80) / 1000, UTC)

    # Ids made in a hurry run ahead of the clock by a tick of 0.25 us each.
    assert before - timedelta(seconds=1) < made < before + timedelta(seconds=5)


def test_threads_do_not_get_the_same_id() -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.extend([new_id() for _ in range(500)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == 2000


@pytest.mark.parametrize("text", ["", "x", "019336e1-8f5c-4d3a-9b1e-4f2a6c8d0e12", ID.upper(), f"{ID} ", ID.replace("-", "")])
def test_what_is_not_an_id(text: str) -> None:
    assert not is_id(text)


@given(st.integers(0, 4_102_444_800_000))
def test_times_are_written_in_milliseconds_and_read_back(milliseconds: int) -> None:
    # A quarter of a millisecond keeps binary fractions away from the edge.
    text = iso(milliseconds / 1000 + 0.00025)

    assert len(text) == 24
    assert parse_iso(text) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def test_other_offsets_and_none_are_understood() -> None:
    assert parse_iso("2026-11-22T10:00:00+01:00") == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert parse_iso("2026-11-22T09:00:00").tzinfo is UTC


def test_the_system_clock_is_in_utc_and_goes_on() -> None:
    clock = SystemClock()

    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()
    assert abs(parse_iso(iso()) - clock.now()) < timedelta(seconds=5)


_POSITIONS = st.builds(Position, epoch=st.text(max_size=12), line=st.integers(0, 2**53 - 1), seq=st.integers(0, 2**53 - 1))


@given(st.dictionaries(st.text(max_size=40), _POSITIONS, max_size=20))
def test_a_cursor_is_read_as_it_was_written(positions: dict[str, Position]) -> None:
    assert read_cursor(write_cursor(positions)) == positions


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "!",
        "a",
        encoded([1]),
        encoded("x"),
        encoded({"run:1": ["e", 1]}),
        encoded({"run:1": ["e", 1, -1]}),
        encoded({"run:1": ["e", True, 1]}),
        encoded({"run:1": [1, 1, 1]}),
        encoded({"run:1": ["e", 1, 2**53]}),
        encoded({"run:1": ["e", 1.5, 1]}),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_that_we_never_gave_out_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(text)


def test_a_cursor_has_a_limit() -> None:
    with pytest.raises(TooLarge, match="16384 characters"):
        read_cursor("a" * (CURSOR_LIMIT + 1))


def test_every_error_has_a_code_of_its_own_and_a_sentence() -> None:
    classes = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, HeadwayError)]
    codes = [cls.code for cls in classes]

    assert len(codes) == len(set(codes))
    assert set(codes) <= set(every_error())
    for cls in classes:
        assert (cls.__doc__ or "").strip().endswith((".", "`")), cls


def test_an_error_says_its_sentence_with_its_fields() -> None:
    assert str(RunNotFound(run="r1")) == "There is no run r1 here, or you may not see it."
    assert str(InvalidEvent(index=3)) == "Event 3 is not valid: ?."
    error = InvalidEvent("Another sentence.", index=1)
    assert (error.message, error.fields, error.code) == ("Another sentence.", {"index": 1}, "invalid_event")


def test_the_diagram_of_errors_names_them_all() -> None:
    diagram = errors.__doc__ or ""
    groups = [cls for cls in HeadwayError.__subclasses__() if cls.__module__ == errors.__name__ and cls.__subclasses__()]

    assert groups
    assert all(group.__name__ in diagram for group in groups)


def test_the_admin_may_do_everything_and_no_role_may_do_what_is_unknown() -> None:
    assert ROLES["admin"] == set(Permission)
    assert all(may <= set(Permission) for may in ROLES.values())


def test_states_know_what_they_are() -> None:
    assert [state for state in RunState if state.is_final] == [state for state in RunState if state in FINAL]
    assert {state for state in RunState if state.is_active} == ACTIVE
    assert not FINAL & ACTIVE


def test_options_are_safe_by_default() -> None:
    assert Options().max_attempts == 1
    assert Options().timeout_seconds is None
