"""Live connections, for those who look after the server: who is there, and how they are ended."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from headway.access.authorise import authorise
from headway.acts.audit import audit
from headway.live.connections import Order
from headway.model.audit import Action
from headway.model.errors import ConnectionNotFound
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, list_answer
from headway.web.desk import TheCall
from headway.web.inputs import SweepInput
from headway.web.live_outputs import CONNECTION_ENDED, CONNECTIONS, CONNECTIONS_SWEPT

routes = make_routes("live")


@routes.get("/live/connections", **needs(Permission.SYSTEM_READ), responses=CONNECTIONS)
async def list_connections(
    call: TheCall,
    sort: Annotated[Order, Query(description="`-lag`: those with the most lines to get first; `-age`: the oldest.")] = Order.LAG,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Response:
    """Who is connected to any node, how, and how far behind; of other nodes than the one that answers, as they were some seconds ago.
    There is no next page: what comes first is what matters. A poll is among them while it waits."""
    authorise(call.principal, Permission.SYSTEM_READ, None)
    gateway = call.desk.gateway
    if gateway is None:
        return list_answer([], total=0)
    found, total = await gateway.connections.everywhere(limit, sort)
    return list_answer(found, total=total)


@routes.delete("/live/connections/{connection}", **needs(Permission.CONNECTION_MANAGE), responses=CONNECTION_ENDED)
async def end_connection(
    call: TheCall,
    connection: Annotated[str, Path(max_length=40)],
    reconnect: Annotated[
        bool | None, Query(description="Whether the viewer is told to come back; without, only if the connection is stale.")
    ] = None,
) -> Response:
    """End a live connection: close code 4506, which is final, or 4102. The server's log says who did it. That of another node ends when
    it hears of it (202), as a rule within a second."""
    authorise(call.principal, Permission.CONNECTION_MANAGE, None)
    if call.desk.gateway is None:
        raise ConnectionNotFound
    is_final = None if reconnect is None else not reconnect
    found, has_ended = await call.desk.gateway.connections.end_anywhere(connection, by=call.principal.id, is_final=is_final)
    said = {"user": found.user, "node": found.node, "has_ended": has_ended}
    await call.store.write(lambda tx: audit(tx, call.principal, Action.CONNECTION_ENDED, target=connection, after=said))
    return answer(found, 200 if has_ended else 202)


@routes.post("/live/connections/sweeps", **needs(Permission.CONNECTION_MANAGE), responses=CONNECTIONS_SWEPT)
async def sweep_connections(call: TheCall, wish: SweepInput) -> Response:
    """End all, of all nodes, that are stale: whose viewers have read nothing for a while, or of whom nothing was heard for 30 s. They are
    told to come back (4108). The server's log says which they were, and who did it."""
    authorise(call.principal, Permission.CONNECTION_MANAGE, None)
    gateway = call.desk.gateway
    if gateway is None:
        return answer({"ended_count": 0, "asked_count": 0})
    ended, asked = await gateway.connections.sweep_everywhere(by=call.principal.id, unread_seconds=wish.unread_seconds)
    said = {"ended_count": ended, "asked_count": asked}
    await call.store.write(lambda tx: audit(tx, call.principal, Action.CONNECTION_ENDED, after=said))
    return answer(said)
