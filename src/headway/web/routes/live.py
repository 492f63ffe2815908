"""The live wire by HTTP, for those who have no WebSocket: as server-sent events, and as questions that wait for an answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Query, Request
from starlette.responses import Response, StreamingResponse

from headway.acts.sign_in import those_alive
from headway.live.gateway import Gateway
from headway.live.messages import CHANNEL_PATTERN, TAIL_LIMIT
from headway.model.errors import OriginRefused, SessionEnded, Unavailable
from headway.model.ids import ID_PATTERN
from headway.model.permissions import Permission
from headway.web.auth import make_routes, needs
from headway.web.bodies import answer, raw_answer
from headway.web.desk import Call, TheCall
from headway.web.event_stream import EventStream
from headway.web.handshake import ORIGIN_REFUSED, is_allowed, is_own
from headway.web.inputs import LARGEST_NUMBER, PollInput, described
from headway.web.live import visitor_of
from headway.web.live_outputs import LIVE_EVENTS, LIVE_POLLED, TICKET_CREATED
from headway.web.live_wishes import poll_wishes, stream_wishes
from headway.web.polling import poll
from headway.web.route_times import WAITED

routes = make_routes("live")

CHANNELS_LIMIT = 200
FACETS_PATTERN = "^(log|view|metric)(,(log|view|metric))*$"
ROWS_PATTERN = f"^({ID_PATTERN}(,{ID_PATTERN})*)?$"
ROWS_TEXT = 8_192
"""Characters of the ids of 200 rows, with room."""


@routes.get("/live/sse", **needs(Permission.RUN_READ, takes_ticket=True), response_class=StreamingResponse, responses=LIVE_EVENTS)
async def stream_events(
    call: TheCall,
    request: Request,
    channel: Annotated[
        list[Annotated[str, described(pattern=CHANNEL_PATTERN)]],
        Query(
            min_length=1, max_length=CHANNELS_LIMIT, description="`run:<id>`, `runs:<project>`, `user:<name>`, `system`; may be repeated."
        ),
    ],
    facets: Annotated[
        str | None,
        Query(max_length=30, description="Of runs: `log`, `view`, `metric`, with commas.", json_schema_extra={"pattern": FACETS_PATTERN}),
    ] = None,
    tail: Annotated[int | None, Query(ge=0, le=TAIL_LIMIT, description="Begin with the last lines of the logs.")] = None,
    after_line: Annotated[int | None, Query(ge=0, lt=LARGEST_NUMBER, description="Begin after this line of the logs.")] = None,
    rows: Annotated[
        str | None,
        Query(
            max_length=ROWS_TEXT, description="Runs of a list that are in view, with commas.", json_schema_extra={"pattern": ROWS_PATTERN}
        ),
    ] = None,
    cursor: Annotated[str | None, Query(description="Where to go on; worth more than `tail` and `after_line`.")] = None,
    ticket: Annotated[str | None, Query(description="Instead of the header Authorization, once: `POST /live/tickets`.")] = None,
    last_event_id: Annotated[str | None, Header(description="The same as `cursor`, and worth more.")] = None,
) -> Response:
    """The messages of the live wire as server-sent events, an array of them each (PROTOCOL.md, section 4). The `id` of an event is the
    cursor behind it. The stream ends after five minutes, with `goodbye`; whoever comes back with the last id misses nothing."""
    gateway = _gateway(call)
    wishes = stream_wishes(channel, facets=facets, tail=tail, after_line=after_line, rows=rows, cursor=last_event_id or cursor)
    await _check_session(call)
    stream = EventStream(gateway, _shared_with(gateway, request), _address_of(request))
    await stream.open(visitor_of(call.principal, call.desk.tokens), wishes)
    return stream


@routes.post("/live/poll", **needs(Permission.RUN_READ), responses=LIVE_POLLED)
async def poll_messages(call: TheCall, request: Request, wish: PollInput) -> Response:
    """Messages of the live wire about runs (and what one is told: `user:<name>`), as soon as there are any; after `wait` seconds none. Ask
    again with the `cursor` of the answer, and with `has_view` for each run whose view came: then only what has changed is told. After
    `finished` leave the run out."""
    wishes = poll_wishes([each.model_dump(by_alias=True, exclude_none=True) for each in wish.subscribe], wish.cursor)
    await _check_session(call)
    visitor = visitor_of(call.principal, call.desk.tokens)
    wait = wish.wait if visitor.expires_in is None else min(wish.wait, max(0.0, visitor.expires_in))
    polled = await poll(_gateway(call), visitor, wishes, request.receive, wait, address=_address_of(request))
    request.scope[WAITED] = polled.waited_seconds
    return raw_answer(polled.body)


@routes.post("/live/tickets", status_code=201, **needs(Permission.RUN_READ), responses=TICKET_CREATED)
async def create_ticket(call: TheCall) -> Response:
    """A ticket for one stream of events, to be used within half a minute: for a browser's `EventSource`, which sends no header."""
    ticket, seconds = call.desk.tickets.issue(call.principal)
    return answer({"ticket": ticket, "expires_in": int(seconds)}, 201)


def _gateway(call: Call) -> Gateway:
    if call.desk.gateway is None:
        raise Unavailable("This server shows nothing live.")
    return call.desk.gateway


async def _check_session(call: Call) -> None:
    """Raise `SessionEnded` if the caller's session, device or share link has: their token may not know it yet."""
    session = call.principal.session_id
    if session is not None and not await call.store.read(lambda snapshot: those_alive(snapshot, [session])):
        raise SessionEnded


def _address_of(request: Request) -> str:
    return "" if request.client is None else request.client.host


def _shared_with(gateway: Gateway, request: Request) -> dict[str, str]:
    """What lets a page of an allowed origin read the stream. Raises `OriginRefused` for a page of any other."""
    origins, hosts = request.headers.getlist("origin"), request.headers.getlist("host")
    if not origins or (len(origins) == len(hosts) == 1 and is_own(origins[0], hosts[0])):
        return {"Vary": "Origin"}
    if len(origins) != 1 or not is_allowed(gateway.settings, origins[0]):
        raise OriginRefused(ORIGIN_REFUSED)
    return {"Vary": "Origin", "Access-Control-Allow-Origin": origins[0]}
