"""Classes 23, 24 and 26: what a browser could be made to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.security.cases import SAFE, Case

Json = dict[str, Any]
ORIGINS = (
    "https://evil.example", "null", "https://headway.test.evil.example", "https://evil-headway.test", "http://headway.test:81", "file://", "https://headway.test@evil.example",
    "chrome-extension://abc", "http://localhost", "http://127.0.0.1", "", "https://*", "https://app.example.org.", "https://APP.example.org", "https://app.example.org/",
    "https://app.example.org:444", "http://app.example.org", "https://sub.app.example.org", "https://app.example.org, https://evil.example",
)  # fmt: skip
LIVELY = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "<svg onload=alert(1)>", '"><script>', "'-alert(1)-'", "{{7*7}}", "${7*7}",
    "{{''.__class__.__mro__}}", "%(x)s", "{0.__class__}", "#{7*7}", "<%= 7*7 %>", "[x](javascript:alert(1))", "![](//evil.example/x.png)", "\x1b]8;;http://evil.example\x07x",
    "</title><script>", "data:text/html,<script>", "@import url(//evil.example)", "expression(alert(1))", "\u202egnp.exe", "\u2028alert(1)", "=cmd|' /C calc'!A0", "+1+cmd",
)  # fmt: skip
ELSEWHERE = (
    "//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example", "\\\\evil.example", "/\tevil", "/\r\nSet-Cookie: a=b", "javascript:alert(1)", "evil.example",
    "", " /runs", "/runs#//evil", "/\\/evil.example", "///evil.example", "data:text/html,x", "/runs\x00", "http:/\\evil.example", "/ /evil.example", "?next=//evil", "#x",
    "x" * 501, "ftp://evil.example", "//evil.example/%2f..", "/\u00a0evil\x7f",
)  # fmt: skip


def cross_origin() -> Iterator[Case]:
    for origin in ORIGINS:
        asked = [("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")]
        private = [*asked, ("Access-Control-Request-Private-Network", "true")]
        yield Case(number=23, name=f"a question before one, from {origin!r}", method="OPTIONS", headers=asked)
        yield Case(number=23, name=f"the same, of a private network, from {origin!r}", method="OPTIONS", headers=private)
        yield Case(number=23, name=f"a question from {origin!r}", headers=[("Origin", origin)], token="admin", expect=SAFE)
        yield Case(
            number=22, name=f"a form from {origin!r}", method="POST", path="/session/tokens", content=b"",
            headers=[("Origin", origin), ("Sec-Fetch-Site", "cross-site"), ("Content-Type", "text/plain")],
        )  # fmt: skip
        yield Case(
            number=22, name=f"signing in from {origin!r}", method="POST", path="/sessions", json={"code": "x"}, headers=[("Origin", origin)]
        )


def lively_names() -> Iterator[Case]:
    """Taken as the text that they are, or refused: the answer is JSON, which no browser runs."""
    for text in LIVELY:
        for what, path, body in (
            ("a run", "/runs", {"name": text}), ("a tag", "/runs", {"name": "x", "tags": [text]}), ("a notice", "/notices", {"title": text}),
            ("a preset", "/tasks/maths:add/presets", {"name": text, "parameters": {"a": 1}}), ("a key", "/keys", {"name": text, "scopes": ["run:read"]}),
            ("a reason", "/runs/x/cancellation", {"reason": text}), ("metadata", "/runs", {"name": "x", "metadata": {"note": text}}),
        ):  # fmt: skip
            method = "PUT" if path.endswith("cancellation") else "POST"
            yield Case(number=24, name=f"{text!r} as {what}", method=method, path=path, json=body, token="admin", expect=SAFE)


def elsewhere() -> Iterator[Case]:
    for to in ELSEWHERE:
        yield Case(
            number=26,
            name=f"a sign-in link to {to!r}",
            method="POST",
            path="/sign-in-links",
            json={"to": to},
            token="admin",
            expect=frozenset({422}),
        )
