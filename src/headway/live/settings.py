"""The limits and times of the live gateway."""

from __future__ import annotations

from dataclasses import dataclass, field

from headway.model.addresses import Networks

VERSION = 1
SUBPROTOCOL = "headway.live.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    node: str = "local"
    hosts: frozenset[str] = field(default_factory=frozenset[str])
    """Names (without port) that may stand in the Host header; empty: any."""
    origins: frozenset[str] = field(default_factory=frozenset[str])
    """Origins of pages that may connect, besides the server's own; ``*``: any."""
    trusted_proxies: Networks = ()
    """Whose word is believed on where a viewer connects from."""
    tick_seconds: float = 0.05
    """The longest that something new waits for a flush, while there is time for flushes."""
    least_tick_seconds: float = 0.02
    """The same while flushes are short, because few look on."""
    heartbeat_seconds: float = 25.0
    """Between two heartbeats to a viewer."""
    hello_seconds: float = 5.0
    """A connection that has not said `hello` after so long is closed."""
    hidden_seconds: float = 1.0
    """How often a viewer whose page is not visible gets the view."""
    view_only_after_seconds: float = 10.0
    """A viewer that has not read for so long gets the view first."""
    stalled_seconds: float = 60.0
    """A viewer that has read nothing for so long is closed."""
    expiry_notice_seconds: float = 30.0
    """So long before its token runs out a viewer is told."""
    message_bytes: int = 65_536
    messages_at_once: int = 50
    """Messages of one frame of a viewer."""
    subscription_count: int = 200
    """Of one connection."""
    flush_bytes: int = 65_536
    """What one flush makes for one viewer alone."""
    commands_per_second: float = 5.0
    commands_per_person: float = 50.0
    """A second, of one person over all connections and nodes; as many of one address."""
    commands_per_person_burst: float = 200.0
    rows_per_second: float = 20.0
    """How often other rows of a list may come into view."""
    rows_burst: int = 40
    errors_per_second: float = 1.0
    burst: int = 10
    connections_per_person: int = 2_000
    """Live connections at once, over all nodes."""
    connections_per_address: int = 2_000
    """Live connections at once."""
    exempts_this_machine: bool = True
    """Whether the limit of an address does not hold for connections from this very machine: a proxy here speaks for everybody."""
    connection_count: int = 10_500
    """Live connections at once."""
    linger_seconds: float = 30.0
    """A channel that nobody watches is kept for so long."""
    tops_seconds: float = 5.0
    """Between two comparisons of all that is watched with the store, which find lost news."""
    drain_seconds: float = 5.0
    """Viewers of a server that is about to end are told to come back within so long."""
    stream_seconds: float = 300.0
    """How long a stream of events goes on before its viewer is asked to come again; a little less for each."""
