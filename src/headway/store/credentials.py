"""The part of the contract that is about signing keys, API keys, share links and devices; what holds of `store/contract.py` holds here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from headway.model.api_key import ApiKey
from headway.model.device import Device
from headway.model.share_link import ShareLink
from headway.model.signing_key import SigningKey


class ReadSigningKeys(Protocol):
    def list(self) -> Sequence[SigningKey]:
        """All, the oldest first: none as long as nobody has rotated, then a few (`acts/signing.py` bounds them)."""
        ...


class SigningKeys(ReadSigningKeys, Protocol):
    def add(self, key: SigningKey) -> None: ...
    def delete(self, key: str) -> None: ...


class ReadApiKeys(Protocol):
    def get(self, key: str) -> ApiKey | None: ...
    def find(self, prefix: str) -> ApiKey | None:
        """Also one that has ended, until it is pruned."""
        ...

    def list(self, *, owner: str | None = None, after: str | None = None, limit: int = 100) -> Sequence[ApiKey]:
        """The newest first; `after`: those made before this one."""
        ...

    def count(self, owner: str, now: datetime) -> int:
        """Those of an owner that have not ended."""
        ...

    def changed_since(self, at: datetime, *, limit: int) -> Sequence[tuple[str, datetime]]:
        """Prefix and `changed_at` of those that were changed at `at` or later, the newest first."""
        ...


class ApiKeys(ReadApiKeys, Protocol):
    def add(self, key: ApiKey) -> None: ...
    def change(self, key: ApiKey) -> None:
        """Secrets and times of one that is there; when it was last used stays."""
        ...

    def use(self, used: Mapping[str, datetime]) -> None:
        """By id: when each was last used. An earlier time than is known changes nothing."""
        ...

    def reseal(self, key: str, kept: str, seal: str) -> None:
        """Keep its secret by another algorithm, unless it is another secret than that of `kept` by now."""
        ...

    def prune(self, ended_before: datetime) -> None:
        """Delete those that expired, or were revoked, before then."""
        ...


class ReadShareLinks(Protocol):
    def get(self, link: str) -> ShareLink | None: ...
    def find(self, code_hash: str) -> ShareLink | None:
        """Also one that has ended."""
        ...

    def list(self, run: str) -> Sequence[ShareLink]:
        """All of a run that are kept, the newest first."""
        ...

    def alive(self, links: Collection[str], now: datetime) -> set[str]:
        """Those of these that have not ended, in one query."""
        ...


class ShareLinks(ReadShareLinks, Protocol):
    def add(self, link: ShareLink) -> None: ...
    def open(self, link: str, at: datetime, *, count: int) -> None:
        """Note that it was used, and for how many visits that counts (0: it goes on)."""
        ...

    def end(self, link: str, at: datetime) -> None: ...
    def prune(self, ended_before: datetime) -> None:
        """Delete those that expired, or were revoked, before then."""
        ...


class ReadDevices(Protocol):
    def get(self, device: str) -> Device | None: ...
    def of_account(self, account: str) -> Sequence[Device]:
        """Those of an account, the one that was renewed last first."""
        ...

    def alive(self, devices: Collection[str], now: datetime) -> set[str]:
        """Those of these that have not ended, in one query."""
        ...


class Devices(ReadDevices, Protocol):
    def add(self, device: Device) -> None: ...
    def renew(self, device: str, number: int, at: datetime) -> None:
        """From now on the refresh token of this number is the good one."""
        ...

    def end(self, device: str) -> None: ...
    def prune(self, now: datetime, *, subject: str | None = None, kept: int | None = None) -> Sequence[str]:
        """Delete what has expired; all but so many of a subject's, those that were renewed last: the ids of those that were too many."""
        ...


class ReadCredentials(Protocol):
    """These four, as a snapshot has them."""

    @property
    def signing_keys(self) -> ReadSigningKeys: ...
    @property
    def api_keys(self) -> ReadApiKeys: ...
    @property
    def share_links(self) -> ReadShareLinks: ...
    @property
    def devices(self) -> ReadDevices: ...


class Credentials(Protocol):
    """And as a transaction has them."""

    @property
    def signing_keys(self) -> SigningKeys: ...
    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def share_links(self) -> ShareLinks: ...
    @property
    def devices(self) -> Devices: ...
