"""A server: store, bus, hub, gateway and app."""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from headway.access.anchors import Signer
from headway.access.directory import Directory
from headway.access.pending import PendingSeal
from headway.access.seal import Seal
from headway.access.secret import open_secret
from headway.access.stolen import find_stolen
from headway.access.tokens import Tokens
from headway.acts.afar import is_alone
from headway.acts.approvals import set_days
from headway.assembly.access import follow_access
from headway.assembly.bus import server_bus
from headway.assembly.doorbell import open_ringer
from headway.assembly.lineage import Lineage
from headway.assembly.locks import database_file, hold_as_server
from headway.assembly.oidc import find_provider
from headway.assembly.parts import artifact_root, find_scan, process_name, retention, this_host, vault
from headway.assembly.relaying import Relay, Syslog
from headway.assembly.revocations import follow_revocations
from headway.assembly.sealing import Sealing
from headway.assembly.shared import Shared, kept_reads, open_shared
from headway.assembly.signing import follow_signing
from headway.live.bus.contract import Bus, BusNews, Receive, Watched
from headway.live.gateway import Gateway
from headway.live.hub import Hub
from headway.live.settings import LiveSettings
from headway.model.errors import BadSetting
from headway.monitor.canary import Canary
from headway.monitor.database import DatabaseProbe
from headway.monitor.host import HostProbe
from headway.monitor.live import EndsProbe, GatewayProbe, QueuesProbe
from headway.monitor.processes import ServerProbe
from headway.monitor.sampler import Probe, Sampler
from headway.setting_values import LOOPBACK
from headway.settings import Settings
from headway.store.contract import News
from headway.store.sql.readers import READER_COUNT
from headway.store.sql.store import SqlStore
from headway.web.app import create_app
from headway.web.console import find_console, read_console
from headway.web.desk import Desk
from headway.web.files import LocalFiles
from headway.web.following import Wakes
from headway.web.guard import GuardLimits, host_name
from headway.web.kept_reads import KeptReads
from headway.web.key_ring import KeyRing
from headway.web.listening import Listener, url_of
from headway.web.live import LiveAccess
from headway.web.new_passwords import NewPasswords
from headway.web.passwords import Passwords
from headway.work.doorbell.bells import Ring
from headway.work.duties import Duties

OWNER = "admin"
"""Subject of the token in `connection.json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that is ready to answer, and whose `listener` has the port already."""

    settings: Settings
    desk: Desk
    store: SqlStore
    hub: Hub
    gateway: Gateway
    listener: Listener
    token: str

    @property
    def url(self) -> str:
        return self.listener.url


