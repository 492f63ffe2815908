"""Headway's side of the bench: the server alone in its process, and a worker that records into its store.

`serve HOME`: uvicorn with our WebSocket class, hub and bus. `work HOME RATE`: opens a run, prints its id, waits for a line, then records
RATE events a second with the real act into SQLite (synchronous=FULL). `ingest HOME RATE`: RATE events a second more, to 20 other
runs, in batches of 100.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from bench.live.sides.said import PORT, event

INGESTED_RUNS = 20
INGEST_BATCH = 100
AT_MOST = 500


def serve(home: Path) -> None:
    import uvicorn
    import uvloop

    from headway.live.bus.local import LocalBusServer
    from headway.live.desk import Visitor
    from headway.live.gateway import Gateway
    from headway.live.hub import Hub
    from headway.live.settings import LiveSettings
    from headway.store.sql.store import SqlStore
    from headway.web.socket import socket_class

    async def verify(token: str) -> Visitor:
        return Visitor(id=token, principal=token)

    async def may_see(principal: object, run: str) -> bool:
        return True

    async def obey(principal: object, command: object) -> dict[str, Any]:
        return {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def main() -> None:
        store = await SqlStore.open(f"sqlite:///{home}/headway.db")
        bus = LocalBusServer(home / "bus.sock")
        settings = LiveSettings(connections_per_person=20_000, connection_count=20_000)
        hub = Hub(store, settings=settings, tell=bus.publish)
        gateway = Gateway(hub=hub, verify_token=verify, may_see=may_see, may_list=may_see, obey=obey)
        await hub.open()
        await gateway.open()
        await bus.open(hub.apply)
        await uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=PORT, ws=socket_class(gateway), lifespan="off", log_level="error", backlog=4096)
        ).serve()

    uvloop.run(main())


async def _record(home: Path, runs: int, rate: float, at_once: int, *, is_told: bool) -> None:
    import orjson

    from headway.access.principal import SYSTEM
    from headway.acts.outside import OpenOutside, open_outside
    from headway.acts.record import Batch, record
    from headway.live.bus.local import LocalBusClient
    from headway.store.contract import Pace
    from headway.store.sql.store import SqlStore

    bus = LocalBusClient(home / "bus.sock")
    store = await SqlStore.open(f"sqlite:///{home}/headway.db", announce=bus.publish)
    await bus.open(lambda news: None)
    opened = [(await store.write(lambda tx: open_outside(tx, OpenOutside(name="fan-out"), SYSTEM))).run.id for _ in range(runs)]
    if is_told:
        print(opened[0], flush=True)
        await asyncio.to_thread(sys.stdin.readline)
    number, sent, began = 0, 0, time.perf_counter()
    while True:
        turn, which = divmod(number, runs)
        number += 1
        # A commit takes a few milliseconds: what is due by then goes with the next, as a worker does it.
        due = int((time.perf_counter() - began) * rate) - sent
        count = max(at_once, min(due, AT_MOST))
        events = [orjson.dumps(event(number)) for _ in range(count)]
        sent += count
        batch = Batch(run=opened[which], fence=1, batch_no=turn + 1, events=events)
        await store.write(lambda tx, batch=batch: record(tx, [batch]), pace=Pace.REPORT)
        await asyncio.sleep(max(0.0, began + sent / rate - time.perf_counter()))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", home]:
            serve(Path(home))
        case ["work", home, rate]:
            asyncio.run(_record(Path(home), 1, float(rate), 1, is_told=True))
        case ["ingest", home, rate]:
            asyncio.run(_record(Path(home), INGESTED_RUNS, float(rate), INGEST_BATCH, is_told=False))
        case _:
            raise SystemExit(__doc__)
