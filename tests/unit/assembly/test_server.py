"""What a server process is put together with."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from headway.access.principal import Principal
from headway.access.scanning import FileRefused
from headway.access.stolen import sha1_of
from headway.acts.queues import change_queue
from headway.acts.verify import Verification
from headway.assembly.server import open_server
from headway.model.audit import Action, AuditFilter
from headway.model.errors import BadSetting, WeakPassword
from headway.settings import read_settings
from headway.store.audit import AuditPage
from headway.web.links import make_link
from headway.web.refusals import Refusal
from tests.unit.assembly.scanners import EICAR, scanner_of
from tests.waiting import eventually_async


async def test_the_token_of_the_installation_may_open_every_connection_there_is(tmp_path: Path) -> None:
    settings = read_settings({"HEADWAY_HOME": str(tmp_path / "home"), "HEADWAY_PORT": "0", "HEADWAY_MAX_CONNECTIONS": "5000"})
    async with open_server(settings) as server:
        live = server.gateway.settings
        assert (live.connection_count, live.connections_per_person) == (5_000, 5_000)
        assert (live.connections_per_address, live.exempts_this_machine) == (2_000, True)


async def test_nobody_else_reads_what_lies_in_the_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with open_server(read_settings({"HEADWAY_HOME": str(home), "HEADWAY_PORT": "0"})):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir() if path.is_file() or path.is_socket()}
    assert {"headway.db", "secret", "connection.json", "bus.sock"} <= modes.keys()
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


async def test_files_and_passwords_are_looked_at_by_what_the_settings_name(tmp_path: Path) -> None:
    home, hashes = {"HEADWAY_HOME": str(tmp_path / "home"), "HEADWAY_PORT": "0"}, tmp_path / "hashes"
    hashes.write_text(f"{sha1_of('it was stolen elsewhere')}:3\n")
    with pytest.raises(BadSetting, match="HEADWAY_STOLEN_PASSWORDS"):
        async with open_server(read_settings({**home, "HEADWAY_STOLEN_PASSWORDS": str(tmp_path / "nowhere")})):
            pass
    with pytest.raises(BadSetting, match="HEADWAY_SCAN_COMMAND"):
        async with open_server(read_settings({**home, "HEADWAY_SCAN_COMMAND": "/no/scanner {file}"})):
            pass
    chosen = {**home, "HEADWAY_STOLEN_PASSWORDS": str(hashes), "HEADWAY_SCAN_COMMAND": scanner_of(tmp_path)}
    async with open_server(read_settings(chosen)) as server:
        with pytest.raises(WeakPassword, match="stolen"):
            await server.desk.new_passwords.check("it was stolen elsewhere")
        with pytest.raises(FileRefused):
            await server.desk.files.put(chunks(EICAR))
        assert (await server.desk.files.put(chunks(b"harmless")))[1] == 8


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_the_public_address_stands_in_links_and_is_let_in(tmp_path: Path) -> None:
    chosen = {"HEADWAY_HOME": str(tmp_path / "home"), "HEADWAY_PORT": "0", "HEADWAY_PUBLIC_URL": "https://headway.example.org:8443"}
    async with open_server(read_settings(chosen)) as server:
        link = await make_link(server.desk, Principal(id="anna", role="admin"))
        assert link.url == f"https://headway.example.org:8443/sign-in#code={link.code}"
        assert "headway.example.org" in server.gateway.settings.hosts
        assert server.gateway.settings.origins == {"https://headway.example.org:8443"}
        assert server.url.startswith("http://127.0.0.1:"), "programs of this machine need no detour"


async def test_what_people_decide_is_sealed_and_verified_by_the_server(tmp_path: Path) -> None:
    settings = read_settings({"HEADWAY_HOME": str(tmp_path / "home"), "HEADWAY_PORT": "0"})
    async with open_server(settings) as server:
        by = Principal(id="anna", role="admin")
        await server.store.write(lambda tx: change_queue(tx, "night", by, is_paused=True))

        async def sealed() -> bool:
            return await server.store.read(lambda snapshot: snapshot.audit.top()) is not None

        await eventually_async(sealed, 10, "the row is sealed")
        assert server.desk.signer is not None
        key = server.desk.signer.key
        verification = await server.store.read(lambda snapshot: Verification.begin(snapshot, [key]))
        await server.store.read(verification.step)
        assert (verification.verdict().is_intact, verification.verdict().row_count) == (True, 1)
        server.desk.refusals.note(Refusal(by=by, action=Action.CALL_REFUSED, target="last words"))
    async with open_server(settings) as server:
        rows = await server.store.read(lambda snapshot: snapshot.audit.list(AuditFilter(), AuditPage(limit=9)))
        assert [row.target for row in rows] == ["last words", "night"], "what was refused before the end is written"
