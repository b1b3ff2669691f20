"""What went wrong, in the one shape that it has at this door: ``application/problem+json``
(RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

from application.errors import BeingBuilt, NoHome, UnfitTopic, WrongSettings
from domain.errors import Problem, Unavailable, Unknown, Wrong, place_of, worded
from entrypoints.http.remedies import remedy_of, words_of

MEDIA_TYPE = "application/problem+json"

#: So much of the name of a parameter is shown.
_SHOWN = 100

_LOG = logging.getLogger("pledger.http")


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


def described_problem(title: str) -> dict[str, Any]:
    """How a refusal is described where a route is."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": title, "content": content}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals that are a route's own, by their status."""
    return {status: described_problem(HTTPStatus(status).phrase) for status in statuses}


def answer(request: Request, error: Problem) -> JSONResponse:
    """A problem as this door tells it."""
    refused = as_refused(error)
    content = content_of(refused, _as_sent(request))
    return JSONResponse(content, refused.status, refused.headers, MEDIA_TYPE)


def content_of(refused: Refused, instance: str) -> dict[str, Any]:
    """What is told of a refusal, at the path that was asked for."""
    remedy = remedy_of(refused)
    return {
        "type": f"/problems/{refused.kind}",
        "title": HTTPStatus(refused.status).phrase,
        "status": refused.status,
        "detail": f"expected {refused.expected}, saw {refused.seen}",
        "instance": instance,
        "expected": refused.expected,
        "seen": refused.seen,
        **({"remedy": remedy} if remedy else {}),
        **refused.more,
    }


def _as_sent(request: Request) -> str:
    """The path of a request, without its parameters."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.decode("ascii", "replace")


#: What a status of the framework's own means here: its kind, what was expected, and what was seen.
_STATUSES: Mapping[int, tuple[str, str, str]] = {
    400: ("wrong", "a body that can be read", "one that can't"),
    404: ("unknown", "an address of this door", "none of them"),
    405: ("method", "a method that this address has", "another one"),
    413: ("too-large", "a smaller body", "one beyond the limit"),
}


def of_status(status: int, allowed: Sequence[str]) -> Refused:
    """What the framework refuses, by its status; ``allowed`` are the methods of the address."""
    known = _STATUSES.get(status, ("fault", "all to go well", "a request that can't be answered"))
    kind, expected, seen = known
    headers = {"Allow": ", ".join(allowed)} if status == 405 else {}
    remedy = {
        404: "GET /openapi.json lists them",
        405: f"use {' or '.join(allowed)}",
        413: "send it in parts",
    }
    return Refused(status, kind, expected, seen, remedy.get(status, ""), headers=headers)


def of_parameters(error: RequestValidationError) -> Refused:
    """What is wrong with the parameters of an address, each with its reason."""
    return wrong_parameters(
        [{"name": _name(each)[:_SHOWN], "why": _why(each)} for each in error.errors()]
    )


def wrong_parameters(wrong: Sequence[Mapping[str, str]]) -> Refused:
    """The refusal of parameters, each with its ``name`` and ``why``."""
    seen = f"{wrong[0]['name']!r}" if len(wrong) == 1 else f"{len(wrong)} that are not so"
    return Refused(
        400,
        "parameters",
        "parameters that this address has, with values that they can have",
        seen,
        "mend what 'parameters' names",
        more={"parameters": wrong},
    )


def _name(each: Mapping[str, Any]) -> str:
    """Which parameter is wrong: the body, where all of it is, or it ceases to be JSON."""
    whole, *parts = each["loc"]
    return str(whole if each["type"] == "json_invalid" or not parts else parts[0])


def _why(each: Mapping[str, Any]) -> str:
    """What is wrong with one parameter. What the reader of it says is in our words; of others, the
    words name what was expected alone."""
    cause = each.get("ctx", {}).get("error")
    if isinstance(cause, Problem):
        return cause.worded(words_of)
    match each["type"]:
        case "extra_forbidden":
            return "expected a parameter of this address, saw another one; leave it out"
        case "missing":
            return "expected it, saw a request without it; add it"
        case "literal_error":
            return f"expected {each['ctx']['expected']}, saw something else"
        case kind:
            return f"expected another kind of value ({kind})"


def fault(error: Exception) -> Refused:
    """An error that should not have happened: who asks learns no more of it than that, and who runs
    the door where it was raised. Its message may quote a person's data, and is told to nobody."""
    _LOG.error("a fault: %s", place_of(error))
    return Refused(
        500,
        "fault",
        "all to go well",
        "a fault of this program",
        "tell whoever runs this door the X-Request-Id",
    )


def as_refused(error: Problem) -> Refused:
    """A problem with its status and its kind. Of what is wrong with the request, all is told. What
    is the matter with the home may name paths and servers, and is for who runs the door."""
    match error:
        case Refused():
            return error
        case NoHome() | WrongSettings() | UnfitTopic() | Unavailable():
            return _unavailable(error)
        case Unknown():
            status, kind = 404, "unknown"
        case Wrong():
            status, kind = 400, "wrong"
        case _:
            _LOG.error("the home: %s", error.worded(words_of))
            return Refused(
                500,
                "fault",
                "a home that can answer",
                "one that can't, until somebody has seen to it",
                "tell whoever runs this door: its log says what to do",
            )
    notes = [worded(note, words_of) for note in getattr(error, "__notes__", ())]
    more = {"notes": notes} if notes else {}
    return Refused(status, kind, error.expected, error.seen, error.remedy, more=more)


def _unavailable(error: Problem) -> Refused:
    if isinstance(error, BeingBuilt):
        told = error.expected, error.seen, error.remedy
        return Refused(503, "unavailable", *told, headers={"Retry-After": "5"})
    _LOG.warning("not to be had: %s", error.worded(words_of))
    return Refused(
        503,
        "unavailable",
        "ledger and views to be had",
        "that others hold them, or that a server does not answer",
        "ask again in a moment",
        headers={"Retry-After": "1"},
    )
