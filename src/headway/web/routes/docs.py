"""The interface, described for programs (OpenAPI) and for people (Swagger UI, from our own files)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from headway.model.errors import NotFound
from headway.model.permissions import Permission
from headway.web.auth import ANONYMOUS, PERMISSION, TICKET, GuardedRoute, anonymous, needs
from headway.web.bodies import answer
from headway.web.cookies import PREFIX, cookie_name
from headway.web.desk import TheCall
from headway.web.problems import MEDIA_TYPE

routes = APIRouter(route_class=GuardedRoute, include_in_schema=False)

STATIC = Path(__file__).parent.parent / "static"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = {path.name: path for path in STATIC.iterdir() if path.suffix in _TYPES}


@routes.get("/api/v1/openapi.json", **needs(Permission.TASK_READ))
async def show_openapi(request: Request, call: TheCall) -> Response:
    """The description of this interface; its paths begin at the server that it names, where another app has mounted us."""
    prefix: str = request.scope.get(PREFIX, "")
    described = describe(request.app)
    return answer({**described, "servers": [{"url": prefix}]} if prefix else described)


@routes.get("/api/docs", **anonymous())
async def show_page() -> Response:
    return await _file("docs.html")


@routes.get("/api/docs/{name}", **anonymous())
async def show_file(name: str) -> Response:
    return await _file(name)


async def _file(name: str) -> Response:
    path = _FILES.get(name)
    if path is None:
        raise NotFound
    content = await asyncio.to_thread(path.read_bytes)
    headers = {"Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "no-cache"}
    return Response(content, headers=headers, media_type=_TYPES[path.suffix])


def describe(app: Any) -> dict[str, Any]:
    """OpenAPI 3.1 of the app's routes, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schema.setdefault("components", {})["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            "ticket": {"type": "apiKey", "in": "query", "name": TICKET},
            "session": {"type": "apiKey", "in": "cookie", "name": cookie_name(app.state.desk)},
        }
        for path in schema["paths"].values():
            for operation in path.values():
                _tidy(operation)
        _complete(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _complete(schema: dict[str, Any]) -> None:
    """What we answer always has all of its fields, also those that have a default: a client need not ask whether they are there.

    Not so a problem, and what is read from a caller as well.
    """
    components: dict[str, Any] = schema["components"]["schemas"]
    bodies = [operation.get("requestBody") for path in schema["paths"].values() for operation in path.values()]
    read = _reachable(bodies, components)
    for name, component in components.items():
        if name not in read and name != "Problem" and "properties" in component:
            component["required"] = list(component["properties"])


def _reachable(part: Any, components: dict[str, Any]) -> set[str]:
    """Names of the components that a part of the description refers to, directly or not."""
    found: set[str] = set()
    rest: list[Any] = [part]
    while rest:
        at = rest.pop()
        if isinstance(at, list):
            rest.extend(cast("list[Any]", at))
        elif isinstance(at, dict):
            inner = cast("dict[str, Any]", at)
            name = str(inner.get("$ref", "")).rpartition("/")[2]
            if name in components and name not in found:
                found.add(name)
                rest.append(components[name])
            rest.extend(inner.values())
    return found


def _tidy(operation: dict[str, Any]) -> None:
    """Errors come as problems, never in FastAPI's own shape; and what is anonymous needs no token."""
    operation.get("responses", {}).pop("422", None)
    problem = operation.get("responses", {}).get("default", {}).get("content", {})
    for kind in problem.keys() - {MEDIA_TYPE}:  # FastAPI takes that of the good answer
        problem.setdefault(MEDIA_TYPE, {})["schema"] = problem.pop(kind)["schema"]
    if operation.get(PERMISSION) == ANONYMOUS:
        operation["security"] = []
