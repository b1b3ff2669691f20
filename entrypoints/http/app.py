"""The application that serves one home."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse

from domain.errors import Problem
from entrypoints.http.door import Door
from entrypoints.http.problems import answer


def application(door: Door) -> FastAPI:
    """What a server such as uvicorn runs."""
    app = FastAPI(title="Pledger", version="0.1.0", docs_url=None, redoc_url=None)
    app.state.door = door
    app.add_exception_handler(Problem, _problem)
    return app


def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - it is what the handler is for
    return answer(request, error)
