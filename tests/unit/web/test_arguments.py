"""A plan reads what FastAPI would read: each parameter of every route, given well, badly, twice and not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Cookie, Depends, Header, Query
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.datastructures import Headers, QueryParams

from headway.web.app import ROUTERS
from headway.web.arguments import Plan, parameters_of, read_parameters

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
TEXTS = ["", "0", "7", "-1", "1e400", "true", "running", "-created_at", "2026-11-28T10:00:00Z", "id,state", "a b", "\u8003", "x" * 5_000]


def dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from dependants(each)


def given_ways(fields: Sequence[ModelField]) -> Iterator[list[tuple[str, str]]]:
    yield []
    yield [("unknown", "1")]
    for field in fields:
        for text in TEXTS:
            yield [(field.alias, text)]
            yield [(field.alias, "running"), ("unknown", "1"), (field.alias, text)]
    yield [(field.alias, "7") for field in fields]


def plain(errors: list[Any]) -> list[Any]:
    return [(error["type"], error["loc"], error["msg"]) for error in errors]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_each_parameter_is_read_as_fastapi_reads_it(route: APIRoute) -> None:
    for dependant in dependants(route.dependant):
        for place, fields in (("query", dependant.query_params), ("header", dependant.header_params)):
            parameters = parameters_of(fields, place)
            for given in given_ways(fields):
                if place == "query":
                    asked: Any = QueryParams(given)
                else:
                    asked = Headers(raw=[(name.lower().encode(), text.encode("latin-1", "replace")) for name, text in given])
                values: dict[str, Any] = {}
                errors: list[Any] = []
                read_parameters(parameters, asked, values, errors)
                right_values, right_errors = request_params_to_args(fields, asked)
                assert plain(errors) == plain(right_errors), given
                if not errors:
                    assert values == right_values, given


class Asked(BaseModel):
    text: str = ""


async def of_a_model(asked: Annotated[Asked, Query()]) -> None: ...
async def of_a_cookie(mark: Annotated[str, Cookie()]) -> None: ...
async def of_two_bodies(one: Asked, two: Asked) -> None: ...
def in_a_thread(mark: str = "") -> None: ...


async def _opened() -> Any:
    yield 1


async def of_a_dependency_that_yields(opened: Annotated[int, Depends(_opened)]) -> None: ...


@pytest.mark.parametrize(
    "function",
    [of_a_model, of_a_cookie, of_two_bodies, in_a_thread, of_a_dependency_that_yields],
    ids=lambda each: each.__name__,
)
def test_no_route_is_made_with_what_a_plan_does_not_know(function: Any) -> None:
    with pytest.raises(TypeError):
        Plan(_route_of(function))


def _route_of(function: Any) -> APIRoute:
    routes = APIRouter()
    routes.post("/")(function)
    (route,) = routes.routes
    assert isinstance(route, APIRoute)
    return route


async def shared(mark: Annotated[str, Header()] = "") -> str:
    return mark


async def other(found: Annotated[str, Depends(shared)]) -> str:
    return found


async def of_both(one: Annotated[str, Depends(shared)], two: Annotated[str, Depends(other)]) -> None: ...


def test_a_function_that_two_need_is_called_once() -> None:
    assert Plan(_route_of(of_both)).functions == [shared, other, of_both]
