"""A page for each kind of problem, at the address that is its ``type``: what it means, and what to
do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from entrypoints.http.parameters import Id
from entrypoints.http.problems import Refused
from entrypoints.http.scopes import needs
from entrypoints.pages.messages import told
from entrypoints.pages.render import framed
from entrypoints.pages.visit import language_of


class Kind(NamedTuple):
    """A kind of problem: its title, what it means, and what to do about it, in sentences."""

    title: str
    means: str
    remedy: str


KINDS: Mapping[str, Kind] = {
    "busy": Kind(
        "Too much at once",
        "More requests are under way than this door takes at once. Nothing was done.",
        "Send the same again after the time in Retry-After, a little later each time.",
    ),
    "conflict": Kind(
        "Another fact has this id",
        "A fact of the same id and other content is in the ledger. A fact is never changed.",
        "Give the new fact an id of its own; retract the other one if it was wrong.",
    ),
    "fault": Kind(
        "A fault of this program",
        "Something went wrong that should not. The log of this door says where.",
        "Tell whoever runs this door the X-Request-Id of the answer. Asking again does no harm.",
    ),
    "forbidden": Kind(
        "The key does not allow this",
        "The key is known, and lacks the scope of this address or the department it speaks for.",
        "Ask whoever runs this door for a key that has it.",
    ),
    "forged": Kind(
        "Not from a page of this session",
        "What changes something from a browser carries a token of the page that it was sent by.",
        "Open the page again and send it from there. Programs send a key and no cookie.",
    ),
    "method": Kind(
        "Another method",
        "The address is there, and this is no method of it.",
        "Allow names those it has.",
    ),
    "not-acceptable": Kind(
        "Another media type",
        "The answer is of none of the media types that Accept names.",
        "Add one of those that the problem names to Accept, or leave Accept out.",
    ),
    "not-yet": Kind(
        "Not there yet",
        "The views do not hold the position in 'after' yet, and the time to wait is over.",
        "Ask again after the time in Retry-After, or wait longer: at most PT30S.",
    ),
    "origin": Kind(
        "A page from elsewhere",
        "A script of a page from another origin wants to send what this door takes from none, or"
        " not from there.",
        "Whoever runs this door names the origins from which scripts may call.",
    ),
    "parameters": Kind(
        "Wrong parameters",
        "A parameter is unknown at this address, is missing, is given twice, or has a value that it"
        " can't have.",
        "'parameters' names each one and why.",
    ),
    "precondition": Kind(
        "Another version",
        "What is to be changed has another version than If-Match says: somebody decided meanwhile.",
        "Look at it again, and decide anew.",
    ),
    "proxied": Kind(
        "Through a proxy that is not known of",
        "The request came through a proxy, and this door was started as one without. Cookies would"
        " go without TLS, and all clients of the proxy would count as one.",
        "Whoever runs this door starts it with --behind-proxy. Who calls it straight leaves out"
        " Forwarded, X-Forwarded-For, -Host and -Proto, and X-Real-IP.",
    ),
    "refused": Kind(
        "It would change nothing",
        "What is already so stands against the decision.",
        "'state' and 'since' say what is so; 'remedy' which decision leads on.",
    ),
    "rejected": Kind(
        "No fact",
        "What was sent is not a fact that can be kept. Nothing was written.",
        "The reason names what to mend. What else was sent with it can be sent again.",
    ),
    "request-timeout": Kind(
        "It came too slowly",
        "The request did not come whole in the time that this door gives it. Nothing was done.",
        "Send the same again in one go; send less at once over a slow line.",
    ),
    "too-large": Kind(
        "Too large",
        "The body is larger than this door takes.",
        "Send it in several requests; keep large content elsewhere and refer to it.",
    ),
    "too-long": Kind(
        "Too long",
        "The address or the header fields are longer than this door takes.",
        "Ask in several requests, or leave header fields out.",
    ),
    "too-many-requests": Kind(
        "Too many requests",
        "The quota of the key is used up. RateLimit says when it is whole again.",
        "Send the same again after the time in Retry-After.",
    ),
    "too-slow": Kind(
        "It takes too long",
        "The answer was not ready in time.",
        "Ask about less: a shorter period, fewer groups, a smaller page.",
    ),
    "unauthenticated": Kind(
        "Who are you?",
        "This address wants a key, and none that is known came with the request.",
        "Send one as 'Authorization: Bearer pk_…'. Whoever runs this door gives keys out.",
    ),
    "unavailable": Kind(
        "Not to be had at the moment",
        "Ledger or views are held by others for a while, or a server does not answer.",
        "Send the same again after the time in Retry-After.",
    ),
    "unknown": Kind(
        "Not there",
        "The address, or what it names, is not there: at the moment asked about, as far as it was"
        " known then.",
        "'remedy' says where to look; an id may be spelled in another way.",
    ),
    "unsupported-media-type": Kind(
        "A body of another kind",
        "The body is of a media type that this address does not take, or is compressed.",
        "The problem names those it takes: send one of them as it is, and name it in Content-Type.",
    ),
    "wrong": Kind(
        "The request is wrong",
        "The request can't be answered as it is; sending it again without a change is in vain.",
        "'expected', 'seen' and 'remedy' say what to change.",
    ),
}

router = APIRouter(prefix="/problems", tags=["problems"])


@router.get("", response_class=HTMLResponse, dependencies=[needs(None)])
async def problems(request: Request) -> Response:
    """The kinds of problems."""
    language = language_of(request)
    titles = {name: told(kind.title, language) for name, kind in KINDS.items()}
    return framed(request, "problem_kinds.html", titles=titles)


@router.get("/{name}", response_class=HTMLResponse, dependencies=[needs(None)])
async def problem(request: Request, name: Id) -> Response:
    """One kind of problem: what it means, and what to do."""
    kind = KINDS.get(name)
    if kind is None:
        raise Refused(404, "unknown", "a kind of problem", "none of them", "GET /problems")
    language = language_of(request)
    title, means, remedy = (told(text, language) for text in kind)
    return framed(request, "problem_kind.html", title=title, means=means, remedy=remedy)
