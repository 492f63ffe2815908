# ruff: noqa: S608 - statements are put together from constants of this room only; values are always parameters
"""The journal: heads and segments. The hottest statements of Headway; the caller has numbered and folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import chain, islice
from typing import Any

from headway.model.events import Facet
from headway.store.contract import Head, Segment
from headway.store.sql import schema
from headway.store.sql.compaction import Compaction
from headway.store.sql.keys import key_list, keys_in
from headway.store.sql.link import Link
from headway.store.sql.segments import decode, encode_live, seq_of, slice_from
from headway.store.sql.stretches import Choice, Stretches
from headway.store.sql.values import (
    HEAD_COLUMNS,
    checked_key,
    dumps,
    head_of,
    head_row,
    is_key,
    micros,
    micros_of_text,
    to_id,
    to_key,
)
from headway.store.stretch import ALL_TIMES, LevelCounts, Outlines, Span, Stretch

_FIRST_CHUNK, _CHUNK = 4, 16
"""Segments fetched at once: with blocks of 128 KB that is 2 MB of a reader's memory."""
_NO_LEVELS = "{}"


class SqlJournal:
    def __init__(self, link: Link, *, is_writing: bool) -> None:
        self._link = link
        self._compaction = Compaction(link)
        lock = " ORDER BY run_id FOR UPDATE" if link.is_postgres and is_writing else ""
        self._heads = link.prepare(f"SELECT {HEAD_COLUMNS} FROM heads WHERE run_id {keys_in(link)}")
        self._lock = link.prepare(f"SELECT {HEAD_COLUMNS} FROM heads WHERE run_id {keys_in(link)}{lock}")
        self._tops = link.prepare(f"SELECT run_id, last_seq, last_line FROM heads WHERE run_id {keys_in(link)}")
        self._open = link.rows(schema.heads)
        self._update = link.upserted_rows(schema.heads)
        self._append = link.rows(schema.segments)
        # The segment that holds a position, and those behind it: the key's index answers both.
        self._from = link.prepare(
            "SELECT first, last, format, body FROM segments WHERE run_id = ? AND facet = ? AND first <= ? AND first >= COALESCE("
            "(SELECT MAX(first) FROM segments WHERE run_id = ? AND facet = ? AND first <= ?), 0) ORDER BY first LIMIT ?"
        )
        begin = "SELECT first FROM segments WHERE run_id = ? AND facet = ? AND first <= ? ORDER BY first DESC LIMIT 1"
        part = (
            "SELECT facet, first, last, format, body FROM (SELECT facet, first, last, format, body FROM segments "
            f"WHERE run_id = ? AND facet = ? AND first >= COALESCE(({begin}), 0) ORDER BY first LIMIT {_FIRST_CHUNK}) AS found"
        )
        self._from_each = link.prepare(" UNION ALL ".join([part] * len(Facet)))
        self._at_or_before = link.prepare(
            "SELECT first, first_seq, last_seq FROM segments WHERE run_id = ? AND facet = ? AND first <= ? ORDER BY first DESC LIMIT 1"
        )
        self._stretches = Stretches(link)

    # --- reading ---------------------------------------------------------------------------------------------------

    def head(self, run: str) -> Head | None:
        return self.heads([run]).get(run)

    def heads(self, runs: Sequence[str]) -> dict[str, Head]:
        return {head.run: head for head in map(head_of, self._heads.all(key_list(self._link, runs)))} if runs else {}

    def tops(self, runs: Sequence[str]) -> dict[str, tuple[int, int]]:
        if not runs:
            return {}
        return {to_id(key): (last_seq, last_line) for key, last_seq, last_line in self._tops.all(key_list(self._link, runs))}

    def read(self, run: str, facet: Facet, first: int, last: int, *, limit: int = 1000, max_bytes: int = 4_194_304) -> list[bytes]:
        if not is_key(run) or limit < 1:
            return []
        lines = self._lines(to_key(run), facet, max(first, 1), last)
        # A line is its place; a seq has to be read.
        lines = islice(lines, max(last - max(first, 1) + 1, 0)) if facet is Facet.LOG else _until(lines, last)
        return _bounded(lines, limit, max_bytes)

    def events(self, run: str, after_seq: int, *, limit: int = 1000, max_bytes: int = 4_194_304) -> list[bytes]:
        if not is_key(run) or limit < 1:
            return []
        key = to_key(run)
        # A line of the log is its place there; all else is found by its seq.
        firsts = {facet: self._line_near(key, after_seq + 1) if facet is Facet.LOG and after_seq else after_seq + 1 for facet in Facet}
        found = self._from_each.all(*chain.from_iterable((key, facet.value, key, facet.value, first) for facet, first in firsts.items()))
        chunks: dict[str, list[Any]] = {facet.value: [] for facet in Facet}
        for facet, *segment in found:
            chunks[facet].append(segment)
        lines = [_numbered(self._lines(key, facet, first, 2**62, chunks[facet.value]), after_seq) for facet, first in firsts.items()]
        return _bounded((line for _, line in merge(*lines)), limit, max_bytes)

    def stretch(
        self, run: str, facet: Facet, first: int, last: int, *, levels: frozenset[str] = frozenset(), max_bytes: int = 1_048_576,
        span: Span = ALL_TIMES, is_backward: bool = False,
    ) -> Stretch:  # fmt: skip
        if not is_key(run) or first > last:
            return Stretch(packed=(), after=first - 1 if is_backward else last + 1)
        find = self._stretches.backward if is_backward else self._stretches.forward
        return find(to_key(run), facet, first, last, Choice(levels=levels, span=span, max_bytes=max_bytes))

    def outlines(self, run: str, facet: Facet, first: int, *, levels: frozenset[str] = frozenset(), span: Span = ALL_TIMES) -> Outlines:
        if not is_key(run):
            return Outlines(items=(), after=None)
        return self._stretches.outlines(to_key(run), facet, first, Choice(levels=levels, span=span, max_bytes=0))

    def level_counts(self, runs: Sequence[str], span: Span = ALL_TIMES) -> LevelCounts:
        return self._stretches.level_counts(runs, span)

    def _line_near(self, key: str, seq: int) -> int:
        """First line of the newest segment of the log that begins at or before `seq`.

        A line is never above its seq, and both rise together, so bisection over the key's index finds it: no index of its own
        for every append to pay.
        """
        low, high, found = 1, seq, 1
        middle = seq
        while low <= high:
            row = self._at_or_before.one(key, Facet.LOG.value, middle)
            if row is None:
                low = middle + 1
            elif row[1] <= seq:
                found, low = row[0], middle + 1
            else:
                high = row[0] - 1
            middle = (low + high + 1) // 2
        return found

    def _lines(self, key: str, facet: Facet, first: int, last: int, found: Sequence[Any] | None = None) -> Iterator[bytes]:
        """Lines of a facet from position `first` on, segment by segment; the last ones may lie behind `last`. `found`: the first chunk of
        segments, if somebody has it."""
        chunk = _FIRST_CHUNK
        while first <= last:
            rows = found if found is not None else self._from.all(key, facet.value, last, key, facet.value, first, chunk)
            found = None
            for segment_first, segment_last, format_, body in rows:
                if segment_last >= first:
                    lines = decode(format_, body).split(b"\n")
                    yield from lines[slice_from(lines, facet, segment_first, first) :]
                first = max(first, segment_last + 1)
            if len(rows) < chunk:
                return
            chunk = _CHUNK

    # --- writing ---------------------------------------------------------------------------------------------------

    def lock(self, runs: Iterable[str]) -> dict[str, Head]:
        keys = key_list(self._link, runs)
        return {head.run: head for head in map(head_of, self._lock.all(keys))}

    def open(self, heads: Sequence[Head]) -> None:
        self._open.insert([(checked_key(head.run), *head_row(head)) for head in heads])

    def append(self, heads: Sequence[Head], segments: Sequence[Segment]) -> None:
        if segments:
            now = micros(self._link.now)
            self._append.insert([_segment_row(segment, now) for segment in segments])
        if heads:
            self._update.insert([(to_key(head.run), *head_row(head)) for head in heads])

    def compact(self, run: str, facet: Facet, *, before: datetime | None, target_bytes: int = 131_072) -> int:
        """A call replaces at most `compaction.CALL_LIMIT` segments: call again until it returns 0."""
        return self._compaction.compact(checked_key(run), facet, before=before, target_bytes=target_bytes)

    def uncompacted(self, *, finished_before: datetime, limit: int) -> list[str]:
        return self._compaction.uncompacted(finished_before, limit)

    def drop_front(self, run: str, facet: Facet, keep_from: int) -> int:
        """A call drops at most `compaction.CALL_LIMIT` segments: call again while the answer moves."""
        head = self.lock([run]).get(run)
        if head is None:
            return keep_from
        first_kept = self._compaction.drop_front(to_key(run), facet, keep_from)
        if facet is Facet.LOG:
            first_kept = head.first_kept_line = max(first_kept or 1, head.first_kept_line)
        elif facet is Facet.METRIC:
            first_kept = head.first_kept_metric_seq = max(first_kept or 1, head.first_kept_metric_seq)
        self.append([head], [])
        return first_kept or 1


def _segment_row(segment: Segment, now: int) -> tuple[Any, ...]:
    format_, body, size = encode_live(segment.lines)
    first_at = micros_of_text(segment.first_at, now)
    last_at = first_at if segment.last_at == segment.first_at else micros_of_text(segment.last_at, now)
    levels = dumps(segment.levels).decode() if segment.levels else _NO_LEVELS
    return (
        to_key(segment.run), segment.facet.value, segment.first, segment.last, segment.first_seq, segment.last_seq,
        first_at, last_at, now, segment.count, size, levels, format_, body,
    )  # fmt: skip


def _until(lines: Iterable[bytes], last: int) -> Iterator[bytes]:
    for line in lines:
        if seq_of(line) > last:
            return
        yield line


def _numbered(lines: Iterable[bytes], after_seq: int) -> Iterator[tuple[int, bytes]]:
    for line in lines:
        seq = seq_of(line)
        if seq > after_seq:
            yield seq, line


def _bounded(lines: Iterable[bytes], limit: int, max_bytes: int) -> list[bytes]:
    found: list[bytes] = []
    size = 0
    for line in lines:
        size += len(line)
        if found and size > max_bytes:
            break
        found.append(line)
        if len(found) >= limit:
            break
    return found
