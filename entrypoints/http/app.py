"""The application that serves one home."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from domain.errors import Problem
from entrypoints.http import methods, openapi, problem_pages, reference_page
from entrypoints.http.door import Door
from entrypoints.http.gathered import Gathered
from entrypoints.http.guard import Guard
from entrypoints.http.held_open import HeldOpen
from entrypoints.http.origins import Origins
from entrypoints.http.problems import Refused, answer, of_parameters, of_status
from entrypoints.http.quotas import Quotas
from entrypoints.http.routes import (
    access_records,
    customers,
    deciding,
    emitting,
    facts,
    login,
    metrics,
    operating,
    promises,
    registry,
    running,
    worklist,
)
from entrypoints.http.telemetry import Counted, RequestNumbers
from entrypoints.http.working import Workers
from entrypoints.pages.render import problem_page
from entrypoints.pages.site import add_pages

#: ``/v1/due/stream`` before what might take its last part for an id.
ROUTERS = (
    worklist.router,
    promises.router,
    customers.router,
    facts.router,
    metrics.router,
    problem_pages.router,
    openapi.router,
    reference_page.router,
    access_records.router,
    login.router,
    deciding.router,
    operating.router,
    registry.router,
    running.router,
)


def application(door: Door) -> FastAPI:
    """What a server such as uvicorn runs."""
    app = FastAPI(
        title="Pledger",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.state.door = door
    app.state.limits = door.limits
    app.state.quotas = Quotas(door.limits)
    app.state.workers = workers = Workers(door.limits, door.home.interrupt)
    app.state.gathered = Gathered(workers)
    app.state.held_open = HeldOpen(door.home, workers)
    app.state.numbers = numbers = RequestNumbers()
    app.state.streams = 0
    app.state.closing = asyncio.Event()
    # Routes are tried one after the other, and services that emit ask most often.
    app.include_router(emitting.router)
    add_pages(app)  # before others, since a browser that asks for /metrics means the page
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _of_status)
    app.add_exception_handler(RequestValidationError, _of_parameters)
    app.add_middleware(methods.Options)
    if door.origins:
        app.add_middleware(Origins, **_cors(door))
    app.add_middleware(Guard, limits=door.limits, unproxied=door.unproxied)
    app.add_middleware(Counted, numbers=numbers)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.closing = asyncio.Event()  # each loop has its own
    yield
    app.state.closing.set()
    app.state.held_open.close()
    await app.state.workers.close()


def _cors(door: Door) -> dict[str, Any]:
    """What scripts of pages elsewhere may send and see. They bring a key, never a cookie."""
    return {
        "allow_origins": list(door.origins),
        "allow_methods": ["GET", "POST"],
        "allow_headers": [
            *("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"),
            *("Last-Event-ID", "Traceparent", "X-Request-Id"),
        ],
        "expose_headers": [
            *("ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"),
        ],
    }


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - it is what the handler is for
    if isinstance(error, Refused) and error.status == 401 and login.is_for_page(request):
        return login.to_login(request)
    return answer(request, error)


async def _of_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is what the handler is for
    refused = of_status(error.status_code, methods.allowed(request.app, request.scope))
    if login.is_for_page(request):
        return problem_page(request, refused)
    return answer(request, refused)


async def _of_parameters(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is what the handler is for
    return answer(request, of_parameters(error))
