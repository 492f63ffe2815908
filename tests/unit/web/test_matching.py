"""What is found in the bytes is what stands in the text."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.web.matching import SHOWN, SPANS_LIMIT, Match, Wanted, finder, text_of

FOREVER = 10_000_000_000.0


def entry(number: int, text: str, **more: Any) -> dict[str, Any]:
    return {"seq": number, "line": number, "kind": "log.written", "at": "2026-11-22T09:30:00Z", "level": "info", "text": text, **more}


def block(entries: list[dict[str, Any]]) -> bytes:
    """As both writers of entries encode: orjson, and the standard library's encoder without ASCII."""
    return b"\n".join(
        orjson.dumps(each) if number % 2 else json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode()
        for number, each in enumerate(entries)
    )


def looked(entries: list[dict[str, Any]], wanted: Wanted, first: int = 1, last: int = 10_000, limit: int = 1_000) -> tuple[Match, int]:
    match = Match(wanted)
    after = match.look(block(entries), first, last, limit=limit, deadline=FOREVER, before=len(entries) + 1)
    return match, after


def lines(entries: list[dict[str, Any]], wanted: Wanted, **more: Any) -> list[int]:
    return [hit.line for hit in looked(entries, wanted, **more)[0].hits]


LETTERS = st.text(alphabet=st.sampled_from('aAbB é"\\\n\t/\0\x1b中🚀KSſß:,{}log'), max_size=12)


@given(texts=st.lists(LETTERS, min_size=1, max_size=8), q=LETTERS.filter(bool))
def test_a_substring_with_case_is_found_exactly_where_it_stands(texts: list[str], q: str) -> None:
    entries = [entry(number, text) for number, text in enumerate(texts, 1)]
    expected = [number for number, text in enumerate(texts, 1) if q in text]
    assert lines(entries, Wanted(q=q, is_case_sensitive=True)) == expected


@given(texts=st.lists(LETTERS, min_size=1, max_size=8), q=LETTERS.filter(bool))
def test_a_substring_without_case_is_found_as_python_would(texts: list[str], q: str) -> None:
    """Of ASCII letters only, unless the word has others that have a case."""
    flags = re.IGNORECASE if any(not letter.isascii() and letter.lower() != letter.upper() for letter in q) else re.IGNORECASE | re.ASCII
    entries = [entry(number, text) for number, text in enumerate(texts, 1)]
    expected = [number for number, text in enumerate(texts, 1) if re.search(re.escape(q), text, flags)]
    assert lines(entries, Wanted(q=q)) == expected


@given(text=st.text(alphabet="ab🚀é", max_size=60))
def test_spans_cut_the_words_out_of_the_text_as_javascript_does(text: str) -> None:
    match, _ = looked([entry(1, text)], Wanted(q="ab"))
    for hit in match.hits:
        units = hit.text.encode("utf-16-le")
        assert [units[low * 2 : high * 2].decode("utf-16-le") for low, high in hit.spans] == ["ab"] * len(hit.spans)
        assert len(hit.spans) == text.count("ab")


def test_a_long_text_is_cut_around_the_first_match() -> None:
    match, _ = looked([entry(1, "x" * 5_000 + "needle" + "y" * 5_000), entry(2, "needle" + "y" * 5_000)], Wanted(q="needle"))
    middle, front = match.hits
    assert len(middle.text) == len(front.text) == SHOWN
    assert middle.spans == [(100, 106)]
    assert front.spans == [(0, 6)]
    ((only,), _) = looked([entry(1, "x" * 5_000 + "needle")], Wanted(q="needle"))[0].hits, None
    assert only.text.endswith("needle")
    assert only.spans == [(SHOWN - 6, SHOWN)]


def test_a_match_that_is_longer_than_what_is_shown() -> None:
    match, _ = looked([entry(1, "a" * 2_000)], Wanted(q="a+", is_regex=True))
    assert match.hits[0].spans == [(0, SHOWN)]
    assert len(looked([entry(1, "a" * 400)], Wanted(q="a"))[0].hits[0].spans) == SPANS_LIMIT


def test_names_and_numbers_of_the_json_are_no_text() -> None:
    entries = [entry(1, "one"), entry(2, "level")]
    for q in ("log.written", "seq", '"', "2026", "info"):
        assert lines(entries, Wanted(q=q)) == []
    assert lines(entries, Wanted(q="level")) == [2]


