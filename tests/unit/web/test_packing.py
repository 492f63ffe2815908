"""Long JSON goes out packed to whoever takes that, and to nobody else."""

from __future__ import annotations

import gzip
from typing import Any

import httpx2
import pytest

from headway.web.packing import LEAST_BYTES, takes
from tests.unit.web.office import Office, line


async def entries(office: Office, accepted: str, **more: Any) -> httpx2.Response:
    """The answer as it came over the wire."""
    opened = await office.open()
    assert (await office.report(opened, 1, *[line(f"sheet {number}") for number in range(100)])).status_code == 200
    request = office.client.build_request(
        "GET",
        f"/runs/{opened['run']['id']}/entries",
        headers={"Authorization": f"Bearer {office.admin}", "Accept-Encoding": accepted, **more},
    )
    return await office.client.send(request, stream=True)


async def test_long_json_is_packed_for_those_who_take_it(office: Office) -> None:
    plain = await entries(office, "identity")
    said = b"".join([part async for part in plain.aiter_raw()])
    assert "content-encoding" not in plain.headers
    assert len(said) > LEAST_BYTES

    packed = await entries(office, "br, gzip;q=0.5")
    body = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(body))
    assert packed.headers["vary"] == "Accept-Encoding"
    assert len(body) < len(said) / 4
    assert gzip.decompress(body).count(b'"text":"sheet ') == 100


async def test_short_answers_and_problems_stay_as_they_are(office: Office) -> None:
    for path in ("/health/live", "/runs/unknown"):
        answer = await office.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in answer.headers
        assert answer.json()


@pytest.mark.parametrize(
    ("accepted", "is_taken"),
    [
        ("gzip", True), ("GZIP", True), ("deflate, gzip; q=0.1", True), ("gzip;q=1.0", True),
        ("", False), ("br", False), ("gzip;q=0", False), ("gzip;q=0.000", False), ("xgzip", False),
    ],
)  # fmt: skip
def test_who_takes_gzip(accepted: str, is_taken: bool) -> None:
    assert takes(accepted, "gzip") is is_taken
