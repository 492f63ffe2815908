"""The interface as an ASGI app: FastAPI declares and describes its routes, and requests go straight to them.

FastAPI's own way leads through eight layers, each with a `send` of its own, and past every route before the right one: 60 us of each
request (docs/decisions/0037). None of them does anything for routes with a plan (`web/arguments.py`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Any, cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from headway.model.errors import HeadwayError, NotFound
from headway.web.auth import GuardedRoute
from headway.web.desk import Desk
from headway.web.problems import InternalError, MethodNotAllowed, from_http, from_validation, problem

_Place = tuple[int, str]
"""How many parts an address has, and the fourth of them, which stands behind ``/api/v1/``; empty: it varies."""


class Rest(FastAPI):
    """Closed by `close_table`: from then on no route may be added."""

    def close_table(self) -> None:
        """Raises TypeError if a route could be called without saying what it needs."""
        self.find = _Table(self.routes).find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        is_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self.find(scope).app(scope, receive, send_noting)
        except (HeadwayError, RequestValidationError, HTTPException) as error:
            if is_begun:
                raise
            await self._refusal(error, scope)(scope, receive, send)
        except Exception:
            if not is_begun:
                await problem(InternalError(), scope["headway.request_id"])(scope, receive, send)
            raise

    def _refusal(self, error: HeadwayError | RequestValidationError | HTTPException, scope: Scope) -> Response:
        if isinstance(error, RequestValidationError):
            error = from_validation(error)
        elif isinstance(error, HTTPException):
            error = from_http(error)
        desk: Desk = self.state.desk
        desk.rejections.note(scope, error)
        return problem(error, scope["headway.request_id"])


class _Table:
    """Where each address leads."""

    def __init__(self, routes: Sequence[Any]) -> None:
        self._whole: dict[str, dict[str, GuardedRoute]] = defaultdict(dict)
        """By address, and then by method: those without a part that varies."""
        self._placed: dict[_Place, list[tuple[re.Pattern[str], str, GuardedRoute]]] = defaultdict(list)
        for route in routes:
            if not isinstance(route, GuardedRoute):
                raise TypeError(f"{route} is not a guarded route")
            (method,) = cast("set[str]", route.methods)
            if "{" not in route.path:
                self._whole[route.path][method] = route
                continue
            if ":" in route.path:
                raise TypeError(f"{route.path}: a part of an address is text without a slash, and nothing else")
            count, noun = _place(route.path)
            self._placed[count, "" if "{" in noun else noun].append((route.path_regex, method, route))

    def find(self, scope: Scope) -> GuardedRoute:
        """The route, with the parts of the address in ``scope["path_params"]``. Raises `NotFound`, `MethodNotAllowed`."""
        path = _path(scope)
        asked: str = scope["method"]
        whole = self._whole.get(path, {})
        if asked in whole:
            return _chosen(whole[asked], scope, {})
        allowed = set(whole)
        count, noun = _place(path)
        for pattern, method, route in chain(self._placed.get((count, noun), ()), self._placed.get((count, ""), ())):
            found = pattern.match(path)
            if found is None:
                continue
            if method == asked:
                return _chosen(route, scope, found.groupdict())
            allowed.add(method)
        if allowed:
            raise MethodNotAllowed(allowed=", ".join(sorted(allowed)))
        raise NotFound


def _chosen(route: GuardedRoute, scope: Scope, parts: dict[str, str]) -> GuardedRoute:
    scope["route"] = route
    scope["path_params"] = parts
    return route


def _place(path: str) -> _Place:
    parts = path.split("/", 4)
    return path.count("/"), parts[3] if len(parts) > 3 else ""


def _path(scope: Scope) -> str:
    """Without the beginning that whoever mounted this app has dealt with (ASGI: `root_path`)."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in {"", "/"}:
        return path[len(root) :]
    return path
