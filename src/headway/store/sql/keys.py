"""Lists of ids as one parameter, so that a statement has one text for any number of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from headway.store.sql.link import Link
from headway.store.sql.values import is_key, to_key


def keys_in(link: Link) -> str:
    """``IN …`` over a list that `key_list` has made."""
    return "= ANY(?::uuid[])" if link.is_postgres else "IN (SELECT value FROM json_each(?))"


def key_list(link: Link, runs: Iterable[str]) -> Any:
    """The ids, sorted, each once; what is no id is left out: there is no such run."""
    keys = sorted({to_key(run) for run in runs if is_key(run)})
    return keys if link.is_postgres else orjson.dumps(keys).decode()


def words_in(link: Link) -> str:
    """The same over words (queues, tasks), for `word_list`."""
    return "= ANY(?::text[])" if link.is_postgres else "IN (SELECT value FROM json_each(?))"


def words_as(link: Link, name: str) -> str:
    """A table of one column, ``word``, of words (queues, tasks) that `word_list` has made."""
    return f"UNNEST(?::text[]) AS {name}(word)" if link.is_postgres else f"(SELECT value AS word FROM json_each(?)) AS {name}"  # noqa: S608 - constants


def word_list(link: Link, words: Iterable[str]) -> Any:
    found = sorted(set(words))
    return found if link.is_postgres else orjson.dumps(found).decode()
