"""The arguments of a route's function, read from a request by a plan that is made once.

FastAPI declares, describes and validates; but it finds out anew with each request what each argument is, which costs 0.1 to 0.4 ms: half
of what a server does for a small answer (docs/decisions/0037). A plan says the same of each request and remembers what it is made of.
What a plan does not know (forms, cookies, models of a query, dependencies that yield) no route can be made with.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, cast

from fastapi import params
from fastapi._compat import ModelField, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request

Function = Callable[..., Coroutine[Any, Any, Any]]
_PLAIN = (type(None), str, int, float, bool)


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    alias: str
    """As the request names it."""
    is_list: bool
    is_required: bool
    default: Any
    is_shared: bool
    """Whether the default may be handed out as it is."""
    field: ModelField
    loc: tuple[str, str]

    def given(self, value: Any, errors: list[Any]) -> Any:
        """`value`: text, or several; None: it is not given."""
        if value is None or (self.is_list and not value):
            if self.is_required:
                errors.append(_missing(self.loc))
                return None
            return self.default if self.is_shared else deepcopy(self.default)
        found, wrong = self.field.validate(value, {}, loc=self.loc)
        if wrong:
            errors.extend(wrong)
        return found


@dataclass(frozen=True, slots=True)
class _Step:
    """One function: those that it depends on come before it."""

    function: Function
    path: Sequence[Parameter]
    query: Sequence[Parameter]
    headers: Sequence[Parameter]
    defaults: dict[str, Any] | None
    """Of the query, where none is required and all may be shared: what a request without a query has."""
    body: ModelField | None
    needed: Sequence[tuple[str, int]]
    """Arguments that earlier steps give."""
    request_names: Sequence[str]

    async def arguments(self, request: Request, found: Sequence[Any], errors: list[Any]) -> dict[str, Any]:
        values = {name: found[index] for name, index in self.needed}
        for parameter in self.path:
            values[parameter.name] = parameter.given(request.path_params.get(parameter.alias), errors)
        if self.query:
            if self.defaults is not None and not request.scope["query_string"]:
                values |= self.defaults
            else:
                read_parameters(self.query, request.query_params, values, errors)
        if self.headers:
            read_parameters(self.headers, request.headers, values, errors)
        if self.body is not None:
            values[self.body.name] = await _read_body(request, self.body, errors)
        for name in self.request_names:
            values[name] = request
        return values


class Plan:
    """How the arguments of one route are read."""

    def __init__(self, route: APIRoute) -> None:
        """Raises TypeError for a route that uses what a plan does not know."""
        making = _Making(route)
        making.add(route.dependant)
        self._others = making.steps[:-1]
        self._last = making.steps[-1]

    @property
    def functions(self) -> Sequence[Function]:
        """In the order in which they are called; the route's own is the last."""
        return [step.function for step in (*self._others, self._last)]

    async def answer(self, request: Request) -> Any:
        """What the route's function returns. Raises `RequestValidationError`, and whatever a function raises."""
        errors: list[Any] = []
        found: list[Any] = []
        failed: set[int] = set()
        for number, step in enumerate(self._others):
            wrong: list[Any] = []
            values = await step.arguments(request, found, wrong)
            if wrong or (failed and not failed.isdisjoint(index for _, index in step.needed)):
                errors += wrong
                failed.add(number)
                found.append(None)
            else:
                found.append(await step.function(**values))
        values = await self._last.arguments(request, found, errors)
        if errors:
            raise RequestValidationError(errors)
        return await self._last.function(**values)


@dataclass
class _Making:
    """Steps as they are found; each function is one, however many depend on it."""

    route: APIRoute
    steps: list[_Step] = field(default_factory=list[_Step])
    _known: dict[Any, int] = field(default_factory=dict[Any, int])

    def add(self, dependant: Dependant) -> int:
        """The number of its step. Raises TypeError."""
        if dependant.call in self._known:
            return self._known[dependant.call]
        self._check(dependant)
        needed = [(each.name, self.add(each)) for each in dependant.dependencies]
        query = parameters_of(dependant.query_params, "query")
        is_plain = all(each.is_shared and not each.is_required for each in query)
        step = _Step(
            function=cast("Function", dependant.call),
            path=parameters_of(dependant.path_params, "path"),
            query=query,
            headers=parameters_of(dependant.header_params, "header"),
            defaults={each.name: each.default for each in query} if is_plain else None,
            body=self._body(dependant),
            needed=[(name, number) for name, number in needed if name is not None],
            request_names=[name for name in (dependant.request_param_name, dependant.http_connection_param_name) if name],
        )
        self.steps.append(step)
        self._known[dependant.call] = len(self.steps) - 1
        return len(self.steps) - 1

    def _check(self, dependant: Dependant) -> None:
        others = (
            dependant.cookie_params,
            dependant.websocket_param_name,
            dependant.response_param_name,
            dependant.background_tasks_param_name,
            dependant.security_scopes_param_name,
        )
        if any(others) or not dependant.use_cache or dependant.concurrency is not None:
            raise TypeError(f"{self.route.path}: cookies, limits and FastAPI's own objects are not read here")
        if not inspect.iscoroutinefunction(dependant.call):
            raise TypeError(f"{self.route.path}: functions of routes are asynchronous, and do not yield")

    def _body(self, dependant: Dependant) -> ModelField | None:
        fields = dependant.body_params
        if not fields:
            return None
        about = fields[0].field_info
        if len(fields) > 1 or dependant is not self.route.dependant or type(about) is not params.Body or getattr(about, "embed", None):
            raise TypeError(f"{self.route.path}: a body is one model of JSON")
        return fields[0]


def parameters_of(fields: Sequence[ModelField], place: str) -> list[Parameter]:
    """`place`: ``path``, ``query`` or ``header``. Raises TypeError for a kind that is not read here."""
    found: list[Parameter] = []
    for each in fields:
        about = each.field_info
        annotation = about.annotation
        is_model = inspect.isclass(annotation) and issubclass(annotation, BaseModel)
        if is_model or about.validate_default or about.default_factory is not None:
            raise TypeError(f"{each.name}: models and made defaults are not read from a {place}")
        is_required = about.is_required()
        default = None if is_required else each.get_default()
        found.append(
            Parameter(
                name=each.name,
                alias=each.alias,
                is_list=field_annotation_is_sequence(annotation),
                is_required=is_required,
                default=default,
                is_shared=isinstance(default, _PLAIN),
                field=each,
                loc=(place, each.alias),
            )
        )
    return found


def read_parameters(parameters: Sequence[Parameter], given: Any, values: dict[str, Any], errors: list[Any]) -> None:
    """`given`: a query or headers; what is found goes to `values`, what does not fit to `errors`."""
    for parameter in parameters:
        value = given.getlist(parameter.alias) if parameter.is_list else given.get(parameter.alias)
        values[parameter.name] = parameter.given(value, errors)


async def _read_body(request: Request, body: ModelField, errors: list[Any]) -> Any:
    given: Any = await request.body()
    if not given:
        if body.field_info.is_required():
            errors.append(_missing(("body",)))
            return None
        return body.get_default()
    if "content-type" in request.headers:
        given = await request.json()
    found, wrong = body.validate(given, {}, loc=("body",))
    errors.extend(wrong)
    return found


def _missing(loc: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "missing", "loc": loc, "msg": "Field required", "input": None}
