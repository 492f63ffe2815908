"""The audit log at a receiver of syslog: a real one, by TLS with an authority of its own."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from headway.access.anchors import Signer
from headway.access.principal import SYSTEM, Principal
from headway.acts.audit import audit
from headway.acts.queues import change_queue
from headway.acts.seal import seal
from headway.assembly import relaying
from headway.assembly.relaying import AGAIN_COUNT, ROWS_LIMIT, Relay, Syslog, syslog_message
from headway.assembly.server import open_server
from headway.model.audit import Action, AuditOutcome, AuditRow
from headway.model.audit_chain import GENESIS, hash_row
from headway.model.errors import BadSetting
from headway.settings import read_settings
from headway.store.contract import Transaction
from headway.store.sql.store import SqlStore
from headway.testing.store import memory_store
from tests.tls import Authority
from tests.waiting import eventually_async

SECRET = "k9Qw-3mZx_7bTf0LrYd5sVh2NpJc8uAe"
HEAD = re.compile(r"<(\d+)>1 (\S+) (\S+) headway - (\S+) - (\{.*\})")


class Receiver:
    """Takes messages that are framed by their length, as RFC 5425 says."""

    def __init__(self) -> None:
        self.messages: list[re.Match[str]] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(found[5]) for found in self.messages]

    @property
    def numbers(self) -> list[int]:
        return [row["number"] for row in self.rows]

    async def open(self, context: ssl.SSLContext | None) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                length = int(await reader.readuntil(b" "))
                found = HEAD.fullmatch((await reader.readexactly(length)).decode("ascii"))
                assert found is not None
                self.messages.append(found)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None
            await eventually_async(lambda: not self._writers)


@pytest_asyncio.fixture
async def store() -> AsyncGenerator[SqlStore]:
    async with memory_store() as opened:
        yield opened


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority("logs")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.write(tmp_path / "ca.pem")))
    return made


@asynccontextmanager
async def receiving(authority: Authority, tmp_path: Path) -> AsyncGenerator[tuple[Receiver, ssl.SSLContext]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.issue(tmp_path / "logs.pem", "127.0.0.1"))
    receiver = Receiver()
    await receiver.open(context)
    try:
        yield receiver, context
    finally:
        await receiver.close()


RelayTo = Callable[..., Relay]


@pytest_asyncio.fixture
async def relay_to(store: SqlStore) -> AsyncGenerator[RelayTo]:
    made: list[Relay] = []

    def make(port: int, holder: str = "server@lab-3", scheme: str = "tls") -> Relay:
        made.append(Relay(store, Syslog(f"{scheme}://127.0.0.1:{port}"), holder=holder, host="lab 3"))
        return made[-1]

    yield make
    for each in made:
        each.close()
    await asyncio.sleep(0)  # what was closed is told so in the next turn of the loop


async def write(store: SqlStore, count: int, outcome: AuditOutcome = AuditOutcome.DONE) -> None:
    """Rows, and sealed."""

    def act(tx: Transaction) -> None:
        for number in range(count):
            audit(tx, SYSTEM, Action.QUOTA_CHANGED, target=f"class-{number}\n<13>1 evil", after={"name": "Zoë"}, outcome=outcome)
        seal(tx, Signer(SECRET), holder="server@lab-3")

    await store.write(act)


async def all_of(relay: Relay) -> int:
    count = 0
    while sent := await relay.turn():
        count += sent
    return count


async def test_each_row_goes_by_tls_and_in_order(store: SqlStore, relay_to: RelayTo, authority: Authority, tmp_path: Path) -> None:
    async with receiving(authority, tmp_path) as (receiver, _):
        relay = relay_to(receiver.port)
        assert await relay.turn() == 0, "there is nothing yet"
        await write(store, 2)
        await write(store, 1, AuditOutcome.REFUSED)
        assert await all_of(relay) == 3
        await write(store, ROWS_LIMIT + 50)
        assert await all_of(relay) == ROWS_LIMIT + 50
        await eventually_async(lambda: len(receiver.messages) == 3 + ROWS_LIMIT + 50)
        assert receiver.numbers == list(range(1, 3 + ROWS_LIMIT + 50 + 1))
        assert await relay.turn() == 0, "no row goes twice over one connection"

    first, _, third, *_ = receiver.messages
    assert (first[1], third[1]) == ("109", "108")
    assert (first[3], first[4]) == ("lab_3", "quota.changed")
    assert datetime.fromisoformat(first[2]).tzinfo == UTC
    row = receiver.rows[0]
    assert row["target"] == "class-0\n<13>1 evil", "and it is no message of its own"
    hashed = AuditRow(
        **{key: value for key, value in row.items() if key not in {"type", "at", "hash"}}, at=datetime.fromisoformat(row["at"])
    )
    assert row["hash"] == hash_row(GENESIS, hashed), "whoever receives can follow the chain"


async def test_what_a_receiver_missed_comes_when_it_is_back(
    store: SqlStore,
    relay_to: RelayTo,
    authority: Authority,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relaying, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(relaying, "AWAY_SECONDS", 0.01)
    async with receiving(authority, tmp_path) as (receiver, context):
        keeping = asyncio.create_task(relay_to(receiver.port).keep())
        await write(store, 5)
        await eventually_async(lambda: receiver.numbers[-1:] == [5])
        await receiver.close()
        await write(store, 250)
        await eventually_async(lambda: "cannot be sent" in caplog.text)
        assert receiver.numbers[-1] == 5
        await receiver.open(context)
        await eventually_async(lambda: receiver.numbers[-1:] == [255])
        await eventually_async(lambda: "again, up to row" in caplog.text)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert set(receiver.numbers) == set(range(1, 256))
    assert caplog.text.count("cannot be sent") == 1, "not at each try"


async def test_another_server_goes_on_where_this_one_was(store: SqlStore, relay_to: RelayTo, authority: Authority, tmp_path: Path) -> None:
    async with receiving(authority, tmp_path) as (receiver, _):
        first = relay_to(receiver.port)
        await write(store, AGAIN_COUNT + 20)
        assert await all_of(first) == AGAIN_COUNT + 20
        other = relay_to(receiver.port, holder="server@lab-4")
        await write(store, 1)
        assert await other.turn() == 0, "one sends at a time"
        await store.write(lambda tx: tx.meta.lead(relaying.DUTY, "server@lab-3", tx.now))
        assert await other.turn() == 1
        await eventually_async(lambda: receiver.numbers[-1:] == [AGAIN_COUNT + 21])
        again = receiver.numbers[AGAIN_COUNT + 20 :]
        assert again == list(range(21, AGAIN_COUNT + 22)), "a new connection begins with what an old one may have lost"


async def test_rows_that_were_taken_away_are_seen_there(
    store: SqlStore, relay_to: RelayTo, authority: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with receiving(authority, tmp_path) as (receiver, _):
        relay = relay_to(receiver.port)
        await write(store, 3)
        assert await all_of(relay) == 3
        await store.write(lambda tx: tx.meta.put(relaying.SENT_KEY, f"3 {'0' * 64}"))
        assert await all_of(relay) == 3
        assert "is not the one that was sent" in caplog.text
        await store.write(lambda tx: tx.meta.put(relaying.SENT_KEY, f"9 {'0' * 64}"))
        assert await all_of(relay) == 3, "nor one that is shorter"
        await eventually_async(lambda: len(receiver.messages) >= 9)


async def test_nothing_goes_to_whom_the_authority_does_not_know(
    store: SqlStore, relay_to: RelayTo, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving(authority, tmp_path) as (receiver, _):
        await write(store, 1)
        monkeypatch.setenv("SSL_CERT_FILE", str(Authority("another").write(tmp_path / "other.pem")))
        with pytest.raises(ssl.SSLCertVerificationError):
            await relay_to(receiver.port).turn()
        assert not receiver.messages
        assert await store.read(lambda snapshot: snapshot.meta.get(relaying.SENT_KEY)) is None


async def test_on_this_machine_it_goes_without_tls(store: SqlStore, relay_to: RelayTo) -> None:
    receiver = Receiver()
    await receiver.open(None)
    try:
        await write(store, 2)
        relay = relay_to(receiver.port, scheme="tcp")
        assert await all_of(relay) == 2
        await eventually_async(lambda: receiver.numbers == [1, 2])
    finally:
        await receiver.close()


async def test_a_server_that_is_told_a_receiver_sends_what_is_done_there(tmp_path: Path, authority: Authority) -> None:
    async with receiving(authority, tmp_path) as (receiver, _):
        where = {"HEADWAY_AUDIT_SYSLOG": f"tls://127.0.0.1:{receiver.port}", "HEADWAY_NODE": "lab-3"}
        settings = read_settings({"HEADWAY_HOME": str(tmp_path / "home"), "HEADWAY_PORT": "0", **where})
        async with open_server(settings) as server:
            await server.store.write(lambda tx: change_queue(tx, "night", Principal(id="anna", role="admin"), is_paused=True))
            await eventually_async(lambda: len(receiver.messages) == 1, 15, "it is there")
    (row,) = receiver.rows
    assert (row["number"], row["by"], row["action"], row["target"]) == (1, "anna", "queue.changed", "night")
    assert receiver.messages[0][3] == "lab-3"


@pytest.mark.parametrize(
    "address",
    ["udp://127.0.0.1:514", "tcp://logs.example.org:601", "tcp://127.0.0.1", "tls://", "logs.example.org:6514", "tls://logs:99999", "tls://a@logs", "tls://logs/x"],
)  # fmt: skip
def test_addresses_that_are_none(address: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="HEADWAY_AUDIT_SYSLOG"):
        read_settings({}, home=str(tmp_path), audit_syslog=address)


def test_a_header_is_one_of_rfc_5424_whatever_the_row_says() -> None:
    row = AuditRow(id="1", at=datetime(2026, 11, 22, tzinfo=UTC), by="", action="no such\naction " * 9, outcome="odd", number=1)
    length, _, said = syslog_message(row, "").decode().partition(" ")
    found = HEAD.fullmatch(said)
    assert int(length) == len(said)
    assert found is not None
    assert found[1] == "107"
    assert found[3] == "-"
    assert len(found[4]) == 32
