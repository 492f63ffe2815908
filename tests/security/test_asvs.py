"""What OWASP ASVS 5.0 asks for, and no other test shows. `docs/reference/asvs.toml` says which test answers which requirement."""

from __future__ import annotations

import ast
import asyncio
import hashlib
import re
import ssl
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fastapi.routing import APIRoute

from headway.access.outward import Outward, ask
from headway.access.passwords import LONGEST, check_password
from headway.model.account import Account
from headway.model.errors import HeadwayError, OutwardFailed
from headway.sdk.client import Client
from headway.web.app import create_app
from headway.web.auth import ANONYMOUS, SESSION
from headway.web.guard import GuardLimits
from tests.house.repository import ROOT, Source, sources, texts
from tests.raw_http import talk
from tests.unit.web.office import Office
from tests.unit.web.test_accounts import GOOD, enter, make
from tests.unit.web.test_guard import GET, serving
from tests.unit.web.test_routes import method, needs_of, routes_of

JITTER = {
    "acts/finish.py", "assembly/remote_worker.py", "cli/launcher.py", "live/bus/local.py", "live/bus/redis.py", "live/connections.py",
    "live/gateway.py", "live/session.py", "model/line.py", "sdk/delivery.py", "sdk/http.py", "sdk/viewer.py", "web/event_stream.py",
    "work/depot/http.py", "work/depot/news.py",
}  # fmt: skip
"""Who uses `random`: to wait a little longer than others do."""
OPENS_A_SESSION = {"POST /sessions", "POST /sessions/by-password", "POST /sessions/by-code", "GET /oidc/callback"}


def package() -> list[Source]:
    return [source for source in sources() if source.is_package]


def imports(source: Source) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def calls(source: Source) -> list[ast.Call]:
    return [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]


def name_of(function: ast.expr) -> str:
    return ast.unparse(function)


def scripts() -> dict[str, str]:
    """What runs in browsers, without its tests."""
    return {
        path: text
        for path, text in texts().items()
        if path.startswith(("console/src/", "packages/client/src/")) and path.endswith((".ts", ".vue")) and ".test." not in path
    }


# --- what is executed, and what is read


def test_no_shell_is_asked_and_no_text_is_executed() -> None:
    wrong: list[str] = []
    for source in package():
        for call in calls(source):
            name = name_of(call.func)
            shell = any(
                each.arg == "shell" and not (isinstance(each.value, ast.Constant) and each.value.value is False) for each in call.keywords
            )
            if (
                name in {"eval", "exec", "compile", "os.system", "os.popen", "subprocess.getoutput", "asyncio.create_subprocess_shell"}
                or shell
            ):
                wrong.append(f"{source.path}:{call.lineno} {name}")
    # The annotation of a task's own parameter, in the process that imports the task.
    assert [each.partition(":")[0] for each in wrong] == ["src/headway/sdk/schema.py"]
    lively = [path for path, text in scripts().items() if re.search(r"\beval\(|new Function\(|set(?:Timeout|Interval)\(\s*['\"`]", text)]
    assert not lively


def test_nothing_is_unpickled() -> None:
    packages = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "yaml", "jsonpickle", "xml", "lxml", "msgpack"}
    assert not [source.path for source in package() if imports(source) & packages]


def test_messages_of_brokers_are_json() -> None:
    said = {
        (each.arg, ast.unparse(each.value))
        for source in package()
        for call in calls(source)
        for each in call.keywords
        if each.arg in {"accept_content", "task_serializer", "result_serializer", "serializer"}
    }
    assert {("accept_content", "['json']"), ("task_serializer", "'json'")} <= said
    assert all("json" in value for _, value in said)


def test_nothing_secret_is_made_by_the_random_module() -> None:
    assert {source.path.removeprefix("src/headway/") for source in package() if "random" in imports(source)} == JITTER
    assert not [path for path, text in scripts().items() if "Math.random" in text and re.search(r"token|secret|password|nonce|state", path)]


def test_logs_take_what_people_write_as_values() -> None:
    """A sentence of the log is a constant: what it is about comes as arguments, and is never read as a format."""
    wrong = [
        f"{source.path}:{call.lineno}"
        for source in package()
        for call in calls(source)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"debug", "info", "warning", "error", "exception", "critical"}
        and name_of(call.func.value) in {"log", "logger", "_log"}
        and call.args
        and not (isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str))
        and "/sdk/" not in source.path  # `headway.log` of a task takes its text
    ]
    assert not wrong


def files_in(place: Path) -> set[Path]:
    return {path for path in place.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["../../../x.py", "/etc/cron.d/x", "x.py\\..\\y", "%2e%2e%2fx", "CON", "x" * 200])
