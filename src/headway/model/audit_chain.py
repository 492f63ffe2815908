"""The chain of the audit log: what the hash of a row covers, what an anchor says, and how both are held against what is kept.

The hash of a row is the SHA-256 of the hash before it and of the row as canonical JSON: the fields of `row_to_json` without `hash`, names
sorted, no spaces, UTF-8. An *anchor* signs number and hash of a row: whoever cannot sign can make no chain that ends at an anchor. A
*front* is an anchor that says that the rows up to it were pruned, on purpose.

A hash by another algorithm than SHA-256 is tagged: `sha512:…`, `sha3-256:…`. Each row is held against the algorithm that its hash names, so
a chain may change its algorithm anywhere. What goes into the next hash is, of a bare hash, its 32 bytes, and of a tagged one its whole text
in ASCII: the next hash, and at the end the anchor, cover which algorithm was named. Whoever names a weaker one for a row changes all hashes
after it, and has to break the algorithm of each of those that was not weaker, or the signature. A verifier is told which algorithms are
taken; a row by another one is a fault (`algorithm_refused`) even where its hash is right.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from headway.model.audit import AuditRow
from headway.model.clock import parse_iso

GENESIS = hashlib.sha256(b"headway audit log").hexdigest()
"""What stands before the first row, whichever algorithm comes after it."""
FAULTS_LIMIT = 20
"""Faults that are told one by one."""
_PURPOSE = b"headway audit anchor\n"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Way:
    tag: str
    """Stands in front of a hash."""
    digits: str
    """A pattern."""
    hash: Callable[[bytes], Any]


_WAYS: Mapping[str, _Way] = {
    "SHA-256": _Way("", "[0-9a-f]{64}", hashlib.sha256),
    "SHA-512": _Way("sha512:", "[0-9a-f]{128}", hashlib.sha512),
    "SHA3-256": _Way("sha3-256:", "[0-9a-f]{64}", hashlib.sha3_256),
}
HASHES = tuple(_WAYS)
"""By which algorithms rows may be hashed; the first is what does where nothing is said."""
HASH_PATTERN = f"^({'|'.join(way.tag + way.digits for way in _WAYS.values())})$"
"""How a hash is spelt."""


SEAL = "seal"
FRONT = "front"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A signed word of Headway about the chain."""

    kind: str
    """``seal`` or ``front``."""
    number: int
    """Of the row that it is about; 0: the place before the first."""
    hash: str
    """Of that row."""
    at: datetime
    key: str
    """The public key to its signature: of Ed25519 as base64url, of others with the algorithm in front (`access/anchors.py`)."""
    signature: str
    """base64url."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is not as Headway left it."""

    number: int
    """Of the row where it shows."""
    what: str
    """``row_changed``, ``row_missing``, ``row_inserted``, ``row_unsealed``, ``algorithm_refused``, ``anchor_forged``, ``anchor_differs``,
    ``front_missing``, ``key_unknown``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of holding rows and anchors against each other."""

    is_intact: bool
    first: int
    last: int
    """Numbers of the rows that were looked at; 0: none."""
    last_hash: str
    """Write number and hash down somewhere else: the next look can be told to find them again."""
    row_count: int
    anchor_count: int
    unsealed_count: int
    """Rows that wait to be sealed; nothing is said of them."""
    fault_count: int
    faults: list[Fault]
    """The first 20, by number."""
    keys: list[str]
    """Public keys with which anchors were signed that hold."""


