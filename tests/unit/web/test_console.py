"""The built console as browsers get it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from headway.web.console import (
    MEMORY_LIMIT,
    Console,
    ConsoleBroken,
    choose_coding,
    find_console,
    policy_of,
    read_console,
)
from headway.web.envelope import Envelope
from tests.unit.web.office import Office, problem

SCRIPT = "document.documentElement.classList.toggle('dark')"
PAGE = f"""<!doctype html><html><head><script>{SCRIPT}</script></head>
<body><script type="module" src="/assets/main-1a2b.js"></script></body></html>"""
FILES = {
    "index.html": PAGE.encode(),
    "index.html.br": b"the page in brotli",
    "index.html.gz": b"the page in gzip",
    "favicon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "assets/main-1a2b.js": b"console.log(1)",
    "assets/main-1a2b.js.br": b"brotli",
    "assets/inter-3c4d.woff2": b"\x00font",
    "assets/main-1a2b.js.map": b"{}",
    ".vite/manifest.json": b"{}",
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    root = tmp_path / "dist"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest_asyncio.fixture
async def browser(office: Office, built: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = Envelope(Console(office.rest, read_console(built)))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://headway.test") as client:
        client.headers["Accept-Encoding"] = "identity"
        yield client


@pytest.mark.parametrize(
    "path",
    ["/", "/runs", "/runs/019336e1-8f5c-7d3a-9b1e-4f2a6c8d0e12", "/tasks/grading:grade", "/sign-in?to=/runs", "/a.b", "/学生", "/apiary"],
)
async def test_every_page_is_the_index(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.content) == (200, FILES["index.html"])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "microphone=()" in answer.headers["permissions-policy"]


async def test_the_policy_allows_the_inline_script_by_its_hash_and_no_other(browser: httpx2.AsyncClient) -> None:
    policy = (await browser.get("/")).headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert directives["script-src"] == f"'self' 'sha256-{digest}'"
    assert directives["default-src"] == "'none'"
    assert directives["connect-src"] == "'self'"
    for name in ("base-uri", "form-action", "frame-ancestors", "object-src"):
        assert directives[name] == "'none'"
    assert "unsafe" not in policy
    assert not re.search(r"\*|https?:|wss?:", policy)


def test_the_hash_is_of_what_a_browser_sees() -> None:
    assert policy_of("<SCRIPT>\r\na\r\n</SCRIPT >") == policy_of("<script>\na\n</script>")
    assert policy_of("<script type=module src=/x.js></script>").count("sha256") == 0
    assert policy_of("<style>a</style><script data-src='x'>b</script>").count("sha256") == 2


async def test_assets_are_kept_for_a_year_and_unknown_ones_are_not_there(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/assets/main-1a2b.js")
    assert answer.content == b"console.log(1)"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await browser.get("/assets/inter-3c4d.woff2")).headers["content-type"] == "font/woff2"
    icon = await browser.get("/favicon.svg")
    assert (icon.headers["content-type"], icon.headers["cache-control"]) == ("image/svg+xml", "no-cache")
    for gone in ("/assets/main-9z9z.js", "/assets/", "/assets/main-1a2b.js.map", "/assets/main-1a2b.js.br"):
        problem(await browser.get(gone), 404, "not_found")
    assert (await browser.get("/.vite/manifest.json")).content == FILES["index.html"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br", "br"), ("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("*", "br"), ("*;q=0", "identity"),
        ("", "identity"), ("identity", "identity"), ("BR", "br"), ("br;q=x", "identity"), ("deflate, ,;", "identity"), ("gzip;q=1.0", "gzip"),
    ],
)  # fmt: skip
def test_content_codings(accepted: str, coding: str) -> None:
    assert choose_coding(accepted, {"br": b"", "gzip": b"", "identity": b""}) == coding
    assert choose_coding(accepted, {"identity": b""}) == "identity"


async def test_compressed_variants(browser: httpx2.AsyncClient) -> None:
    async with browser.stream("GET", "/", headers={"Accept-Encoding": "gzip, br"}) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert (answer.headers["content-encoding"], raw) == ("br", b"the page in brotli")
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-length"] == str(len(raw))
    plain = await browser.get("/")
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"
    assert plain.headers["etag"] != answer.headers["etag"]


async def test_who_knows_a_file_is_not_sent_it_again(browser: httpx2.AsyncClient) -> None:
    etag = (await browser.get("/")).headers["etag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = await browser.get("/runs", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert (await browser.get("/", headers={"If-None-Match": '"x"'})).status_code == 200


async def test_head_and_other_methods(browser: httpx2.AsyncClient) -> None:
    head = await browser.head("/")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(FILES["index.html"])))
    for verb in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        refused = await browser.request(verb, "/runs")
        problem(refused, 405, "method_not_allowed")
        assert refused.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/%00", "/a%0d%0aSet-Cookie:x", "/" + "a" * 10_000, "/..%5c..%5cetc", "/%7f"])
async def test_addresses_that_mean_no_page(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    problem(answer, 404, "not_found")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "//evil.example/", "/assets%2f..%2findex.html", "/%c0%ae%c0%ae/"]
)
async def test_no_address_leads_out_of_the_console(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code in {200, 404}
    assert answer.status_code == 404 or answer.content == FILES["index.html"]


async def test_the_interface_is_not_shadowed(browser: httpx2.AsyncClient) -> None:
    problem(await browser.get("/api/v1/runs"), 401, "unauthorised")
    problem(await browser.get("/api/nowhere"), 404, "not_found")
    problem(await browser.get("/api"), 404, "not_found")
    assert (await browser.get("/api/v1/health/live")).json() == {"ok": True}


async def test_a_page_asks_the_store_nothing(office: Office, browser: httpx2.AsyncClient) -> None:
    await office.store.close()
    assert (await browser.get("/runs")).status_code == 200


async def test_without_a_built_console_a_page_says_how_to_build_it(office: Office) -> None:
    app = Envelope(Console(office.rest, None))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://headway.test") as client:
        for path in ("/", "/runs/7"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert "make console" in answer.text
            assert "控制台尚未构建" in answer.text
            assert 'href="/api/docs"' in answer.text
            assert "style-src 'self' 'sha256-" in answer.headers["content-security-policy"]
        problem(await client.get("/assets/x.js"), 404, "not_found")
        assert (await client.get("/api/v1/health/live")).status_code == 200


def test_a_console_that_is_too_large_is_refused_at_the_start(built: Path) -> None:
    with (built / "assets/huge.js").open("wb") as file:
        file.truncate(MEMORY_LIMIT)
    with pytest.raises(ConsoleBroken, match="30 MB"):
        read_console(built)


def test_links_out_of_the_console_are_not_followed(built: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (built / "assets/secret.txt").symlink_to(tmp_path / "secret")
    files = read_console(built)
    assert files is not None
    assert set(files.files) == {"/index.html", "/favicon.svg", "/assets/main-1a2b.js", "/assets/inter-3c4d.woff2"}


def test_what_is_hidden_is_no_file_of_the_console(built: Path) -> None:
    names = (".git/HEAD", ".git/config", ".env", "assets/.git/HEAD", "assets/.npmrc", "assets/shown.js")
    for name in names:
        (built / name).parent.mkdir(parents=True, exist_ok=True)
        (built / name).write_bytes(b"hidden-7c1d")
    files = read_console(built)
    assert files is not None
    found = {path for path, file in files.files.items() if b"hidden-7c1d" in file.variants.values()}
    assert found == {"/assets/shown.js"}


def test_where_the_console_is_looked_for() -> None:
    found = find_console()
    assert found is None or (found / "index.html").is_file()
    assert read_console(None) is None
