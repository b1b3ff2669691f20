"""Pages from templates: one layout, one stylesheet, and the policy that nothing else is loaded."""

from __future__ import annotations

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

from application.errors import BeingBuilt
from domain.errors import Problem
from entrypoints.http.problems import Refused, as_refused, of_parameters
from entrypoints.pages.language import CODES
from entrypoints.pages.messages import remedy, told
from entrypoints.pages.visit import (
    LANGUAGE_COOKIE,
    NothingKnown,
    Place,
    Visit,
    language_of,
    place_of,
)
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
    environment.globals["told"] = told
    return environment


def rendered(visit: Visit, template: str, *, status: int = 200, **values: object) -> Response:
    """A page of ``values``, in the visitor's language."""
    return _page(template, visit, {"visit": visit, **values}, status)


def framed(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    """A page that is about no home, in the frame of all others."""
    return _page(template, place_of(request), {"visit": None, **values}, status)


def _in_its_frame(request: Request, template: str, status: int, **values: object) -> Response:
    """A page in the place of the one that was asked for: with the two times and the search of that
    one, where its visit has begun."""
    visit: Visit | None = getattr(request.state, "visit", None)
    return _page(template, visit or place_of(request), {"visit": visit, **values}, status)


def _page(template: str, place: Place, values: Mapping[str, object], status: int) -> Response:
    language = place.language
    frame = {"place": place, "language": language, "say": language.say, "codes": CODES}
    text = _templates().get_template(template).render(**frame, status=status, **values)
    headers = {"Content-Security-Policy": POLICY, "Vary": "Accept-Language, Cookie"}
    response = HTMLResponse(text, status, headers)
    if place.chosen in CODES:
        response.set_cookie(
            LANGUAGE_COOKIE, place.chosen, max_age=_YEAR_S, httponly=True, samesite="lax"
        )
    return response


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
                return problem_page(request, refused)
            except Problem as problem:
                return problem_page(request, problem)
            except NothingKnown as nothing:
                return _in_its_frame(request, "nothing_known.html", 200, first=nothing.first)
            except RequestValidationError as error:
                return problem_page(request, of_parameters(error))

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


def problem_page(request: Request, problem: Problem) -> Response:
    """A problem as a page, with the status that it has at this door."""
    refused, language = as_refused(problem), language_of(request)
    if isinstance(problem, BeingBuilt):
        response = framed(request, "being_built.html", status=refused.status, built=problem)
    else:
        why = refused.more.get("parameters", ())
        response = _in_its_frame(
            request,
            "problem.html",
            refused.status,
            expected=told(refused.expected, language),
            seen=told(refused.seen, language),
            remedy=remedy(refused, language),
            parameters=[(one["name"], told(one["why"], language)) for one in why],
        )
    if "Retry-After" in refused.headers:
        response.headers["Retry-After"] = refused.headers["Retry-After"]
    if _is_scripted(request):
        response.headers["HX-Retarget"] = "body"  # and not the part of the page that was asked for
        response.headers["HX-Reswap"] = "innerHTML"
    return response