def moment_text(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, reckoned in whole numbers: the same text for the same moment, everywhere."""
    millisecond = (at - _EPOCH) // timedelta(milliseconds=1)
    return (_EPOCH + timedelta(milliseconds=millisecond)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def whole_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def row_to_json(row: AuditRow) -> Json:
    """As REST and exports show it."""
    return {
        "number": row.number, "id": row.id, "at": moment_text(row.at), "by": row.by, "token": row.token, "action": row.action,
        "outcome": row.outcome, "project": row.project, "target": row.target, "before": row.before, "after": row.after,
        "address": row.address, "request_id": row.request_id, "transport": row.transport, "hash": row.hash,
    }  # fmt: skip


def anchor_to_json(anchor: Anchor) -> Json:
    return {
        "kind": anchor.kind, "number": anchor.number, "hash": anchor.hash, "at": moment_text(anchor.at), "key": anchor.key,
        "signature": anchor.signature,
    }  # fmt: skip


def anchor_from_json(plain: Mapping[str, Any]) -> Anchor:
    """The inverse. Raises `ValueError`, `KeyError`, `TypeError` for what is none."""
    given: dict[str, Any] = {**plain, "at": parse_iso(plain["at"])}
    return Anchor(**given)


def canonical(plain: Mapping[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def algorithm_of(hash: str) -> str | None:
    """By which of `HASHES` it is; None: it is no hash."""
    return next((name for name, way in _WAYS.items() if re.fullmatch(way.tag + way.digits, hash)), None)


def hash_row(previous: str, row: AuditRow, algorithm: str = "SHA-256") -> str:
    """Of a row that has its number, by one of `HASHES`."""
    return hash_json(previous, row_to_json(row), algorithm)


def hash_json(previous: str, plain: Mapping[str, Any], algorithm: str = "SHA-256") -> str:
    way = _WAYS[algorithm]
    before = previous.encode() if ":" in previous else bytes.fromhex(previous)
    covered = {name: value for name, value in plain.items() if name != "hash"}
    return way.tag + way.hash(before + canonical(covered)).hexdigest()


def signed_part(anchor: Anchor) -> bytes:
    """What the signature of an anchor is over."""
    return _PURPOSE + canonical({name: value for name, value in anchor_to_json(anchor).items() if name != "signature"})


@dataclass(slots=True, kw_only=True)
class Verifier:
    """Give it all anchors, then all sealed rows by number, then ask `verdict`. Rows need not be all there: `first` may be behind an
    anchor."""

    is_signed: Callable[[Anchor], bool]
    """Whether the signature of an anchor is right for the key that it names."""
    trusted: frozenset[str]
    """Public keys of Headway."""
    taken: Collection[str] = HASHES
    """By which algorithms rows may be hashed: all, where nothing is said of it."""
    first: int = 1
    """Where to begin: 1, or behind an anchor."""
    noted: Mapping[int, str] = field(default_factory=dict[int, str])
    """Numbers and hashes that somebody wrote down elsewhere: they must be there still. Only this finds out that the newest rows were
    taken away together with their anchors."""
    _anchors: dict[int, Anchor] = field(default_factory=dict[int, Anchor])
    _front: Anchor | None = None
    _newest: Anchor | None = None
    _before: str | None = None
    _next: int = 0
    _begin: int = 0
    _row_count: int = 0
    _anchor_count: int = 0
    _faults: list[Fault] = field(default_factory=list[Fault])
    _fault_count: int = 0
    _keys: set[str] = field(default_factory=set[str])

    def anchor(self, anchor: Anchor) -> None:
        self._anchor_count += 1
        if not self.is_signed(anchor):
            self._fault(anchor.number, "anchor_forged")
            return
        if anchor.key not in self.trusted:
            self._fault(anchor.number, "key_unknown")
            return
        self._keys.add(anchor.key)
        known = self._anchors.get(anchor.number)
        if known is not None and known.hash != anchor.hash:
            self._fault(anchor.number, "anchor_differs")
        self._anchors[anchor.number] = anchor
        if self._newest is None or anchor.number > self._newest.number:
            self._newest = anchor
        if anchor.kind == FRONT and (self._front is None or anchor.number > self._front.number):
            self._front = anchor

    def row(self, number: int, hash: str | None, plain: Mapping[str, Any]) -> None:
        """The next row, as `row_to_json` shows it."""
        self._start()
        if number < self._next:
            self._fault(number, "row_inserted")
            return
        if number > self._next:
            self._missing(self._next, number)
            # What stands before it is not known, unless an anchor says it.
            known = self._anchors.get(number - 1)
            self._before = known.hash if known is not None else None
        self._row_count += 1
        anchor = self._anchors.get(number)
        algorithm = None if hash is None else algorithm_of(hash)
        if algorithm is None or (self._before is not None and hash_json(self._before, plain, algorithm) != hash):
            self._fault(number, "row_changed")
        elif algorithm not in self.taken:
            self._fault(number, "algorithm_refused")
        elif anchor is not None and anchor.hash != hash:
            self._fault(number, "anchor_differs")
        elif self.noted.get(number, hash) != hash:
            self._fault(number, "row_changed")
        # On with what is kept, if it can be a hash at all: one row that was changed is one fault, not one for each that comes after it.
        self._before = hash if algorithm is not None else None
        self._next = number + 1

    def verdict(self, *, unsealed_count: int = 0) -> Verdict:
        self._start()
        top = self._newest.number if self._newest is not None else 0
        # What was pruned cannot be held against what was noted.
        end = max([top, *(number for number in self.noted if number >= self._begin)])
        if self._next - 1 < end:
            self._missing(self._next, end + 1)
        for number in range(max(top + 1, self._begin), self._next)[:FAULTS_LIMIT]:
            self._fault(number, "row_unsealed")
        self._fault_count += max(0, self._next - max(top + 1, self._begin) - FAULTS_LIMIT)
        return Verdict(
            is_intact=self._fault_count == 0,
            first=self._begin if self._row_count else 0,
            last=self._next - 1 if self._row_count else 0,
            last_hash=self._before or GENESIS,
            row_count=self._row_count,
            anchor_count=self._anchor_count,
            unsealed_count=unsealed_count,
            fault_count=self._fault_count,
            faults=sorted(self._faults, key=lambda fault: fault.number),
            keys=sorted(self._keys),
        )

    def _start(self) -> None:
        """Where the chain must begin: behind the front, or behind the anchor that was asked for."""
        if self._next:
            return
        behind = self._front.number if self._front is not None else 0
        behind = max(behind, self.first - 1)
        if behind:
            known = self._anchors.get(behind)
            if known is None:
                self._fault(behind, "front_missing")
            self._before = None if known is None else known.hash
        else:
            self._before = GENESIS
        self._next = self._begin = behind + 1

    def _missing(self, first: int, end: int) -> None:
        self._fault_count += end - first
        room = FAULTS_LIMIT - len(self._faults)
        self._faults += [Fault(number=number, what="row_missing") for number in range(first, min(end, first + max(0, room)))]

    def _fault(self, number: int, what: str) -> None:
        self._fault_count += 1
        if len(self._faults) < FAULTS_LIMIT:
            self._faults.append(Fault(number=number, what=what))
