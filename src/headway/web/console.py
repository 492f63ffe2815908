"""The built console: read into memory once, and served for every address that is not the interface's.

Under `/assets` stand files whose names change with their content: kept by browsers for a year. Everything else that is no
file is a page of the console, and gets `index.html`, which is asked for anew each time and costs the store nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from headway.model.errors import HeadwayError, NotFound
from headway.web.packing import takes
from headway.web.problems import MethodNotAllowed, problem
from headway.web.rejections import Rejections

MEMORY_LIMIT = 30_000_000
"""Bytes of all files with their compressed variants."""
PATH_LIMIT = 2_048
INDEX = "/index.html"
UNBUILT = Path(__file__).parent / "static" / "unbuilt.html"
_PACKAGE = Path(__file__).resolve().parents[1]
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".json": "application/json", ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".webp": "image/webp",
    ".woff2": "font/woff2", ".wasm": "application/wasm",
}  # fmt: skip
_CODINGS = {"br": ".br", "gzip": ".gz"}
"""Best first; the build writes them beside each file (`console/scripts/compress.mjs`)."""
_POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; img-src 'self' blob: data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
"""Scripts and styles are files of ours, or inline ones of `index.html`, by their hash. No `style` attributes: widths of bars and positions
of menus are set by scripts, one property at a time, which no policy forbids (CSSOM)."""
_ROOT = b'="/'
"""In `index.html`: how each of its addresses begins, and the one that says where the console stands. One build serves under any path."""
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class ConsoleBroken(HeadwayError):
    """The built console in {path} cannot be served: {reason}. Build it anew: make console."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleFile:
    media_type: str
    cache_control: str
    tag: str
    """Of the content, whatever its coding."""
    variants: Mapping[str, bytes]
    """By content coding; ``identity`` is always there."""

    def answer(self, headers: Headers, policy: str, status: int = 200) -> Response:
        coding = choose_coding(headers.get("accept-encoding", ""), self.variants)
        etag = f'"{self.tag}-{coding}"'
        told = {**_HEADERS, "Content-Security-Policy": policy, "Cache-Control": self.cache_control, "ETag": etag}
        if len(self.variants) > 1:
            told["Vary"] = "Accept-Encoding"
        if status == 200 and _knows(headers.getlist("if-none-match"), etag):
            return Response(status_code=304, headers=told)
        if coding != "identity":
            told["Content-Encoding"] = coding
        return Response(self.variants[coding], status, headers=told, media_type=self.media_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleFiles:
    """All files by the path under which they are asked for."""

    files: Mapping[str, ConsoleFile]
    policy: str

    def find(self, path: str) -> ConsoleFile:
        """The file, or the page for an address that only the console understands. Raises `NotFound`."""
        found = self.files.get(path)
        if found is not None:
            return found
        if path.startswith("/assets/") or len(path) > PATH_LIMIT or any(letter < " " or letter in "\\\x7f" for letter in path):
            raise NotFound
        return self.files[INDEX]


class Console:
    """The ASGI layer in front of the interface: `/api` is passed on, the rest answered here."""

    def __init__(self, app: ASGIApp, files: ConsoleFiles | None, rejections: Rejections | None = None) -> None:
        """Without files there is a page that says how to make them."""
        self._rejections = rejections
        self._app = app
        self._files = files or read_unbuilt()
        self._status = 200 if files else 503

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or path == "/api" or path.startswith("/api/"):
            await self._app(scope, receive, send)
            return
        try:
            if scope["method"] not in {"GET", "HEAD"}:
                raise MethodNotAllowed(allowed="GET, HEAD")
            response = self._files.find(path).answer(Headers(scope=scope), self._files.policy, self._status)
        except HeadwayError as error:
            if self._rejections is not None:
                self._rejections.note(scope, error)
            response = problem(error, scope["headway.request_id"])
        await response(scope, receive, send)


def find_console() -> Path | None:
    """Where the built console is: in the installed package, else in the checkout that this code runs from."""
    for place in (_PACKAGE / "console", _PACKAGE.parents[1] / "console" / "dist"):
        if (place / "index.html").is_file():
            return place
    return None


def read_console(root: Path | None, base: str = "/") -> ConsoleFiles | None:
    """All of it, with the compressed variants that stand beside the files. `base`: the path under which it is served, with a slash at
    its end. Raises `ConsoleBroken`."""
    if root is None:
        return None
    try:
        contents = {path.relative_to(root).as_posix(): path.read_bytes() for path in _servable(root)}
    except OSError as error:
        raise ConsoleBroken(path=root, reason=error.strerror or str(error)) from error
    if sum(map(len, contents.values())) > MEMORY_LIMIT:
        raise ConsoleBroken(path=root, reason=f"it is larger than {MEMORY_LIMIT // 1_000_000} MB")
    if base != "/":
        page = contents["index.html"].replace(_ROOT, f'="{html.escape(base)}'.encode())
        contents = {**{name: content for name, content in contents.items() if not name.startswith("index.html.")}, "index.html": page}
    files = {f"/{name}": _file(name, contents) for name in contents if not name.endswith(tuple(_CODINGS.values()))}
    return ConsoleFiles(files=files, policy=policy_of(contents["index.html"].decode("utf-8", "replace")))


def read_unbuilt() -> ConsoleFiles:
    """The one page that there is while the console is not built."""
    content = UNBUILT.read_bytes()
    files = {INDEX: _file("index.html", {"index.html": content})}
    return ConsoleFiles(files=files, policy=policy_of(content.decode()))


def _servable(root: Path) -> Iterable[Path]:
    """Files, no links and nothing hidden (the build's own notes are)."""
    budget = MEMORY_LIMIT
    for path in sorted(root.rglob("*")):
        is_hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if path.is_file() and not path.is_symlink() and not is_hidden and path.suffix != ".map":
            budget -= path.stat().st_size
            if budget < 0:
                raise ConsoleBroken(path=root, reason=f"it is larger than {MEMORY_LIMIT // 1_000_000} MB")
            yield path


def _file(name: str, contents: Mapping[str, bytes]) -> ConsoleFile:
    plain = contents[name]
    coded = {coding: contents[name + ending] for coding, ending in _CODINGS.items() if name + ending in contents}
    return ConsoleFile(
        media_type=_MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream"),
        cache_control="public, max-age=31536000, immutable" if name.startswith("assets/") else "no-cache",
        tag=hashlib.sha256(plain).hexdigest()[:32],
        variants={**coded, "identity": plain},
    )


def policy_of(page: str) -> str:
    """The Content-Security-Policy for a page: its inline scripts and styles are allowed by their hash, and no others."""
    return _POLICY.format(scripts=_hashes("script", page), styles=_hashes("style", page))


def _hashes(tag: str, page: str) -> str:
    # A browser hashes what its parser hands it: line ends are newlines there.
    text = page.replace("\r\n", "\n").replace("\r", "\n")
    inline = re.findall(rf"<{tag}(?![^>]*\ssrc=)(?:\s[^>]*)?>(.*?)</{tag}\s*>", text, re.DOTALL | re.IGNORECASE)
    digests = [base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() for content in inline]
    return "".join(f" 'sha256-{digest}'" for digest in digests)


def choose_coding(accepted: str, variants: Mapping[str, bytes]) -> str:
    """The best content coding that there is and that the caller takes (RFC 9110 section 12.5.3)."""
    return next((coding for coding in _CODINGS if coding in variants and takes(accepted, coding)), "identity")


def _knows(given: list[str], etag: str) -> bool:
    known = {tag.strip().removeprefix("W/") for line in given for tag in line.split(",")}
    return etag in known or "*" in known
