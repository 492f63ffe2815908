"""From one algorithm to another, as an operator goes: the same installation, started again and again with other settings."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from headway.access.tokens import algorithm_named_in
from headway.assembly.parts import vault
from headway.assembly.server import Server, open_server
from headway.model.audit import Action, AuditFilter
from headway.model.clock import SystemClock
from headway.model.errors import BadSetting
from headway.settings import Settings, read_settings
from headway.store.audit import AuditPage
from headway.web.app import create_rest
from headway.web.envelope import Envelope
from tests.unit.web.office import Json, Office, problem
from tests.unit.web.phones import Phone, voucher_of, with_code
from tests.unit.web.test_accounts import cookie_of, enter, make, own
from tests.unit.web.test_devices import refresh
from tests.unit.web.test_devices import sign_in as sign_program_in
from tests.unit.web.test_remote_workers import remote
from tests.unit.web.test_secrets import NEEDY, VALUE, claimed, put
from tests.unit.web.test_sessions import page
from tests.waiting import eventually_async


class Started(Office):
    """The app of a server that was put together by its settings."""

    def __init__(self, server: Server) -> None:
        self.settings = server.settings
        self.store, self.desk, self.tokens = server.store, server.desk, server.desk.tokens
        self.admin = server.token
        self.rest = create_rest(server.desk)
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(Envelope(self.rest, self.desk.times)), base_url="http://headway.test/api/v1"
        )


def settings_of(home: Path, **more: str) -> Settings:
    chosen = {"HEADWAY_HOME": str(home), "HEADWAY_PORT": "0", "HEADWAY_PUBLIC_URL": "http://headway.test"}
    return read_settings({**chosen, "HEADWAY_PASSWORD_COST": "m=19456,t=2,p=1", **more})


@asynccontextmanager
async def started(home: Path, algorithms: str = "", **more: str) -> AsyncGenerator[Started]:
    async with open_server(settings_of(home, HEADWAY_ALGORITHMS=algorithms, **more)) as server:
        office = Started(server)
        async with office.client:
            yield office


async def test_tokens_of_before_are_refused_only_at_the_end(tmp_path: Path) -> None:
    async with started(tmp_path) as office:
        before = office.token(role="admin")
        program, idle = await sign_program_in(office), await sign_program_in(office)
        assert {algorithm_named_in(token) for token in (before, office.admin, program["token"])} == {"HS256"}
    async with started(tmp_path, "tokens=HS256+HS512") as office:
        assert algorithm_named_in(office.token()) == "HS256", "another one is taken first, and made later"
    async with started(tmp_path, "tokens=HS512+HS256") as office:
        after = office.token(role="admin")
        assert {algorithm_named_in(token) for token in (after, office.admin)} == {"HS512"}
        for token in (before, after, office.admin, program["token"]):
            assert (await office.ask("GET", "/runs", token=token)).status_code == 200
        opened = await office.open()
        assert algorithm_named_in(opened["token"]) == "HS512"
        renewed = await refresh(office, program)
    async with started(tmp_path, "tokens=HS512") as office:
        problem(await office.ask("GET", "/runs", token=before), 401, "unauthorised")
        for token in (after, office.admin, renewed["token"]):
            assert (await office.ask("GET", "/runs", token=token)).status_code == 200
        assert (await office.end(opened)).status_code == 200
        assert (await refresh(office, renewed))["token"], "a program that was there meanwhile stays signed in"
        gone = await office.ask("POST", "/tokens/refresh", token=None, json={"refresh_token": idle["refresh_token"]})
        problem(gone, 401, "device_ended")


async def test_secrets_and_second_factors_go_from_one_cipher_to_another(tmp_path: Path) -> None:
    both = "secrets=ChaCha20-Poly1305+AES-256-GCM"
    async with started(tmp_path) as office:
        await office.store.write(lambda tx: tx.tasks.put([NEEDY]))
        await put(office)
        await make(office)
        cookie = await cookie_of(office)
        begun = (await own(office, "POST", "/second-factor", cookie)).json()
        phone = Phone(SystemClock(), begun["secret"])
        assert (await own(office, "PUT", "/second-factor", cookie, json={"code": phone.code()})).status_code == 200
    async with started(tmp_path, "secrets=ChaCha20-Poly1305") as office:
        lost = problem(await office.ask("POST", "/secrets/rotations"), 500, "secret_unreadable")
        assert "AES-256-GCM" in lost["detail"]
        assert "HEADWAY_ALGORITHMS" in lost["detail"]
    async with started(tmp_path, both) as office:
        assert [each["is_current"] for each in (await office.ask("GET", "/secrets")).json()["items"]] == [False]
        await office.ask("POST", "/tasks/maths:needy/runs", json={"project": "exams"})
        assert await claimed(await remote(office, "project:exams:worker:serve")) == {"KEY": VALUE}, "it opens meanwhile"
        assert (await office.ask("POST", "/secrets/rotations")).json() == {"count": 2}
        assert (await office.ask("POST", "/secrets/rotations")).json() == {"count": 0}
        wanted = AuditFilter(actions=frozenset([Action.SECRETS_ROTATED.value]))
        rows = await office.store.read(lambda snapshot: snapshot.audit.list(wanted, AuditPage(limit=9)))
        assert [(row.after or {})["algorithm"] for row in rows] == ["ChaCha20-Poly1305"] * 2
    async with started(tmp_path, "secrets=ChaCha20-Poly1305") as office:
        assert [each["is_current"] for each in (await office.ask("GET", "/secrets")).json()["items"]] == [True]
        await office.ask("POST", "/tasks/maths:needy/runs", json={"project": "exams"})
        assert await claimed(await remote(office, "project:exams:worker:serve")) == {"KEY": VALUE}
        kept = await office.store.read(lambda snapshot: snapshot.secrets.get("KEY", None))
        of_a_worker = vault(office.settings)
        assert kept is not None
        assert of_a_worker is not None
        assert of_a_worker.open(kept.sealed, key=kept.key_id, project=None, name="KEY", version=1) == VALUE
        assert (await with_code(office, await voucher_of(office), phone.code(steps=1))).status_code == 201


async def test_cookies_and_the_audit_log_go_from_one_algorithm_to_another(tmp_path: Path) -> None:
    async def verified(office: Office) -> Json:
        """Something is written down, and the server has sealed all that there is."""
        await office.ask("PATCH", "/quotas/p", json={"running_limit": 1})

        async def verdict() -> Json:
            found = (await office.ask("GET", "/audit/verify")).json()
            return {} if found["unsealed_count"] else found

        return await eventually_async(verdict, 30, "the server seals")

    async with started(tmp_path) as office:
        await make(office)
        cookie = await cookie_of(office)
        assert len((await verified(office))["last_hash"]) == 64
    async with started(tmp_path, "seals=HMAC-SHA3-256+HMAC-SHA-256,audit=SHA3-256+SHA-256,anchors=ML-DSA-65+Ed25519") as office:
        assert (await page(office, "POST", "/session/tokens", cookie)).status_code == 201
        between = await verified(office)
        assert (between["is_intact"], len(between["keys"])) == (True, 2)
        assert between["last_hash"].startswith("sha3-256:")


async def hash_of(office: Office) -> str:
    account = await office.store.read(lambda snapshot: snapshot.accounts.get("ada"))
    assert account is not None
    return account.password_hash or ""


async def test_a_dearer_hash_is_made_at_the_next_sign_in(tmp_path: Path) -> None:
    async with started(tmp_path) as office:
        await make(office)
        assert (await hash_of(office)).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    async with started(tmp_path, HEADWAY_PASSWORD_COST="m=20480,t=3,p=2") as office:
        assert (await enter(office, password="it is not this one")).status_code == 401
        assert (await hash_of(office)).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert (await enter(office)).status_code == 201
        dear = await hash_of(office)
        assert dear.startswith("$argon2id$v=19$m=20480,t=3,p=2$")
        assert (await enter(office)).status_code == 201
        assert await hash_of(office) == dear, "made once"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("HEADWAY_ALGORITHMS", "tokens=HS1", "each of HS256, HS384, HS512 may be named once"),
        ("HEADWAY_ALGORITHMS", "HS512", "names no use; write use=algorithm+algorithm"),
        ("HEADWAY_PASSWORD_COST", "m=1024,t=1,p=1", "m=1024 is not between 19456 and 524288"),
    ],
)
def test_a_bad_one_is_said_at_the_start(tmp_path: Path, variable: str, value: str, says: str) -> None:
    with pytest.raises(BadSetting, match=f"{variable}.*{re.escape(says)}"):
        settings_of(tmp_path, **{variable: value})
