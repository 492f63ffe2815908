"""What a viewer was told, as its page would have it; and the judge, who holds it against the journal."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from headway.sdk.news import Entry, Finished, Gap, News, Reset, Unsubscribed, ViewChanged

Json = dict[str, Any]


def sum_of(event: Mapping[str, Any]) -> int:
    """A short number for a whole event, whatever the order of its members."""
    return zlib.crc32(orjson.dumps(event, option=orjson.OPT_SORT_KEYS))


def bare(view: Mapping[str, Any]) -> Json:
    """Without empty objects: RFC 7396 leaves one where the last member was removed."""
    slim = {key: bare(value) if isinstance(value, dict) else value for key, value in view.items()}
    return {key: value for key, value in slim.items() if value != {}}


@dataclass(slots=True)
class Ledger:
    """Of one viewer and one run. It decides nothing: it writes down, in the order in which it was told."""

    lines: list[int] = field(default_factory=list[int])
    sums: list[int] = field(default_factory=list[int])
    gaps: list[Gap] = field(default_factory=list[Gap])
    ends: list[Finished] = field(default_factory=list[Finished])
    view: Json = field(default_factory=dict[str, Any])
    seq: int = 0
    heard: int = 0
    """Entries, also those before a reset."""
    resets: int = 0
    wrong: list[str] = field(default_factory=list[str])
    """What was wrong when it came."""

    def write(self, news: News) -> None:
        if self.ends:
            self.wrong.append(f"{type(news).__name__} after the end")
        match news:
            case Entry():
                self.heard += 1
                self.lines.append(news.line)
                self.sums.append(sum_of(news.event))
                if news.event.get("line") != news.line:
                    self.wrong.append(f"line {news.event.get('line')} was given as line {news.line}")
            case ViewChanged():
                if news.seq < self.seq:
                    self.wrong.append(f"the view went back from seq {self.seq} to {news.seq}")
                self.seq, self.view = news.seq, news.view
            case Gap(facet="log"):
                self.gaps.append(news)
            case Reset():
                self.lines, self.sums, self.gaps, self.view, self.seq = [], [], [], {}, 0
                self.resets += 1
            case Finished():
                self.ends.append(news)
            case Unsubscribed():
                self.wrong.append(f"unsubscribed: {news.code}")
            case _:
                pass


@dataclass(slots=True, kw_only=True)
class Truth:
    """What the journal of a run says. Lines are kept from before they were evicted."""

    sums: dict[int, int] = field(default_factory=dict[int, int])
    """By line."""
    view: Json = field(default_factory=dict[str, Any])
    last_line: int = 0
    evicted_to: int = 0
    """The last line that is no longer kept."""
    state: str = ""


def judge(ledger: Ledger, truth: Truth) -> list[str]:
    """What is wrong; nothing when the viewer was told the journal."""
    wrong = list(ledger.wrong)
    wrong += _order(ledger, truth)
    wrong += [
        f"line {line} is another than in the journal"
        for line, total in zip(ledger.lines, ledger.sums, strict=True)
        if truth.sums.get(line) != total
    ][:3]
    if bare(ledger.view) != bare(truth.view):
        wrong.append(f"the view is not the journal's: {', '.join(_different(ledger.view, truth.view))}")
    if len(ledger.ends) != 1:
        wrong.append(f"{len(ledger.ends)} ends")
    for end in ledger.ends[:1]:
        if end.state != truth.state or end.line != truth.last_line:
            wrong.append(f"the end says {end.state} at line {end.line}; it is {truth.state} at {truth.last_line}")
        if end.is_complete == bool(ledger.gaps):
            wrong.append(f"the end says complete: {end.is_complete}, with {len(ledger.gaps)} gaps")
    return wrong


def _order(ledger: Ledger, truth: Truth) -> list[str]:
    """Each line once and in order, or in an explicit gap of lines that are gone."""
    wrong: list[str] = []
    if ledger.lines != sorted(set(ledger.lines)):
        twice = len(ledger.lines) - len(set(ledger.lines))
        wrong.append(f"{twice} lines came twice" if twice else "lines came out of order")
    wrong += [
        f"a gap ({gap.why}) of lines {gap.first} to {gap.last}, but only those to {truth.evicted_to} are gone"
        for gap in ledger.gaps
        if gap.last > truth.evicted_to
    ]
    told = set(ledger.lines)
    for gap in ledger.gaps:
        told.update(range(gap.first, gap.last + 1))
    missing = sorted(set(range(1, truth.last_line + 1)) - told)
    if missing:
        wrong.append(f"{len(missing)} lines never came, the first is {missing[0]} of {truth.last_line}")
    return wrong


def _different(one: Json, other: Json) -> Iterable[str]:
    one, other = bare(one), bare(other)
    return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
