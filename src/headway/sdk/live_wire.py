"""What both drivers of the live wire share: what a lost connection means, and what is asked of `websockets`."""

from __future__ import annotations

from websockets import Subprotocol
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from headway.model.errors import Forbidden, HeadwayError, Invalid, Refused, Unauthorised
from headway.sdk.connection import FindConnection
from headway.sdk.news import Disconnected, News, TokenExpiring
from headway.sdk.viewer import Verdict, Viewer

SUBPROTOCOL = Subprotocol("headway.live.v1")
FRAME_LIMIT = 16 * 1024 * 1024
OPEN_SECONDS = 10.0
"""A connection to the gateway may take so long."""
SILENCE_HEARTBEATS = 2.5
"""A wire without a word for this many heartbeats is taken for dead."""
FAILURES = (OSError, InvalidHandshake, ConnectionClosed, TimeoutError, Invalid)
"""What may happen to a connection without the fault of the viewer."""
_FINAL_STATUS = {401: 4501, 403: 4503}


class StoppedFollowing(Refused):
    """The server does not let this be followed: {why} ({close_code})."""


def renew_token(viewer: Viewer, news: list[News], find: FindConnection) -> None:
    if any(isinstance(one, TokenExpiring) for one in news):
        token = find().token
        if token and token != viewer.token:
            viewer.new_token(token)


def reason_of(error: Exception) -> tuple[int, str]:
    """A close code for what went wrong. A refused handshake speaks HTTP: 401 and 403 are as final as 4501 and 4503."""
    match error:
        case ConnectionClosed(rcvd=close) if close is not None:
            return close.code, close.reason
        case InvalidStatus(response=response) if response.status_code in _FINAL_STATUS:
            return _FINAL_STATUS[response.status_code], f"the server answered {response.status_code}"
        case InvalidURI() | InvalidHandshake():
            return 1006, str(error)
        case _:
            return 1006, str(error) or type(error).__name__


def judge(viewer: Viewer, code: int, why: str, lived_seconds: float) -> Verdict | None:
    """None when all is said; raises when the server's word is final."""
    if viewer.is_finished:
        return None
    verdict = viewer.verdict(code, why, lived_seconds=lived_seconds)
    if verdict.do != "stop":
        return verdict
    raise _final(verdict)


def _final(verdict: Verdict) -> HeadwayError:
    match verdict.code:
        case 4501:
            return Unauthorised()
        case 4503:
            return Forbidden(permission="run:read")
        case _:
            return StoppedFollowing(why=verdict.why or "no reason given", close_code=verdict.code)


def told(verdict: Verdict, viewer: Viewer) -> Disconnected:
    return Disconnected(code=verdict.code, why=verdict.why, retry_in_seconds=verdict.delay_seconds, failures=viewer.failures)
