"""Does the time of a refused sign-in say whether there is such an account, and what does one that succeeds cost?

The routes over a store on SQLite with ``synchronous=FULL``, called in this process; passwords at their real cost, aside. Names that there
are and names that there are not are tried in turns, each fewer than ten times, so that none is locked.

    python -m bench.web.sign_in [--names 20 | --small]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2

from bench.figures import tell
from headway.access.principal import SYSTEM
from headway.access.seal import Seal
from headway.access.tokens import Tokens
from headway.acts.accounts import add_account
from headway.live.limits.local import LocalLimits
from headway.store.sql.store import SqlStore
from headway.web.app import create_rest
from headway.web.desk import Desk
from headway.web.envelope import Envelope
from headway.web.files import LocalFiles
from headway.web.following import Wakes
from headway.web.patience import Patience

TRIES_EACH = 9
GOOD = "tulips under a cold moon"
SECRET = "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"


class NoLimits(LocalLimits):
    """Of an address: all come from one."""

    async def take(self, rates: Sequence[Any], now: float) -> float:
        return 0.0


async def measure(names: int, home: Path) -> None:
    store = await SqlStore.open(f"sqlite:///{home}/headway.db")
    desk = Desk(
        store=store, tokens=Tokens(SECRET), seal=Seal(SECRET), url="http://here", files=LocalFiles(home / "files", 1_000), wakes=Wakes(),
        limits=NoLimits(), patience=Patience(burst=1_000_000),
    )  # fmt: skip
    known = await desk.passwords.hash(GOOD)
    for number in range(names):
        name = f"known{number}"
        await store.write(lambda tx, name=name: add_account(tx, SYSTEM, name=name, display_name=name, password_hash=known))
    app: Any = Envelope(create_rest(desk), desk.times)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://here/api/v1", headers={"Origin": "http://here"}
    ) as client:

        async def enter(name: str, password: str) -> tuple[int, float]:
            began = time.perf_counter()
            answer = await client.post("/sessions/by-password", json={"name": name, "password": password})
            return answer.status_code, time.perf_counter() - began

        await enter("nobody", GOOD)
        times: dict[str, list[float]] = {"known": [], "strange": []}
        for _ in range(TRIES_EACH):
            for number in range(names):
                for kind, found in times.items():
                    status, seconds = await enter(f"{kind}{number}", "not the right one at all")
                    assert status == 401, status
                    found.append(seconds * 1_000)
        right = [(await enter(f"known{number}", GOOD))[1] * 1_000 for number in range(names)]
    await desk.passwords.close()
    await store.close()
    medians = {kind: statistics.median(found) for kind, found in times.items()}
    tell("refused", known_ms=medians["known"], strange_ms=medians["strange"], tries=len(times["known"]))
    tell("difference", median_ms=abs(medians["known"] - medians["strange"]))
    tell("let in", median_ms=statistics.median(right))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=20)
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(measure(4 if args.small else args.names, Path(home)))


if __name__ == "__main__":
    main()
