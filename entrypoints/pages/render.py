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
from starlette.responses import HTMLResponse, RedirectResponse, Response
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
                    return _to_page(request, refused)
                return _problem(request, refused)
            except Problem as problem:
                return _problem(request, problem)
            except RequestValidationError as error:
                return _problem(request, of_parameters(error))

        return handle


def _to_page(request: Request, refused: Refused) -> Response:
    """Whose session has ended is sent to the page that they acted on, and from there to log in."""
    query = f"?{request.url.query}" if request.url.query else ""
    here = f"{request.url.path}{query}"
    if _is_scripted(request):
        return Response(status_code=401, headers={"HX-Redirect": here})
    if request.method == "GET" or "text/html" not in request.headers.get("accept", ""):
        raise refused
    return RedirectResponse(here, 303)


def _is_scripted(request: Request) -> bool:
    return "hx-request" in request.headers


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
    if _is_scripted(request):
        response.headers["HX-Retarget"] = "body"  # and not the part of the page that was asked for
        response.headers["HX-Reswap"] = "innerHTML"
    return response
