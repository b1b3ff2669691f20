"""Pages from templates: one layout, one stylesheet, and the policy that nothing else is loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from domain.errors import Problem
from entrypoints.http.problems import Refused, answer, of_parameters
from entrypoints.pages.language import CODES, Language
from entrypoints.pages.visit import LANGUAGE_COOKIE, Visit, language_of
from entrypoints.terminal.format import plain

_HERE = Path(__file__).parent

#: What a page may load: its stylesheet, its script, and answers of this door. Nothing inline.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: A chosen language is kept for a year.
_YEAR_S = 31_536_000


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # What came in a fact must not steer a reader's eye, either.
    environment.filters["plain"] = plain
    return environment


def rendered(visit: Visit, template: str, *, status: int = 200, **values: object) -> Response:
    """A page of ``values``, in the visitor's language."""
    response = _text(template, visit.language, {"visit": visit, **values}, status)
    if visit.chosen in CODES:
        response.set_cookie(
            LANGUAGE_COOKIE, visit.chosen, max_age=_YEAR_S, httponly=True, samesite="lax"
        )
    return response


def _text(template: str, spoken: Language, values: Mapping[str, object], status: int) -> Response:
    text = (
        _templates()
        .get_template(template)
        .render(language=spoken, say=spoken.say, codes=CODES, status=status, **values)
    )
    headers = {"Content-Security-Policy": POLICY, "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(text, status, headers)


class PageRoute(APIRoute):
    """A route whose problems are pages, too. Who does not ask for a page may mean something else of
    the same address: what Prometheus reads has that of the metrics."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the route is meant, as other routes tell it."""
        if self.path == "/metrics" and "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, around which problems are caught."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except Refused as refused:
                if refused.status == 401:
                    raise  # whom a browser has no session of is sent to log in
                return _problem(request, refused)
            except Problem as problem:
                return _problem(request, problem)
            except RequestValidationError as error:
                return _problem(request, of_parameters(error))

        return handle


def _problem(request: Request, problem: Problem) -> Response:
    """A problem as a page, with the status that it has at this door."""
    told = answer(request, problem)
    kept = {name: told.headers[name] for name in ("retry-after",) if name in told.headers}
    response = _text(
        "problem.html",
        language_of(request),
        {"visit": None, "told": json.loads(bytes(told.body))},
        told.status_code,
    )
    response.headers.update(kept)
    return response