async def test_a_file_lies_where_its_content_says_whatever_it_is_called(office: Office, tmp_path: Path, name: str) -> None:
    before = files_in(tmp_path)
    opened = await office.open()
    query = {"name": name, "fence": "1"}
    answer = await office.ask("POST", f"/runs/{opened['run']['id']}/artifacts", token=opened["token"], params=query, content=b"import os\n")
    assert answer.status_code in {201, 422}, answer.text
    added = files_in(tmp_path) - before
    if answer.status_code == 422:
        assert not added
        return
    (kept,) = added
    assert kept.parent.name + kept.name == hashlib.sha256(b"import os\n").hexdigest()
    assert not kept.stat().st_mode & 0o111, "and it is no program"


# --- what a page does


def test_html_is_put_into_a_page_in_two_places_only() -> None:
    found = {path for path, text in scripts().items() if re.search(r"v-html=|innerHTML|outerHTML|insertAdjacentHTML|document\.write", text)}
    assert found == {"console/src/features/results/Markdown.vue", "console/src/ui/icons.ts"}
    markdown = "".join(text for path, text in scripts().items() if path.startswith("console/src/features/results/"))
    assert "html: false" in markdown


def test_pages_hear_no_messages_of_windows() -> None:
    heard = r"window\.(?:onmessage|addEventListener\(\s*['\"]message)|(?<![.\w])(?:onmessage\s*=|addEventListener\(\s*['\"]message)|useEventListener\([^)]*['\"]message"
    assert not [path for path, text in scripts().items() if re.search(heard, text)]


def test_fields_for_passwords_help_those_who_fill_them() -> None:
    field = texts()["console/src/features/passwords/PasswordField.vue"]
    assert re.search(r":type=\"isShown \? 'text' : 'password'\"", field)
    assert re.search(r":autocomplete=\"isNew \? 'new-password' : 'current-password'\"", field)
    others = [path for path, text in scripts().items() if re.search(r"type=\"password\"", text)]
    assert not others, "all passwords are typed into the one field"
    assert not [path for path, text in scripts().items() if re.search(r"@paste|@copy\.prevent", text)]


# --- passwords and sessions


@pytest.mark.parametrize("length", [15, 64, 128, LONGEST])
async def test_every_character_of_a_password_counts(office: Office, length: int) -> None:
    password = ("tulips under a cold moon; nine herons on one leg. " * 6)[: length - 1] + "Q"
    check_password(password)
    await make(office, password=password)
    assert (await enter(office, password=password)).status_code == 201
    for other in (password[:-1], password[:-1] + "q", password.upper(), f" {password}", f"{password} ", password[1:]):
        assert (await enter(office, password=other)).status_code == 401


async def test_a_password_does_not_grow_old(office: Office) -> None:
    await make(office)

    def age(tx: object) -> None:
        tx.accounts.change("ada", password_changed_at=tx.now.replace(year=tx.now.year - 20))  # type: ignore[attr-defined]

    await office.store.write(age)
    assert (await enter(office)).status_code == 201


async def test_a_new_installation_has_no_account_and_no_password(office: Office) -> None:
    assert await office.store.read(lambda snapshot: snapshot.accounts.count()) == 0
    for name in ("admin", "root", "headway", "system", "installation", "guest", "test"):
        for password in ("", name, "admin", "password", "headway", "changeme", GOOD):
            answer = await enter(office, name, password)
            assert answer.status_code in {401, 422, 429}, name


def test_an_account_has_nothing_to_ask_for_but_its_password() -> None:
    kept = {field.name for field in fields(Account)}
    assert not [name for name in kept if re.search(r"hint|question|answer|birth|pet|maiden", name)]
    assert {name for name in kept if "password" in name} == {"password_hash", "password_changed_at"}


async def test_what_opens_a_session_is_what_is_written_down(office: Office) -> None:
    """Whatever can be asked without a credential is one of these, or gives nothing to whoever has none."""
    pages = {
        f"{method(route)} {route.path.removeprefix('/api/v1')}" for route in routes_of(office.rest) if needs_of(route) == ANONYMOUS
    }  # fmt: skip
    without_secret = {
        "GET /health/live",
        "GET /health/ready",
        "GET /sign-in-ways",
        "GET /oidc/start",
        "GET /api/docs",
        "GET /api/docs/{name}",
    }
    exchanges = {"POST /tokens", "POST /tokens/refresh", "POST /share-tokens"}
    assert pages == OPENS_A_SESSION | without_secret | exchanges
    for each in sorted(pages):
        verb, path = each.split(" ")
        answer = await office.ask(
            verb, path.replace("/api/docs", "http://headway.test/api/docs").replace("{name}", "x"), token=None, json={}
        )
        assert "set-cookie" not in answer.headers or "Max-Age=0" in answer.headers["set-cookie"], each


