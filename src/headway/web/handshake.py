"""What a WebSocket must bring to be let in: the address, a host and an origin of ours, the subprotocol, and perhaps a token beside it."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers

from headway.live.settings import SUBPROTOCOL, LiveSettings
from headway.model.ids import is_id

PATH = "/api/v1/live"
ORIGIN_REFUSED = "Pages of this origin may not connect."


class Refused(Exception):
    """The connection is answered by this status and sentence."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


def check_host_and_origin(settings: LiveSettings, headers: Headers) -> None:
    """Raise `Refused` for another host than ours, or a page of another origin."""
    hosts, origins = headers.get_all("Host"), headers.get_all("Origin")
    if len(hosts) != 1 or len(origins) > 1:
        raise Refused(HTTPStatus.BAD_REQUEST, "A request has one Host, and at most one Origin.")
    if settings.hosts and _name(hosts[0]) not in settings.hosts:
        raise Refused(HTTPStatus.MISDIRECTED_REQUEST, "This host is not served here.")
    # A request without an Origin comes from no page. Its token, which no page of others has, is what counts.
    if origins and not is_own(origins[0], hosts[0]) and not is_allowed(settings, origins[0]):
        raise Refused(HTTPStatus.FORBIDDEN, ORIGIN_REFUSED)


def is_own(origin: str, host: str) -> bool:
    """Whether a page of this origin was served by this host."""
    page = urlsplit(origin)
    return page.scheme in {"http", "https"} and page.netloc.lower() == host.lower()


def is_allowed(settings: LiveSettings, origin: str) -> bool:
    """Whether pages of this other origin may connect."""
    return "*" in settings.origins or origin in settings.origins


def wanted_run(path: str) -> str | None:
    """The run of ``?run_id=``. Raises `Refused`."""
    parts = urlsplit(path)
    if parts.path != PATH:
        raise Refused(HTTPStatus.NOT_FOUND, f"WebSockets are served at {PATH}.")
    try:
        query = parse_qs(parts.query, max_num_fields=8)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "Too many fields in the query.") from None
    if "token" in query:
        raise Refused(HTTPStatus.BAD_REQUEST, "A token never stands in a URL: send it in hello, or as the second subprotocol.")
    runs = query.get("run_id", [])
    if len(runs) > 1 or (runs and not is_id(runs[0])):
        raise Refused(HTTPStatus.BAD_REQUEST, "run_id is the id of one run.")
    return runs[0] if runs else None


def subprotocols(headers: Headers) -> tuple[str | None, str | None]:
    """Which subprotocol was agreed on, and the token that a page sends as the second. Raises `Refused`."""
    offered = [name.strip() for line in headers.get_all("Sec-WebSocket-Protocol") for name in line.split(",") if name.strip()]
    if not offered:
        return None, None
    if SUBPROTOCOL not in offered or len(offered) > 2:
        raise Refused(HTTPStatus.BAD_REQUEST, f"The subprotocol is {SUBPROTOCOL}, and perhaps a token beside it.")
    return SUBPROTOCOL, next((name for name in offered if name != SUBPROTOCOL), None)


def _name(host: str) -> str:
    """A Host without its port, in small letters."""
    return (urlsplit(f"//{host}").hostname or "").lower()
