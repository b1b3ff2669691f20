"""``/docs``: the description of this door for people, a plain page made of the same document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from entrypoints.http.openapi import document
from entrypoints.http.plain_page import page
from entrypoints.http.scopes import needs

router = APIRouter(tags=["door"])


@router.get("/docs", response_class=HTMLResponse, dependencies=[needs(None)])
async def reference(request: Request) -> HTMLResponse:
    """The routes of this door, for people."""
    return page("Pledger: the HTTP API", "\n".join(_body(document(request.app))))


def _body(found: Mapping[str, Any]) -> Iterator[str]:
    paragraphs = found["info"]["description"].strip().split("\n\n")
    yield from (f"<p>{escape(text)}</p>" for text in paragraphs)
    yield '<p>For programs: <a href="/openapi.json">/openapi.json</a>.</p>'
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            yield from _operation(f"{method.upper()} {path}", operation)


def _operation(name: str, operation: Mapping[str, Any]) -> Iterator[str]:
    scope = operation.get("x-scope")
    yield f"<h2><code>{escape(name)}</code></h2>"
    yield f"<p>{escape(operation.get('description', ''))}</p>"
    yield f"<p>Scope: {escape(scope) if scope else 'none'}.</p>"
    if parameters := operation.get("parameters"):
        yield "<table><tr><th>Parameter</th><th>In</th><th>What it says</th></tr>"
        yield from map(_parameter, parameters)
        yield "</table>"


def _parameter(one: Mapping[str, Any]) -> str:
    required = " (required)" if one.get("required") else ""
    cells = (one["name"] + required, one["in"], one.get("description", ""))
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
