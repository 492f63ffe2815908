"""Of which version the tables are, and bringing them to that of this code."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from headway.model.errors import NoStore, StoreOutdated
from headway.store.sql.care.reach import linked, must_be_there
from headway.store.sql.migrate import VERSION, bring_up, check_version, version_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """`found`: of the tables; `wanted`: of this code."""

    found: str
    wanted: str

    @property
    def is_outdated(self) -> bool:
        return self.found != self.wanted


def find_versions(url: str) -> Versions:
    """Raises `NoStore`, and `StoreUnavailable` for a store of the future."""
    must_be_there(url)
    with linked(url, is_reading=True) as link:
        found = version_of(link)
    if found is None:
        raise NoStore(place="the database that is set")
    with suppress(StoreOutdated):
        check_version(found)
    return Versions(found=found, wanted=VERSION)


def upgrade(url: str) -> Versions:
    """Bring the tables up, all steps or none; what they were before. Safe beside running processes of this version."""
    versions = find_versions(url)
    if versions.is_outdated:
        with linked(url) as link:
            bring_up(link.connection.engine)
    return versions
