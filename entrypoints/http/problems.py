"""What went wrong, in the one shape that it has at this door: ``application/problem+json``
(RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse

from domain.errors import Problem, Unavailable, Unknown, Wrong

MEDIA_TYPE = "application/problem+json"


class Refused(Wrong):
    """A request that this door refuses, with its status and the name of its kind, which has a page
    under ``/problems/``."""

    def __init__(
        self,
        status: int,
        kind: str,
        expected: str,
        seen: str,
        remedy: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(expected, seen, remedy)
        self.status = status
        self.kind = kind
        self.headers = headers or {}
        self.more = more or {}


def answer(request: Request, error: Problem) -> JSONResponse:
    """A problem as this door tells it."""
    refused = error if isinstance(error, Refused) else _refused(error)
    content = {
        "type": f"/problems/{refused.kind}",
        "title": HTTPStatus(refused.status).phrase,
        "status": refused.status,
        "detail": f"expected {refused.expected}, saw {refused.seen}",
        "instance": request.url.path,
        "expected": refused.expected,
        "seen": refused.seen,
        **({"remedy": refused.remedy} if refused.remedy else {}),
        **refused.more,
    }
    return JSONResponse(content, refused.status, refused.headers, MEDIA_TYPE)


def _refused(error: Problem) -> Refused:
    match error:
        case Unknown():
            status, kind = 404, "unknown"
        case Wrong():
            status, kind = 400, "wrong"
        case Unavailable():
            status, kind = 503, "unavailable"
        case _:
            status, kind = 500, "fault"
    headers = {"Retry-After": "1"} if status == 503 else {}
    return Refused(status, kind, error.expected, error.seen, error.remedy, headers=headers)
