"""All pages of the door, and the files that they load."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from entrypoints.http.scopes import needs
from entrypoints.pages.routes import (
    commitments,
    customers,
    families,
    metrics,
    operations,
    our_word,
    suspense,
    today,
)

_STATIC = StaticFiles(directory=Path(__file__).with_name("static"))

#: The modules with the routes of pages.
PAGES = (our_word, today, commitments, customers, families, metrics, suspense, operations)

_files = APIRouter(dependencies=[needs(None)])


def add_pages(app: FastAPI) -> None:
    """Have an application serve the pages, too."""
    for module in PAGES:
        app.include_router(module.router, include_in_schema=False)
    app.include_router(_files, include_in_schema=False)


@_files.get("/static/{name}")
async def static(request: Request, name: str) -> Response:
    """A file that pages load. A browser keeps it, and asks whether it is still so."""
    found = await _STATIC.get_response(name, request.scope)
    found.headers["Cache-Control"] = "no-cache"
    return found