def test_tracebacks_and_other_entries_are_searched_too() -> None:
    entries = [
        entry(1, "it failed", traceback="Traceback …\nKeyError: 'Tomsk'"),
        {"seq": 2, "line": 2, "kind": "step.started", "at": "x", "step": "1", "name": "recognise"},
        {"seq": 3, "line": 3, "kind": "attempt.ended", "at": "x", "attempt": 1, "outcome": "failed", "error": {"message": "no Tomsk"}},
        {"seq": 4, "line": 4, "kind": "own.kind", "at": "x", "blob": {"name": "Tomsk"}},
    ]
    assert lines(entries, Wanted(q="tomsk")) == [1, 3]
    assert lines(entries, Wanted(q="recognise")) == [2]
    assert lines(entries, Wanted(q="step.started")) == [2]
    assert text_of(entries[2]) == "attempt.ended\nfailed\nno Tomsk"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(levels=frozenset({"error"})), [2]),
        (Wanted(step="7"), [3]),
        (Wanted(stream="stderr"), [4]),
        (Wanted(attempt=2), [4]),
        (Wanted(q="a", stream="stderr"), [4]),
        (Wanted(q="b", stream="stderr"), []),
        (Wanted(), [1, 2, 3, 4]),
    ],
)
def test_what_is_asked_beside_the_text(wanted: Wanted, expected: list[int]) -> None:
    entries = [entry(1, "a"), entry(2, "a", level="error"), entry(3, "a", step="7"), entry(4, "a", stream="stderr", attempt=2)]
    assert lines(entries, wanted) == expected


def test_it_stops_at_the_limit_and_says_where_to_go_on() -> None:
    entries = [entry(number, "a") for number in range(1, 11)]
    match, after = looked(entries, Wanted(q="a"), first=3, limit=4)
    assert [hit.line for hit in match.hits] == [3, 4, 5, 6]
    assert after == 7
    match, after = looked(entries, Wanted(q="a"), first=7, last=8)
    assert [hit.line for hit in match.hits] == [7, 8]
    assert after == 11


@pytest.mark.parametrize("wanted", [Wanted(q="nothing of that kind", is_regex=True), Wanted(q="a"), Wanted(stream="a")])
def test_a_late_look_still_gets_on(wanted: Wanted) -> None:
    entries = [entry(number, "a") for number in range(1, 1_001)]
    first, count = 1, 0
    while first <= 1_000:
        after = Match(wanted).look(block(entries), first, 10_000, limit=2_000, deadline=time.monotonic() - 1, before=1_001)
        assert after > first
        first, count = after, count + 1
    assert count > 1


def test_a_pattern_that_matches_nothing_matches_nothing() -> None:
    entries = [entry(1, "bbb"), entry(2, "bab")]
    assert lines(entries, Wanted(q="a*", is_regex=True)) == [2]
    assert lines(entries, Wanted(q="^", is_regex=True)) == []


WORDS = st.sampled_from(["a", "A", "é", 'say "a"', "7"])
MAYBE = st.none() | WORDS


@given(
    asked=st.fixed_dictionaries({
        "q": st.just("") | LETTERS, "is_case_sensitive": st.booleans(), "step": MAYBE, "stream": MAYBE, "logger": MAYBE,
        "levels": st.frozensets(WORDS, max_size=2), "fields": st.dictionaries(WORDS, WORDS, max_size=2),
    }),
    entries=st.lists(
        st.fixed_dictionaries({
            "text": LETTERS, "step": MAYBE, "stream": MAYBE, "logger": MAYBE, "level": WORDS,
            "context": st.dictionaries(WORDS, WORDS | st.just(7), max_size=2),
        }),
        min_size=1, max_size=6,
    ),
)  # fmt: skip
def test_what_is_passed_over_unread_would_not_have_matched(asked: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    wanted = Wanted(**asked)
    numbered = [entry(number, **each) for number, each in enumerate(entries, 1)]
    find = finder(wanted)
    expected = [each["line"] for each in numbered if wanted.is_met_by(each) and (find is None or find(text_of(each)))]
    assert lines(numbered, wanted) == expected
