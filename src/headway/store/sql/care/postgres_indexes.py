"""What PostgreSQL knows of its indexes: which are used, which are mostly empty, and building those anew beside the running system.

How much of a B-tree is empty is estimated: its entries (as many as the table has rows, as of the last ANALYZE), each of its columns'
average width (from the same ANALYZE) and a header of 8 bytes, made a multiple of 8, and 4 bytes of line pointer, on pages of which a
tenth is kept free: so many pages it would have if it were built now. What it has beyond that is bloat. Entries that share a value
take less than that (deduplication), so the estimate is low rather than high. An index with a condition is estimated by the number of
entries that PostgreSQL counted in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from headway.store.sql.care.report import IndexUse
from headway.store.sql.link import Link

LEAST_BYTES = 1 << 20
BLOATED_SHARE = 0.5
"""A little room is good for an index; from half of it on, reading and caching it costs twice."""
_PAGE_HEADER_BYTES = 24 + 16
_FILL = 0.9
_LEFTOVERS = ("_ccnew", "_ccold")

_INDEXES = """
SELECT c.relname, t.relname, pg_relation_size(c.oid), coalesce(s.idx_scan, 0), i.indisvalid, i.indisunique, c.reltuples, b.amname,
  current_setting('block_size')::int,
  (SELECT sum(coalesce(p.avg_width, 0)) FROM unnest(i.indkey::int2[]) AS k(number)
   JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.number
   LEFT JOIN pg_stats AS p ON p.schemaname = n.nspname AND p.tablename = t.relname AND p.attname = a.attname)
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_class AS t ON t.oid = i.indrelid
JOIN pg_am AS b ON b.oid = c.relam
JOIN pg_namespace AS n ON n.oid = t.relnamespace
LEFT JOIN pg_stat_user_indexes AS s ON s.indexrelid = c.oid
WHERE n.nspname = ANY (current_schemas(false)) AND t.relname = ANY (?) ORDER BY pg_relation_size(c.oid) DESC, c.relname
"""


def find_indexes(link: Link, tables: Sequence[str], least_bytes: int) -> list[IndexUse]:
    """All indexes of our tables, the largest first."""
    return [_use(row, least_bytes) for row in link.prepare(_INDEXES).all(list(tables))]


def _use(row: Any, least_bytes: int) -> IndexUse:
    name, table, size, scans, is_valid, is_unique, entries, method, page, width = row
    bloat = None
    if entries >= 0 and method == "btree" and width:
        bloat = max(0, size - expected_bytes(entries, float(width), page))
    is_large = size >= least_bytes
    return IndexUse(
        name=name, table=table, size_bytes=size, scan_count=scans, bloat_bytes=bloat, is_valid=is_valid,
        # One that keeps a value unique is of use without ever being read.
        is_unused=is_large and scans == 0 and not is_unique,
        is_bloated=bloat is not None and is_large and bloat > size * BLOATED_SHARE,
    )  # fmt: skip


def expected_bytes(entries: float, width: float, page_bytes: int) -> int:
    """Of a B-tree that is built now: its leaves and a page for what is known of it."""
    entry = ceil((8 + width) / 8) * 8 + 4
    a_page = max(1, int((page_bytes - _PAGE_HEADER_BYTES) * _FILL / entry))
    return (ceil(entries / a_page) + 1) * page_bytes


def rebuild(link: Link, indexes: Sequence[IndexUse], known: Mapping[str, str]) -> list[str]:
    """Build them anew while the store is in use. An invalid one that is not of our schema was left behind by an earlier try: it goes."""
    quote = link.dialect.identifier_preparer.quote_identifier
    done: list[str] = []
    for index in indexes:
        is_leftover = not index.is_valid and index.name not in known and any(part in index.name for part in _LEFTOVERS)
        what = "DROP INDEX CONCURRENTLY" if is_leftover else "REINDEX INDEX CONCURRENTLY"
        link.cursor.execute(f"{what} {quote(index.name)}")
        done.append(index.name)
    return done


def counted_since(link: Link) -> str | None:
    """Since when scans are counted, as ISO 8601; None: since the database was made."""
    row = link.prepare("SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()").one()
    return None if row is None or row[0] is None else row[0].isoformat()
