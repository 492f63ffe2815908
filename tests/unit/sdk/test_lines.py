"""Lines of the log: by `headway.log`, `logging`, `print`, warnings and threads that die."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import headway
from headway.model.events import TEXT_LIMIT, check_reported
from headway.sdk.capture import Capture, LogCapture
from tests.unit.sdk.piped import Piped, a_run, piped
from tests.waiting import eventually


@contextmanager
def saying() -> Iterator[Piped]:
    """A run with everything captured. (Not a fixture: pytest changes standard output between setup and test.)"""
    with piped() as other_end, Capture(), a_run(other_end):
        yield other_end


def arrived(said: Piped, count: int) -> list[str]:
    eventually(lambda: len(said.of("log.written")) >= count, what=f"{count} lines")
    return said.texts


def test_a_line_is_with_the_supervisor_before_log_returns() -> None:
    with saying() as said:
        said.pause_reading()
        headway.log("one", sheet=7)
        said.go_on_reading()
        arrived(said, 1)
        (event,) = said.of("log.written")
        check_reported(event)
        assert event["text"] == "one"
        assert event["level"] == "info"
        assert event["context"] == {"sheet": 7}
        assert event["source"].startswith("tests/unit/sdk/test_lines.py:")


def test_levels() -> None:
    with saying() as said:
        for level in ("debug", "info", "warning", "error", "critical"):
            getattr(headway.log, level)("text")
        arrived(said, 5)
        assert [event["level"] for event in said.events] == ["debug", "info", "warning", "error", "critical"]
        with pytest.raises(ValueError, match="level must be one of"):
            headway.log("text", "loud")


def test_what_is_not_text_is_written_as_text() -> None:
    with saying() as said:
        headway.log(42)
        headway.log({"a": 1}, value=float("nan"), thing=object)
        assert arrived(said, 2) == ["42", "{'a': 1}"]
        assert said.events[1]["context"] == {"value": "nan", "thing": "<class 'object'>"}


def test_a_line_of_any_length_comes_in_parts_that_make_it_whole() -> None:
    with saying() as said:
        text = "ab\U0001f600" * 100_000
        headway.log(text, number=1)
        arrived(said, -(-len(text) // TEXT_LIMIT))
        assert "".join(said.texts) == text
        assert [event.get("part", False) for event in said.events] == [True] * (len(said.events) - 1) + [False]
        assert [event.get("context") for event in said.events][-1] == {"number": 1}
        for event in said.events:
            check_reported(event)


def test_half_surrogates_and_control_characters_are_no_error() -> None:
    with saying() as said:
        headway.log("name \udcff\ud800\x00\x1b", bad="\udcfe")
        headway.log("\udcff" * TEXT_LIMIT)
        arrived(said, 5)
        assert said.texts[0] == "name \\udcff\\ud800\x00\x1b"
        assert said.events[0]["context"] == {"bad": "\\xfe"}
        assert "".join(said.texts[1:]) == "\\xff" * TEXT_LIMIT
        for event in said.events:
            check_reported(event)


def test_an_undecodable_byte_shows_as_that_byte() -> None:
    with saying() as said:
        print(b"caf\xe9".decode("utf-8", "surrogateescape"))
        assert arrived(said, 1) == ["caf\\xe9"]


def test_a_context_of_any_size_is_cut() -> None:
    with saying() as said:
        headway.log("big", **{f"key{number}": "x" * 4_000 for number in range(200)})
        arrived(said, 1)
        assert said.sizes[0] < 100_000


def test_logging_comes_with_all_that_belongs_to_it() -> None:
    with saying() as said:
        logger = logging.getLogger("grading.marks")
        logger.info("read %d of %s", 3, "sheets", extra={"sheet": 7})
        try:
            raise KeyError("missing")
        except KeyError:
            logger.exception("no such sheet")
        logger.debug("not wanted at this level")
        LogCapture([]).emit(logging.makeLogRecord({"msg": "%d arguments", "args": ("wrong",), "levelno": 30}))
        arrived(said, 3)
        first, second, third = said.of("log.written")
        assert (first["text"], first["level"], first["logger"]) == ("read 3 of sheets", "info", "grading.marks")
        assert first["context"] == {"sheet": 7}
        assert first["source"].startswith("tests/unit/sdk/test_lines.py:")
        assert (second["text"], second["level"]) == ("no such sheet", "error")
        assert "KeyError: 'missing'" in second["traceback"]
        assert "'%d arguments' with arguments ('wrong',)" in third["text"]


def test_a_handler_that_prints_does_not_double_the_line() -> None:
    root = logging.getLogger()
    printing = logging.StreamHandler(sys.stderr)
    root.addHandler(printing)
    try:
        with piped() as other_end:
            with Capture(), a_run(other_end):
                logging.getLogger("a").warning("once")
            assert printing in root.handlers
    finally:
        root.removeHandler(printing)
    assert other_end.texts == ["once"]


def test_print_is_a_line_each_and_half_a_line_waits() -> None:
    with saying() as said:
        print("one")
        print("two", 3, end="")
        print(".", end="", flush=True)
        print()
        print("three\nfour\n\nfive")
        print("problem", file=sys.stderr)
        assert arrived(said, 7) == ["one", "two 3.", "three", "four", "", "five", "problem"]
        assert [event["stream"] for event in said.events] == ["stdout"] * 6 + ["stderr"]


def test_half_a_line_goes_out_at_the_end_of_the_run() -> None:
    with piped() as other_end, Capture(), a_run(other_end):
        print("no newline", end="")
        sys.stderr.write("x" * (3 * TEXT_LIMIT))
    assert other_end.texts == ["x" * TEXT_LIMIT, "x" * TEXT_LIMIT, "no newline", "x" * TEXT_LIMIT]


def test_a_line_that_is_rewritten_is_kept_as_it_looked_last() -> None:
    with piped() as other_end, Capture(), a_run(other_end):
        for share in range(0, 101, 10):
            sys.stderr.write(f"\r{share:3}%")
        sys.stderr.write("\n")
        sys.stdout.write("a\rb\r\nc\r")
    assert other_end.texts == ["100%", "b", "c"]


def test_bytes_written_to_standard_output() -> None:
    with saying() as said:
        sys.stdout.buffer.write("sch\u00f6n\n".encode()[:4])
        sys.stdout.buffer.write("sch\u00f6n\n".encode()[4:])
        sys.stdout.buffer.write(b"\xff\xfe\n")
        sys.stdout.buffer.flush()
        assert arrived(said, 2) == ["schön", "\\xff\\xfe"]


def test_standard_output_outlives_code_that_closes_it() -> None:
    with saying() as said:
        sys.stdout.close()
        sys.stdout.writelines(["still ", "here\n"])
        assert arrived(said, 1) == ["still here"]
        assert not sys.stdout.isatty()


def test_threads_that_print_at_once_do_not_mix_their_lines() -> None:
    with saying() as said:

        def write(letter: str) -> None:
            for _ in range(200):
                for _ in range(10):
                    sys.stdout.write(letter)
                sys.stdout.write("\n")

        threads = [threading.Thread(target=write, args=(letter,)) for letter in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        arrived(said, 800)
        assert sorted(said.texts) == sorted(letter * 10 for letter in "abcd" for _ in range(200))


def test_a_warning_is_a_line_with_its_place() -> None:
    with saying() as said:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("old way", DeprecationWarning, stacklevel=1)
        arrived(said, 1)
        (event,) = said.events
        assert (event["text"], event["level"], event["logger"]) == ("DeprecationWarning: old way", "warning", "py.warnings")
        assert event["source"].startswith("tests/unit/sdk/test_lines.py:")


def test_a_thread_that_dies_says_so() -> None:
    with saying() as said:
        thread = threading.Thread(target=lambda: 1 // 0, name="reader")
        thread.start()
        thread.join()
        arrived(said, 1)
        (event,) = said.events
        assert event["text"].startswith("thread reader ended with ZeroDivisionError")
        assert event["level"] == "error"
        assert "1 // 0" in event["traceback"]


def test_outside_of_a_run_all_goes_where_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    with Capture():
        print("plain")
        sys.stdout.flush()
    assert capsys.readouterr().out == "plain\n"


def test_lines_name_the_step_they_are_in() -> None:
    with saying() as said:
        with headway.step("read"):
            print("inside")
        print("outside")
        arrived(said, 2)
        inside, outside = said.of("log.written")
        assert inside["step"] == said.of("step.started")[0]["step"]
        assert "step" not in outside