def test_a_stronger_sign_in_at_the_provider_gives_nothing() -> None:
    """`acr`, `amr`, `auth_time` decide nothing: so whoever comes by a provider is taken for somebody with one factor."""
    used = [source.path for source in package() if re.search(r"""["'](?:acr|amr|auth_time|acr_values|max_age)["']""", source.text)]
    assert not used


# --- answers


async def test_where_people_come_by_tls_they_are_to_come_in_no_other_way(office: Office) -> None:
    for url, expected in (("https://headway.example", "max-age=31536000; includeSubDomains"), ("http://headway.test", None)):
        office.desk.url = url
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(office.desk)), base_url="http://headway.test") as client:
            for path in ("/", "/api/v1/runs", "/api/v1/health/live", "/api/v1/nowhere", "/assets/none.js", "/api/docs"):
                assert (await client.get(path)).headers.get("strict-transport-security") == expected, path


@pytest.mark.parametrize("is_encrypted", [True, False])
async def test_the_guard_says_what_every_answer_says(is_encrypted: bool) -> None:
    limits = GuardLimits(hosts=frozenset({"localhost"}), is_encrypted=is_encrypted)
    async with serving(limits) as port:
        for sent in (
            GET.replace(b"localhost", b"evil.example"),
            GET.replace(b"Host:", b"Host :"),
            GET.replace(b"/ HTTP", b"/" + b"x" * 70_000 + b" HTTP"),
        ):
            head = (await talk(port, sent)).split(b"\r\n\r\n")[0].lower().decode()
            assert head.startswith("http/1.1 4")
            for header in ("x-content-type-options: nosniff", "referrer-policy: no-referrer", "cache-control: no-store"):
                assert header in head
            assert "frame-ancestors 'none'" in head.partition("content-security-policy: ")[2].partition("\r\n")[0]
            assert ("strict-transport-security: max-age=31536000; includesubdomains" in head) == is_encrypted


async def test_all_that_is_text_says_its_character_set(office: Office) -> None:
    run = await office.open()
    await office.report(run, 1, {"kind": "log.written", "at": "2026-11-22T09:30:00.125Z", "level": "info", "text": "你好"})
    await office.end(run)
    paths = [
        f"/runs/{run['run']['id']}/log", f"/runs/{run['run']['id']}/log?format=ndjson", "/audit/export?format=csv", "/audit/export", "/metrics", "/runs", "/nowhere",
        f"/live/sse?channel=run:{run['run']['id']}", "http://headway.test/api/docs", "/logs?format=text",
    ]  # fmt: skip
    seen: set[str] = set()
    for path in paths:
        async with office.client.stream("GET", path, headers={"Authorization": f"Bearer {office.admin}"}) as answer:
            kind = answer.headers["content-type"]
            seen.add(kind.partition(";")[0])
            assert kind.startswith(("application/json", "application/problem+json", "application/x-ndjson")) or "charset=utf-8" in kind, (
                path
            )
    assert {"text/plain", "text/csv", "text/html"} <= seen


async def test_nothing_is_changed_by_get(office: Office) -> None:
    """No route of GET asks for a right to change something; the one that changes something, the way back from a provider, asks for `state`."""
    changing = [
        route.path
        for route in routes_of(office.rest)
        if method(route) == "GET" and needs_of(route) not in {ANONYMOUS, SESSION, "account"} and not needs_of(route).endswith(":read")
    ]
    # Looking needs the right to do there: who may not give grants sees none.
    look = {
        "/grants",
        "/permissions",
        "/roles",
        "/roles/{role}",
        "/accounts",
        "/accounts/{account}",
        "/accounts/{account}/sign-ins",
        "/groups",
        "/groups/{group}",
    }
    look |= {"/keys", "/revocations", "/signing-keys", "/notices", "/runs/{run}/share-links", "/workers/{worker}/news"}
    assert {path.removeprefix("/api/v1") for path in changing} == look
    writes = {route.path for route in routes_of(office.rest) if method(route) == "GET" and _writes(route)}
    assert writes == {"/api/v1/audit/export"}, "that somebody exports is a row of what is exported"


def _writes(route: APIRoute) -> bool:
    """Whether the function of the route asks the store to write, by its own text."""
    tree = ast.parse((ROOT / Path(route.endpoint.__code__.co_filename)).read_text(encoding="utf-8"))
    (function,) = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef) and node.name == route.endpoint.__name__]
    return any(isinstance(node, ast.Call) and name_of(node.func).endswith("store.write") for node in ast.walk(function))


