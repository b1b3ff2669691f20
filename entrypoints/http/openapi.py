"""The description of this door for programs: OpenAPI, with the scope of each route."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.responses import Response

from application.access.principals import Scope
from entrypoints.http.asking import json_response
from entrypoints.http.problems import described_problem
from entrypoints.http.scopes import Needs, needs

DESCRIPTION = """A ledger of what customers lived and of what they were promised.

Answers are those of the commands of the same names. Every question takes `as_of` and `known_at`.
What goes wrong is told as `application/problem+json`, whose `type` is a page of this door.
"""

#: Answers of a small company, by route. `tests/http/test_openapi.py` holds them to what is said.
_EXAMPLES = Path(__file__).with_name("examples.json")

#: What may go wrong at any route, and at those that want a key.
_ALWAYS = {400: "Bad Request", 414: "URI Too Long", 429: "Too Many Requests", 431: "Too Large"}
_WITH_KEY = {401: "Unauthorized", 403: "Forbidden"}
_SERVER = {500: "Internal Server Error", 503: "Service Unavailable"}
_ASKING = {404: "Not Found", 406: "Not Acceptable"}
_NAMED = {404: "Not Found"}
_BODY = {413: "Content Too Large", 415: "Unsupported Media Type"}

_KEY = {"type": "http", "scheme": "bearer", "description": "an API key, or a token of the issuer"}
_HEADERS = ("X-Request-Id", "RateLimit", "RateLimit-Policy")

router = APIRouter(tags=["door"])


@router.get("/openapi.json", dependencies=[needs(None)])
async def openapi(request: Request) -> Response:
    """This description."""
    return json_response(document(request.app), {"Cache-Control": "no-cache"})


def document(app: FastAPI) -> dict[str, Any]:
    """The description of an application. Made once."""
    if not hasattr(app.state, "document"):
        app.state.document = _document(app)
    return cast("dict[str, Any]", app.state.document)


def scopes_of(app: FastAPI) -> Iterator[tuple[RouteContext, list[Scope | None]]]:
    """Every route, with the scopes that it declares: one, or there is a fault."""
    for route in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(route.original_route, "dependant", None)
        yield route, [] if dependant is None else list(_needed(dependant))


def _needed(dependant: Dependant) -> Iterator[Scope | None]:
    if isinstance(dependant.call, Needs):
        yield dependant.call.scope
    for each in dependant.dependencies:
        yield from _needed(each)


def _document(app: FastAPI) -> dict[str, Any]:
    found: dict[str, Any] = get_openapi(
        title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes
    )
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _problem()
    components["securitySchemes"] = {"key": _KEY}
    components["headers"] = {name: {"schema": {"type": "string"}} for name in _HEADERS}
    for route, scopes in scopes_of(app):
        for method in route.methods or ():
            operation = found["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None and scopes:
                _complete(operation, scopes[0], str(route.path_format))
    return found


def _complete(operation: dict[str, Any], scope: Scope | None, path: str) -> None:
    """What FastAPI does not know of a route: who may use it, and what may go wrong."""
    operation["x-scope"] = scope
    if scope is not None:
        operation["security"] = [{"key": []}]
    responses = operation["responses"]
    if "HTTPValidationError" in json.dumps(responses.get("422")):
        del responses["422"]  # FastAPI's own; here it is 400
    for media in responses.get("200", {}).get("content", {}).values():
        if media.pop("itemSchema", None):  # which OpenAPI has from 3.2 on
            media["schema"] = {"type": "string"}
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}
    for status, response in responses.items():
        if status.startswith("2"):
            response["headers"] = {**headers, **response.get("headers", {})}
    wrong = {**_ALWAYS, **_SERVER, **(_WITH_KEY if scope is not None else {})}
    wrong |= _ASKING if scope == "ask" else {}
    wrong |= _NAMED if "{" in path else {}
    wrong |= _BODY if "requestBody" in operation else {}
    for number, title in sorted(wrong.items()):
        told = {**described_problem(title), "headers": headers}
        responses.setdefault(str(number), told)
    if path in examples():
        responses["200"]["content"]["application/json"]["example"] = examples()[path]


@cache
def examples() -> Mapping[str, Any]:
    """An answer for each route that asks."""
    found: dict[str, Any] = json.loads(_EXAMPLES.read_text(encoding="utf-8"))
    return found


def _problem() -> dict[str, Any]:
    texts = ("title", "detail", "instance", "expected", "seen", "remedy")
    parameter = {"name": {"type": "string"}, "why": {"type": "string"}}
    return {
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {
            "type": {"type": "string", "description": "the address of a page of this door"},
            "status": {"type": "integer"},
            **{name: {"type": "string"} for name in texts},
            "parameters": {
                "type": "array",
                "items": {"type": "object", "properties": parameter, "required": [*parameter]},
            },
        },
    }
