"""API keys that this process has seen, in memory: a key that is known costs no statement.

What is known is forgotten when the key changes: by the news, and, where they were lost, within 5 s (`look`). When a key was last used is
written down for all keys together, and to the minute; with it, a seal by the algorithm that makes for a key that was kept by another.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from headway.access.api_keys import START, SpeltKey, read_key
from headway.access.directory import Directory
from headway.access.principal import Principal
from headway.access.seal import Seal
from headway.access.tokens import Tokens
from headway.acts.api_keys import API_KEYS, api_keys_changed_since, find_api_key, note_use, principal_of
from headway.live.bus.contract import BusNews
from headway.model.api_key import ApiKey
from headway.model.errors import HeadwayError, Unauthorised
from headway.store.contract import Store
from headway.store.news import Changed

REMEMBERED = 1_024
EVERY_SECONDS = 4.0
"""Between two looks for changes of which the news was lost, and between two notes of who was there."""
OVERLAP = timedelta(minutes=1)
"""Clocks of servers differ, and a transaction is seen after the time that it bears."""
CHANGES_LIMIT = 1_000
"""When there are more since the last look, all that is known is forgotten."""

log = logging.getLogger("headway.web")


@dataclass(slots=True)
class _Known:
    key: ApiKey
    principal: Principal


def is_api_key(text: str) -> bool:
    return text.startswith(START)


class KeyRing:
    def __init__(self, store: Store, seal: Seal, tokens: Tokens, directory: Directory) -> None:
        """`tokens` knows which keys were revoked."""
        self._store = store
        self._seal = seal
        self._tokens = tokens
        self._directory = directory
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._forgotten_count = 0
        self._used: dict[str, datetime] = {}
        self._noted: dict[str, datetime] = {}
        self._resealed: dict[str, tuple[ApiKey, str]] = {}
        """By prefix: keys that are kept by another algorithm than the one that makes, as they were, and their seal by that one."""
        self._since = datetime(2000, 1, 1, tzinfo=UTC)
        self._changed: dict[str, datetime] = {}

    async def read(self, text: str) -> Principal:
        """Who shows this key. Raises `Unauthorised`, always with the same sentence, `StoreUnavailable` for one that is not known yet."""
        given = read_key(text)
        if given is None:
            raise Unauthorised
        known = self._known.get(given.prefix)
        if known is None or not self._fits(known.key, given):
            known = await self._look_up(given)
        else:
            self._known.move_to_end(given.prefix)
        key = known.key
        now = self._tokens.clock.now()
        if key.revoked_at is not None or key.expires_at <= now or self._tokens.is_revoked(key.id) or not self._fits(key, given):
            raise Unauthorised
        known.principal = await self._directory.resolve(known.principal)
        self._used[key.id] = now.replace(second=0, microsecond=0)
        if not self._seal.is_by_maker(key.secret_hash) and self._seal.matches(given.secret, key.secret_hash):
            self._resealed[given.prefix] = key, self._seal.of(given.secret)
        return known.principal

    def _fits(self, key: ApiKey, given: SpeltKey) -> bool:
        """Whether the secret is that of the key, or was until a short while ago. In constant time."""
        if self._seal.matches(given.secret, key.secret_hash):
            return True
        is_good = key.old_until is not None and self._tokens.clock.now() < key.old_until
        return is_good and self._seal.matches(given.secret, key.old_secret_hash or "")

    async def _look_up(self, given: SpeltKey) -> _Known:
        """As the store has it now. Only a key whose secret fits is remembered: guesses push nobody out."""
        forgotten_count = self._forgotten_count
        key = await self._store.read(lambda snapshot: find_api_key(snapshot, given.prefix))
        if key is None or not self._fits(key, given):
            raise Unauthorised
        known = _Known(key, principal_of(key))
        if forgotten_count == self._forgotten_count:  # else it may have changed while it was read: the next call asks again
            self._known[given.prefix] = known
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return known

    def hear(self, news: Sequence[BusNews]) -> None:
        """Forget what has perhaps changed; keys change seldom, and are soon known again."""
        if any(isinstance(item, Changed) and item.what == API_KEYS for item in news):
            self._forgotten_count += 1
            self._known.clear()

    async def look(self) -> None:
        """Forget what has changed since the last look. Raises `StoreUnavailable`."""
        since = self._since
        found = await self._store.read(lambda snapshot: api_keys_changed_since(snapshot, since, limit=CHANGES_LIMIT))
        self._forgotten_count += 1
        if len(found) == CHANGES_LIMIT:
            self._known.clear()
        for prefix, changed_at in found:
            if self._changed.get(prefix) != changed_at:
                self._changed[prefix] = changed_at
                self._known.pop(prefix, None)
        if found:
            self._since = max(self._since, found[0][1] - OVERLAP)
        self._changed = {prefix: at for prefix, at in self._changed.items() if at >= self._since}

    async def note(self) -> None:
        """Write down which keys were used, each once a minute at most, and new seals of those that have none by the algorithm that makes.
        Raises `StoreUnavailable`."""
        used, self._used = self._used, {}
        resealed, self._resealed = self._resealed, {}
        due = {key: at for key, at in used.items() if self._noted.get(key) != at}
        if due or resealed:
            await self._store.write(lambda tx: note_use(tx, due, list(resealed.values())))
            self._noted = due if len(self._noted) > REMEMBERED else self._noted | due
        for prefix, (key, seal) in resealed.items():
            known = self._known.get(prefix)
            if known is not None and known.key.secret_hash == key.secret_hash:
                known.key = replace(known.key, secret_hash=seal)

    async def keep(self) -> None:
        """Look, and note, again and again."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.look()
                await self.note()
            except HeadwayError as error:
                log.warning("Whether API keys have changed cannot be found out: %s", error)
