"""Where a session turns for what it cannot do itself, and the words that both speak: who it is, and why a connection ends."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from headway.live.messages import Command
from headway.live.subscription import Page, Subscription

if TYPE_CHECKING:
    from headway.live.list_subscription import ListSubscription
    from headway.live.run_subscription import RunSubscription
    from headway.live.session import Session


class Transport(StrEnum):
    """How frames reach a viewer."""

    WEBSOCKET = "websocket"
    SSE = "sse"
    POLL = "poll"


class Code:
    """Close codes; the hundreds digit is the verdict (PROTOCOL.md section 4)."""

    INTERNAL = 4000
    TOO_FAST = 4003
    NO_HELLO = 4008
    DRAINING = 4101
    SENT_BACK = 4102
    OTHER_RIGHTS = 4103
    STALLED = 4108
    EXPIRED = 4201
    SIGNED_OUT = 4202
    BAD_REQUEST = 4500
    UNAUTHORISED = 4501
    FORBIDDEN = 4503
    VERSION = 4504
    TOO_MANY = 4505
    ENDED = 4506


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whose token it is."""

    id: str
    principal: object
    """Handed on to `may_see`, `may_list` and `obey`; the live room does not look into it."""
    expires_in: float | None = None
    """Seconds until the token ends; None: it does not."""
    session: str | None = None
    """The session that the token belongs to; None: to none."""
    token: str | None = None
    """The token's id."""
    key: str | None = None
    """The name of the key that signed it."""
    account: str | None = None
    """The account whose rights it has; None: the token's own."""


class Desk(Protocol):
    """All return at once; answers come by the session's methods."""

    def check(self, session: Session, token: str) -> None:
        """Answer by `admitted` or `refused`."""
        ...

    def attach(self, subscription: Subscription) -> None:
        """Ask whether the viewer may see the channel; answer by `attached` or `denied`."""
        ...

    def detach(self, subscription: Subscription) -> None: ...

    def look(self, subscription: ListSubscription, add: Collection[str], remove: Collection[str]) -> None:
        """Other rows are in view. Raises `TooManyRows`, and then nothing has changed."""
        ...

    def obey(self, session: Session, command: Command) -> None:
        """Answer by `answered` or `failed`."""
        ...

    def page(self, subscription: RunSubscription, first: int) -> Page | None: ...