class ViewerCounts:
    """How many look at each run, as the news say."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def hear(self, news: Sequence[BusNews]) -> None:
        for item in news:
            if isinstance(item, Watched) and item.count:
                self._counts[item.run] = item.count
            elif isinstance(item, Watched):
                self._counts.pop(item.run, None)

    def of(self, run: str) -> int:
        return self._counts.get(run, 0)


@asynccontextmanager
async def open_server(settings: Settings, *, is_worker_expected: bool = True) -> AsyncGenerator[Server]:
    """Everything of a server process. Raises `AlreadyServing`, `WeakSecret`, `BadSetting`, `StoreUnavailable`."""
    async with AsyncExitStack() as stack:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        stack.enter_context(hold_as_server(settings))
        secret = open_secret(settings.home, settings.secret)
        server_socket = stack.enter_context(bind(settings.host, settings.port))

        store = await SqlStore.open(settings.database_url, slow_seconds=settings.slow_statement_ms / 1000)
        stack.push_async_callback(store.close)
        # By the time of the store: a token that one server gives out is good at another, however wrong a machine's clock is.
        tokens = Tokens(secret, store.clock, algorithms=settings.algorithms)
        directory = Directory(store)
        lineage = _lineage(settings, store)
        if lineage is not None:
            await lineage.check()
        await store.write(lambda tx: set_days(tx, settings.approval_days))
        live = _live_settings(settings)
        here, elsewhere = ViewerCounts(), ViewerCounts()
        wakes = Wakes()
        ends = EndsProbe()
        canary = _canary(settings, store) if is_worker_expected else None
        hearing: list[Receive] = [ends.hear, *([canary.hear] if canary else [])]

        def tell(news: Sequence[BusNews]) -> None:
            here.hear(news)
            bus.publish(news)

        hub = Hub(store, settings=live, tell=tell, clock=store.clock)
        hub.on_revocation.append(tokens.revoke)
        bus = server_bus(settings, store.epoch, greet=hub.watched, returned=lambda: hub.spawn(hub.catch_up()))

        def hear(news: Sequence[BusNews]) -> None:
            elsewhere.hear(news)
            hub.apply(news)
            wakes.tell(news)
            for listen in hearing:
                listen(news)

        ringer = await stack.enter_async_context(open_ringer(settings))
        store.set_announce(_announcing(hear, bus, ringer))
        await hub.open()
        stack.push_async_callback(hub.close)
        if lineage is not None:
            hub.spawn(lineage.keep())
        await bus.open(hear)
        stack.push_async_callback(bus.close)
        shared = await stack.enter_async_context(open_shared(settings, store.epoch))
        seal = Seal(secret, settings.algorithms)
        keys = KeyRing(store, seal, tokens, directory)
        access = LiveAccess(store, tokens, directory, keys)
        gateway = _gateway(settings, live, access, hub, bus, shared)
        hearing.append(gateway.connections.hear)
        await gateway.open()
        await follow_revocations(store, hub)
        await follow_access(directory, hub, gateway)
        signing = await follow_signing(store, tokens)
        hearing += [signing.hear, keys.hear]
        hub.spawn(keys.keep())

        reads = kept_reads(shared.shelf, bus)
        desk = Desk(
            store=store, tokens=tokens, looked_up_in=directory, seal=seal, keys=keys, signer=Signer(secret, settings.algorithms),
            pending_seal=PendingSeal(secret, algorithms=settings.algorithms), url=settings.public_url or url_of(server_socket), wakes=wakes,
            gateway=gateway, reads=reads, limits=shared.limits, provider=find_provider(settings, store.clock),
            watched=lambda run: here.of(run) + elsewhere.of(run), is_worker_expected=is_worker_expected,
            **_told(settings, store, canary, ringer),
        )  # fmt: skip
        access.refusals = desk.refusals
        hub.spawn(desk.rejections.keep())
        stack.push_async_callback(desk.passwords.close)
        _lead_alone(settings, store, hub)
        stack.push_async_callback(_seal(settings, store, hub, desk).end)
        _watch(settings, store, hub, [*_probes(settings, store, gateway, hub, bus, reads), ends, desk.times], canary)
        app = create_app(desk, read_console(find_console()), frozenset(settings.allowed_origins))
        listener = Listener(app, server_socket, gateway=gateway, desk=desk, wakes=wakes, limits=_guard_limits(settings))
        say_where = _saying_where(settings, tokens, listener.url)
        token = say_where()
        signing.turned = say_where
        hub.spawn(signing.keep())
        yield Server(settings=settings, desk=desk, store=store, hub=hub, gateway=gateway, listener=listener, token=token)


def _told(settings: Settings, store: SqlStore, canary: Canary | None, ringer: Ring | None) -> dict[str, Any]:
    """What a desk is told of the process and its settings."""
    return {
        "files": LocalFiles(artifact_root(settings), settings.artifact_quota, find_scan(settings)),
        "artifact_limit": settings.artifact_limit,
        "vault": vault(settings),
        "is_factor_required": settings.second_factor == "required",
        "passwords": Passwords(settings.password_cost),
        "new_passwords": NewPasswords(find_stolen(settings.stolen_passwords)),
        "process": f"server@{settings.node}",
        "figures": store.figures,
        "write_waiting": lambda: store.waiting_count,
        "canary": lambda: None if canary is None else canary.state,
        "has_broker": ringer is not None,
        "is_broker_away": lambda: ringer is not None and ringer.is_away,
    }


def _saying_where(settings: Settings, tokens: Tokens, url: str) -> Callable[[], str]:
    """Write `connection.json`, with a token that is made anew each time: with another key that signs, that of before may have ended."""

    def say() -> str:
        token = tokens.issue(OWNER, role="admin", lifetime=timedelta(days=settings.token_days))
        write_connection(settings.connection_path, url, token)
        return token

    return say


def _lineage(settings: Settings, store: SqlStore) -> Lineage | None:
    database = database_file(settings)
    return None if database is None else Lineage(store, database.with_name(f"{database.name}.mark"))


def _announcing(hear: Callable[[Sequence[BusNews]], None], bus: Bus, ringer: Ring | None) -> Callable[[Sequence[News]], None]:
    """What is done with the news of our own commits."""

    def announce(news: Sequence[News]) -> None:
        hear(news)
        bus.publish(news)
        if ringer is not None:
            ringer.ring(news)

    return announce


def _live_settings(settings: Settings) -> LiveSettings:
    return LiveSettings(
        hosts=_host_names(settings),
        origins=frozenset({*settings.allowed_origins, *_public(settings)}),
        trusted_proxies=settings.trusted_proxies,
        connection_count=settings.max_connections,
        # The token of the installation serves everybody who looks on: a limit of one person would be the limit of all.
        connections_per_person=settings.max_connections_per_person or settings.max_connections,
        connections_per_address=settings.max_connections_per_address,
    )


def _canary(settings: Settings, store: SqlStore) -> Canary | None:
    """None without tasks: a worker then has no child through which a canary could go."""
    if not settings.canary_seconds or not settings.tasks:
        return None
    return Canary(store, name=f"server@{settings.node}", period_seconds=settings.canary_seconds)


def _gateway(settings: Settings, live: LiveSettings, access: LiveAccess, hub: Hub, bus: Bus, shared: Shared) -> Gateway:
    return Gateway(
        hub=hub, verify_token=access.verify_token, may_see=access.may_see, may_list=access.may_list, may_monitor=access.may_monitor,
        weigh=access.weigh, has_same_rights=access.has_same_rights, alive=access.alive, obey=access.obey, note=access.note, settings=live,
        is_bus_away=lambda: not bus.is_connected,
        limits=shared.limits, registry=shared.registry, node=settings.node, tell=bus.publish,
    )  # fmt: skip


def _watch(settings: Settings, store: SqlStore, hub: Hub, probes: list[Probe], canary: Canary | None) -> None:
    """Sample, and send canaries, until the hub is closed."""
    if canary is not None:
        probes.append(canary)
        hub.spawn(canary.run())
    hub.spawn(Sampler(store, probes, holder=process_name("server"), period_seconds=settings.sample_seconds).run())


def _lead_alone(settings: Settings, store: SqlStore, hub: Hub) -> None:
    """Do for all what workers do that reach the store, as long as there is none."""
    duties = Duties(
        store, holder=process_name("server"), artifacts=artifact_root(settings), retention=retention(settings), is_wanted=is_alone
    )
    hub.spawn(duties.run_reaper())
    hub.spawn(duties.run_housekeeping())


def _seal(settings: Settings, store: SqlStore, hub: Hub, desk: Desk) -> Sealing:
    """Seal the audit log, and send it where it is to be as well, until the hub is closed."""
    assert desk.signer is not None
    sealing = Sealing(store, desk.signer, desk.refusals, holder=process_name("server"), keep_days=settings.audit_days)
    hub.spawn(sealing.keep())
    if settings.audit_syslog is not None:
        hub.spawn(Relay(store, Syslog(settings.audit_syslog), holder=process_name("server"), host=settings.node).keep())
    return sealing


def _probes(settings: Settings, store: SqlStore, gateway: Gateway, hub: Hub, bus: Bus, reads: KeptReads | None) -> list[Probe]:
    name = f"server@{settings.node}"
    kept = None if reads is None else reads.counts
    return [
        HostProbe(this_host(), settings.home),
        ServerProbe(name),
        QueuesProbe(store),
        DatabaseProbe(name, store, store.figures, waiting=lambda: store.waiting_count, readers=READER_COUNT, kept=kept),
        GatewayProbe(name, gateway, hub, lambda: bus.dropped_count),
    ]


def _guard_limits(settings: Settings) -> GuardLimits:
    return GuardLimits(
        hosts=_host_names(settings),
        trusted_proxies=settings.trusted_proxies,
        body_bytes=settings.artifact_limit,
        connections=settings.max_connections,
        connections_per_address=settings.max_connections_per_address,
        is_encrypted=(settings.public_url or "").startswith("https:"),
    )


def _host_names(settings: Settings) -> frozenset[str]:
    """Names by which the server may be called. Listening on all addresses without a list of names, any is taken: which they are
    is not known here, and a page of others has no token."""
    if settings.host in {"0.0.0.0", "::"} and not settings.allowed_hosts:  # noqa: S104 - compared, not bound
        return frozenset()
    own = f"[{settings.host}]" if ":" in settings.host else settings.host
    public = {name for url in _public(settings) if (name := host_name(urlsplit(url).netloc.encode()))}
    return frozenset({*LOOPBACK, own.lower(), *settings.allowed_hosts, *public})


def _public(settings: Settings) -> tuple[str, ...]:
    return () if settings.public_url is None else (settings.public_url,)


@contextmanager
def bind(host: str, port: int) -> Generator[socket.socket]:
    """A listening address. Raises `BadSetting` when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((host, port))
        except (OSError, OverflowError) as error:
            raise BadSetting(name="HEADWAY_PORT", reason=f"{host}:{port} cannot be listened on: {error}") from None
        yield opened


def write_connection(path: Path, url: str, token: str) -> None:
    """Where the server is, for every program of this user; whole at any moment, and nobody else's to read."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": url, "token": token}, file)
    fresh.replace(path)
