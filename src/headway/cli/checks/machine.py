"""The machine: Python, packages, descriptors, disk."""

from __future__ import annotations

import platform
import resource
import shutil
from importlib.metadata import PackageNotFoundError, version

from headway.cli.checks.finding import Finding, Grade, Place
from headway.cli.formats import format_bytes

FEWEST_DESCRIPTORS = 4_096
LEAST_DISK = 1_000_000_000
FLOORS: dict[str, tuple[int, ...]] = {
    "starlette": (1, 5, 1),
    "python-multipart": (0, 0, 27),
    "joserfc": (1, 8, 0),
    "h11": (0, 16, 0),
    "websockets": (15, 0),
    "cryptography": (46, 0),
}
"""Below these, holes are known that somebody on the network can use."""
_SERVER_PARTS = ("fastapi", "uvicorn", "sqlalchemy", "alembic", "orjson", "joserfc", "pydantic", "psutil")


def check_python(place: Place) -> Finding:
    """For the report: what is older than we need does not get here."""
    return place.finding("python", Grade.OK, "python", version=platform.python_version())


def check_packages(place: Place) -> Finding:
    missing = [name for name in _SERVER_PARTS if _version(name) is None]
    if missing:
        return place.finding("packages", Grade.WARN, "packages_missing", advice="packages_missing_advice", names=", ".join(missing))
    old = [f"{name} {found}" for name, floor in FLOORS.items() if (found := _version(name)) and _numbers(found) < floor]
    if old:
        return place.finding("packages", Grade.FAIL, "packages_old", advice="packages_old_advice", names=", ".join(old))
    return place.finding("packages", Grade.OK, "packages_ok")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _numbers(text: str) -> tuple[int, ...]:
    """The leading numbers of a version; what follows (rc1, .post2) says nothing about holes."""
    numbers: list[int] = []
    for part in text.split("."):
        if not part.isdecimal():
            break
        numbers.append(int(part))
    return tuple(numbers)


def check_descriptors(place: Place) -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FEWEST_DESCRIPTORS:
        return place.finding("descriptors", Grade.WARN, "descriptors", advice="descriptors_few", soft=soft, hard=hard)
    return place.finding("descriptors", Grade.OK, "descriptors", soft=soft, hard=hard)


def check_disk(place: Place) -> Finding:
    home = place.settings.home
    there = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(there).free
    grade = Grade.OK if free >= LEAST_DISK else Grade.WARN if free >= LEAST_DISK // 10 else Grade.FAIL
    advice = None if grade is Grade.OK else "disk_little"
    return place.finding("disk", grade, "disk", advice=advice, free=format_bytes(free), home=str(home), free_bytes=free)
