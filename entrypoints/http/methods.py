"""Which methods a path has."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send


def allowed(app: FastAPI, scope: Scope) -> list[str]:
    """The methods of a path, sorted; none where there is no such path."""
    found = {
        method
        for route in iter_route_contexts(app.routes)
        if route.original_route.matches(scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
    if "GET" in found:
        found.add("HEAD")
    return sorted({*found, "OPTIONS"}) if found else []


class Options:
    """Answers ``OPTIONS`` with the methods of a path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            methods = allowed(scope["app"], scope)
            if methods:
                headers = {"Allow": ", ".join(methods)}
                await Response(status_code=204, headers=headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)
