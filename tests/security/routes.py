"""Classes 14, 16, 17, 18, 20, 22, 36 and 43, made from the table of routes: a new route has its cases by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute

from headway.web.auth import ANONYMOUS, SESSION
from headway.web.routes.docs import describe
from tests.security.cases import REFUSED, SAFE, Case
from tests.unit.web.office import Office
from tests.unit.web.test_matrix import examples_of
from tests.unit.web.test_routes import address, method, needs_of, routes_of

Json = dict[str, Any]
ENDLESS = {"/api/v1/live/sse", "/api/v1/live/poll", "/api/v1/workers/{worker}/news"}
"""Answers that come when there is something to say."""


def guarded(office: Office) -> list[APIRoute]:
    return [route for route in routes_of(office.rest) if needs_of(route) not in {ANONYMOUS, SESSION}]


def name_of(route: APIRoute) -> str:
    return f"{method(route)} {route.path.removeprefix('/api/v1')}"


def spellings(office: Office, run: str) -> Iterator[Case]:
    """Class 18: the address of each route, spelt so that a door that looks at text might not know it. Nobody gets in by any."""
    for route in guarded(office):
        path = address(route, run).removeprefix("http://headway.test")
        for name, other in {
            "a slash behind": f"{path}/", "a slash twice": path.replace("/v1", "//v1"), "a slash in front": f"/{path}", "a dot between": path.replace("/v1", "/./v1"),
            "back and forth": path.replace("/v1", "/v1/../v1"), "encoded dots": path.replace("/v1", "/v1/%2e%2e/v1"), "an encoded slash": path.replace("/v1/", "/v1%2f"),
            "a semicolon": f"{path};x=1", "as JSON": f"{path}.json", "in capitals": path.upper(), "a backslash": path.replace("/v1/", "/v1\\"),
            "health in front": f"/api/v1/health/live/..{path.removeprefix('/api/v1')}", "health behind": f"{path}/health/live", "docs behind": f"{path}/docs",
            "a full stop behind": f"{path}.", "a space behind": f"{path}%20", "an encoded letter": path.replace("/api", "/%61pi"), "a question behind": f"{path}?/health/live",
        }.items():  # fmt: skip
            yield Case(
                number=18, name=f"{name_of(route)}, {name}", method=method(route), path=f"http://headway.test{other}",
                expect=frozenset({401, 404, 405}),
            )  # fmt: skip


def fields_of_others(office: Office) -> Iterator[Case]:
    """Class 17: what a caller has no business to say, beside what is asked for. Nothing is taken over in silence."""
    examples = examples_of(describe(office.rest))
    for route in guarded(office):
        body = examples.get((route.path, method(route)))
        if not isinstance(body, dict):
            continue
        for name, value in {
            "role": "admin", "is_admin": True, "owner_id": "admin", "created_by": "admin", "lease_token": "x", "tenant": "other", "__proto__": {"is_admin": True},
            "constructor": {"prototype": {}}, "permissions": ["*"], "account": "admin", "user": {"role": "admin"}, "$where": "1",
        }.items():  # fmt: skip
            if name in body or (name == "user" and route.path.endswith("/notices")):
                continue
            yield Case(
                number=17, name=f"{name_of(route)} with {name}", method=method(route), path=address(route, "x").removeprefix("http://headway.test/api/v1"),
                token="admin", json={**body, name: value}, expect=frozenset({422, 404, 400}),
            )  # fmt: skip


def of_kinds(office: Office) -> Iterator[Case]:
    """Classes 22, 32 and 36: a body that says that it is something else, or is."""
    examples = examples_of(describe(office.rest))
    pickled = b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94."
    for route in guarded(office):
        if (route.path, method(route)) not in examples:
            continue
        path = address(route, "x").removeprefix("http://headway.test/api/v1")
        for name, kind, content in (
            ("a form", "application/x-www-form-urlencoded", b"name=x&scopes=run:read"), ("text", "text/plain", b'{"name":"x"}'),
            ("text that is JSON, says a comment", "text/plain; charset=application/json", b"{}"), ("multipart", "multipart/form-data; boundary=x", b"--x\r\n\r\n--x--"),
            ("YAML", "application/yaml", b"!!python/object/apply:os.system ['id']"), ("pickle", "application/python-pickle", pickled),
            ("pickle, as JSON", "application/json", pickled), ("YAML, as JSON", "application/json", b"!!python/object/apply:os.system ['id']"),
            ("msgpack", "application/msgpack", b"\x81\xa1a\xc7\x01\x2a\x00"), ("XML", "application/xml", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>"),
            ("XML, as JSON", "application/json", b"<x/>"), ("JSON in UTF-16", "application/json; charset=utf-16", '{"a":1}'.encode("utf-16")),
            ("JSON in UTF-7", "application/json; charset=utf-7", b"+AHs-+AH0-"), ("JSON of another kind", "application/json-patch+json", b"[]"),
        ):  # fmt: skip
            yield Case(
                number=36, name=f"{name_of(route)}: {name}", method=method(route), path=path, token="admin", content=content,
                headers=[("Content-Type", kind)], expect=frozenset({400, 415, 404, 422}),
            )  # fmt: skip


def of_json(office: Office) -> Iterator[Case]:
    """Class 43: JSON that breaks what reads it, or where it is kept."""
    examples = examples_of(describe(office.rest))
    for route in guarded(office):
        if (route.path, method(route)) not in examples:
            continue
        path = address(route, "x").removeprefix("http://headway.test/api/v1")
        for name, content in (
            ("deep lists", b"[" * 100_000), ("deep objects", b'{"a":' * 20_000 + b"1" + b"}" * 20_000), ("a long integer", b'{"name":' + b"9" * 100_000 + b"}"),
            ("NaN", b'{"name":NaN}'), ("Infinity", b'{"name":-Infinity}'), ("1e400", b'{"name":1e400}'), ("a name twice", b'{"name":"a","name":"b"}'),
            ("a lone surrogate", b'{"name":"\\ud800"}'), ("NUL", b'{"name":"a\\u0000b"}'), ("NUL as it is", b'{"name":"a\x00b"}'), ("a BOM", b'\xef\xbb\xbf{"name":"x"}'),
            ("invalid UTF-8", b'{"name":"\xff\xfe"}'), ("overlong UTF-8", b'{"name":"\xc0\x80"}'), ("half of it", b'{"name":"x"'), ("nothing", b""), ("only space", b" \n\t"),
            ("two of them", b'{"name":"x"}{"name":"y"}'), ("single quotes", b"{'name':'x'}"), ("a comment", b'{"name":"x"/**/}'), ("a comma too many", b'{"name":"x",}'),
            ("a list", b"[]"), ("null", b"null"), ("a text", b'"x"'), ("a number", b"7"), ("true", b"true"), ("a name that is NUL", b'{"\\u0000":1}'),
        ):  # fmt: skip
            yield Case(
                number=43, name=f"{name_of(route)}: {name}", method=method(route), path=path, token="admin", content=content,
                headers=[("Content-Type", "application/json")], expect=REFUSED | {200, 201, 202} if name in {"nothing", "null"} else REFUSED,
            )  # fmt: skip


ODD_NUMBERS = (
    "-1",
    "-9223372036854775809",
    "9223372036854775808",
    "1e9",
    "0x10",
    "1.5",
    "",
    "%20",
    "٣",
    "NaN",
    "Infinity",
    "9" * 400,
    "1;2",
    "true",
    "null",
    "--1",
)
ODD_TEXTS = (
    "' OR 1=1 --", "%27%20UNION%20SELECT%20secret_hash%20FROM%20sessions--", "%25", "_" * 200, "%25%25%25" * 60, "..%2F..%2Fetc%2Fpasswd", "%0d%0aSet-Cookie:%20a=b",
    "%E2%80%AEgnp.exe", "{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "%F0%9F%9A%82" * 200, "a" * 5_000, "%C0%80", "%00", "[]", "*", "~", "$ne", "(a%2B)%2B$",
)  # fmt: skip


def of_queries(office: Office, run: str) -> Iterator[Case]:
    """Classes 20 and 28: each parameter of each question, as what it is not: positions and cursors that were never given out among them."""
    openapi = describe(office.rest)
    for route in guarded(office):
        if method(route) != "GET" or route.path in ENDLESS:
            continue
        path = address(route, run).removeprefix("http://headway.test/api/v1").replace("{project}", "default").replace("{connection}", "x")
        for parameter in openapi["paths"].get(route.path, {}).get("get", {}).get("parameters", []):
            if parameter["in"] != "query":
                continue
            name, kinds = parameter["name"], _kinds(parameter["schema"])
            is_number = bool(kinds & {"integer", "number"}) and "string" not in kinds
            for odd in ODD_NUMBERS if is_number else ODD_TEXTS:
                fits = (
                    kinds == {"boolean"}
                    or (odd in {"", "%20", "1.5", "true"} and is_number)
                    or odd == ""
                    or (name, odd) == ("offset_minutes", "-1")
                )
                yield Case(
                    number=20 if name in {"cursor", "after", "first", "from", "line", "seq"} else 28, name=f"{name_of(route)}?{name}={odd[:24]}",
                    path=f"{path}?{name}={odd}", token="admin", expect=SAFE if fits or not is_number else REFUSED,
                )  # fmt: skip


def _kinds(schema: Json) -> set[str]:
    options = [schema, *schema.get("anyOf", [])]
    return {option["type"] for option in options if "type" in option} - {"null"}


def of_others(office: Office, theirs: str, absent: str, token: str) -> Iterator[tuple[Case, Case]]:
    """Classes 14 and 16: a run of others, and one that there is not: whoever may see neither cannot tell them apart."""
    examples = examples_of(describe(office.rest))
    for route in guarded(office):
        if "{run}" not in route.path:
            continue
        pair: list[Case] = []
        for run in (theirs, absent):
            path = address(route, run).removeprefix("http://headway.test/api/v1")
            path += "?name=a&fence=1" if route.path.endswith("/artifacts") and method(route) == "POST" else ""
            body = examples.get((route.path, method(route)))
            pair.append(
                Case(
                    number=16, name=f"{name_of(route)} of {'others' if run == theirs else 'nobody'}", method=method(route), path=path, token=token,
                    json=body, content=b"x" if "fence=1" in path else None, expect=frozenset({404}),
                )
            )  # fmt: skip
        yield pair[0], pair[1]