async def test_trace_is_not_answered(office: Office) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(office.desk)), base_url="http://headway.test") as client:
        for path in ("/", "/api/v1/runs", "/api/v1/health/live", "/assets/none.js"):
            answer = await client.request("TRACE", path, headers={"Authorization": f"Bearer {office.admin}", "X-Mine": "reflected"})
            assert answer.status_code in {404, 405}, path
            assert "reflected" not in answer.text


# --- keys, connections, logs


def test_no_token_is_kept_by_a_page() -> None:
    """What a page keeps beyond itself has names, and none of them is a token's."""
    kept = {
        (path.partition("/src/")[2], found)
        for path, text in scripts().items()
        for found in re.findall(r"[sS]torage\.setItem\(([^,]+),", text)
    }
    assert {path for path, _ in kept} == {
        "ui/settings.ts", "ui/SplitPane.vue", "features/overview/visit.ts", "features/account/FirstAccount.vue", "features/shell/SideBar.vue",
        "router.ts", "live/useNotices.ts", "live/connection.ts", "live/share.ts", "features/run-list/columns.ts", "features/start-form/drafts.ts",
    }  # fmt: skip
    assert not [name for _, name in kept if re.search(r"token|secret|password|session\b", name, re.IGNORECASE)]
    assert not [path for path, text in scripts().items() if re.search(r"document\.cookie|indexedDB", text)]


@pytest.mark.parametrize("process", ["headway.cli.server_process", "headway.cli.worker_process", "headway.cli.launcher"])
def test_what_runs_loads_nothing_that_is_for_testing_or_for_show(process: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", f"import sys, {process}; print(*(name for name in sys.modules if name.startswith('headway')))"],
        check=True, capture_output=True, text=True, timeout=60,
    ).stdout.split()  # fmt: skip
    assert process in said
    assert not [name for name in said if name.startswith(("headway.testing", "headway.cli.demo", "headway.cli.reference"))]


def test_every_key_is_in_the_inventory() -> None:
    inventory = texts()["docs/explanation/cryptography.md"]
    purposes: set[str] = set()
    for source in package():
        for call in calls(source):
            if name_of(call.func) == "derive_key" and isinstance(call.args[1], ast.Constant):
                purposes.add(str(call.args[1].value))
    assert {"sessions", "audit anchors", "pending sign-ins", "secrets"} <= purposes
    assert not [purpose for purpose in purposes | {"access tokens"} if f"`{purpose}`" not in inventory]


def test_cryptography_is_that_of_libraries() -> None:
    """Ciphers, signatures and hashes by name: a new one has to be looked at, and to be written into the inventory."""
    used: set[str] = set()
    digests: set[str] = set()
    for source in package():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "cryptography":
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.Attribute) and name_of(node.value) == "hashlib":
                digests.add(node.attr)
    signs = {"Ed25519PrivateKey", "Ed25519PublicKey", "Ed448PrivateKey", "Ed448PublicKey", "MLDSA65PrivateKey", "MLDSA65PublicKey"}
    encrypts = {"AESGCM", "AESGCMSIV", "ChaCha20Poly1305"}
    assert used == {"InvalidSignature", "InvalidTag", "SHA1", "TOTP", "UnsupportedAlgorithm"} | {"HKDF", "SHA512"} | encrypts | signs
    assert digests == {"sha256", "sha512", "sha3_256", "blake2b", "sha1"}
    others = {"Crypto", "Cryptodome", "nacl", "rsa", "ecdsa", "jwt", "jose", "bcrypt", "passlib", "crypt", "OpenSSL"}
    assert not [source.path for source in package() if imports(source) & others]


def test_the_log_of_a_process_goes_to_standard_error_alone() -> None:
    handlers = {
        (source.path.removeprefix("src/headway/"), name_of(call.func))
        for source in package()
        for call in calls(source)
        if re.fullmatch(r"(?:logging\.)?(?:handlers\.)?[A-Z]\w*Handler", name_of(call.func))
    }
    assert handlers == {("cli/process_status.py", "logging.StreamHandler")}


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(OutwardFailed):
            await asyncio.to_thread(ask, f"https://127.0.0.1:{port}/", where=Outward(allowed=(ip_network("127.0.0.0/8"),)))
        with (
            Client(f"https://127.0.0.1:{port}", token="one that is not to be shown to them", timeout=5) as client,
            pytest.raises(HeadwayError),
        ):
            await asyncio.to_thread(client.task, "maths:add")
    assert asked == [], "no request, and no token, was sent"


def certificate(place: Path) -> tuple[Path, Path]:
    """One that says 127.0.0.1, signed by itself; and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = place / "chain.pem", place / "key.pem"
    chain.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, private
