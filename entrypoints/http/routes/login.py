"""Logging in and out, for people: a session by a ticket, by a key, or by the issuer's own login."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from application.access.sessions import form_token, is_form_token
from application.access.tokens import new_token
from entrypoints.http.callers import Access
from entrypoints.http.door import AtDoor, Door, door_of
from entrypoints.http.oidc import Tokens
from entrypoints.http.problems import Refused
from entrypoints.http.scopes import needs
from entrypoints.http.sessions import (
    FORM_FIELD,
    LOGIN_COOKIE,
    SESSION_COOKIE,
    OfferedToken,
    forget_session,
    keep_login,
    keep_session,
    token_for_forms,
)
from entrypoints.pages.render import POLICY, framed

router = APIRouter(include_in_schema=False, dependencies=[needs(None)])

_HEADERS = {"Content-Security-Policy": POLICY}

#: What may be wrong with a login, as the page says it.
Wrong = Literal["", "used_up", "no_key", "no_login"]


@router.get("/login")
def log_in(request: Request, door: AtDoor, ticket: str = "", next: str = "/") -> Response:  # noqa: A002
    """A session for a ticket; without one, the page by which one logs in."""
    access = _access(door)
    if not ticket or request.state.head:  # which uses no ticket up
        return _page(request, access, next)
    session = access.sessions.redeem(ticket)
    if session is None:
        return _page(request, access, next, "used_up")
    return _welcomed(request, session, next)


@router.post("/login")
def log_in_by_key(
    request: Request,
    door: AtDoor,
    offered: OfferedToken,
    key: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """A session for a key, which lasts no longer than the key."""
    access, secret = _access(door), request.cookies.get(LOGIN_COOKIE)
    if secret is None or offered is None or not is_form_token(offered, secret):
        return _page(request, access, next, "no_login")
    known = access.keys.found(key.strip())
    if known is None:
        return _page(request, access, next, "no_key")
    who, until = known
    return _welcomed(request, access.sessions.begin(who, until), next)


@router.get("/login/issuer")
def log_in_elsewhere(request: Request, door: AtDoor, next: str = "/") -> Response:  # noqa: A002
    """On to the issuer's own login."""
    access = _access(door)
    tokens, secret = _tokens(access), new_token("", access.chance)
    going = RedirectResponse(tokens.login(secret, _callback(request), local(next)), 303, _HEADERS)
    keep_login(going, request, secret)
    return going


@router.get("/login/callback")
def log_in_from_elsewhere(
    request: Request, door: AtDoor, code: str = "", state: str = ""
) -> Response:
    """A session for who comes back from the issuer's login."""
    access, secret = _access(door), request.cookies.get(LOGIN_COOKIE)
    onward, who = local(state.partition(".")[2]), None
    if secret is not None and code:
        who = _tokens(access).logged_in(secret, _callback(request), code, state)
    if who is None:
        return _page(request, access, onward, "no_login")
    return _welcomed(request, access.sessions.begin(who), onward)


@router.get("/logout")
def leaving(request: Request) -> Response:
    """The page by which one logs out."""
    return _html(request, "logout.html", 200, token=token_for_forms(request))


@router.post("/logout")
def log_out(request: Request, door: AtDoor, offered: OfferedToken) -> Response:
    """End the session of this browser."""
    session = request.cookies.get(SESSION_COOKIE)
    if session is not None and offered is not None and is_form_token(offered, session):
        _access(door).sessions.end(session)
    else:
        return _html(request, "logout.html", 403, token=token_for_forms(request))
    left = RedirectResponse("/login", 303, _HEADERS)
    forget_session(left)
    return left


def local(path: str) -> str:
    """A path of this door to go on to; its front page in the place of any other address."""
    ours = path.startswith("/") and path.isprintable() and "\\" not in path
    return path if ours and not path.startswith(("//", "/login", "/logout")) else "/"


def is_for_page(request: Request) -> bool:
    """Whether a browser asks for a page, of a door at which one can log in."""
    wanted = "text/html" in request.headers.get("accept", "")
    return wanted and request.method == "GET" and door_of(request).access is not None


def to_login(request: Request) -> Response:
    """Where a browser without a session is sent, and comes back from."""
    query = f"?{request.url.query}" if request.url.query else ""
    there = quote(f"{request.url.path}{query}", safe="/")
    return RedirectResponse(f"/login?next={there}", 303)


def _access(door: Door) -> Access:
    if door.access is None:
        raise Refused(404, "unknown", "a page of this door", "none: it keeps no sessions")
    return door.access


def _tokens(access: Access) -> Tokens:
    if access.tokens is None or access.tokens.issuer.oidc.client_id is None:
        raise Refused(
            404, "unknown", "an issuer at which people log in", "that none is named in access.toml"
        )
    return access.tokens


def _callback(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/login/callback"


def _welcomed(request: Request, session: str, onward: str) -> Response:
    going = RedirectResponse(local(onward), 303, _HEADERS)
    keep_session(going, request, session)
    return going


def _page(request: Request, access: Access, onward: str, wrong: Wrong = "") -> Response:
    """The page by which one logs in, with what went wrong before. Its form is of this browser."""
    secret = request.cookies.get(LOGIN_COOKIE) or new_token("", access.chance)
    tokens = access.tokens
    page = _html(
        request,
        "login.html",
        401 if wrong else 200,
        wrong=wrong,
        onward=local(onward),
        token=form_token(secret),
        issuer=tokens is not None and tokens.issuer.oidc.client_id is not None,
    )
    keep_login(page, request, secret)
    return page


def _html(request: Request, name: str, status: int, **values: object) -> Response:
    return framed(request, name, status=status, field=FORM_FIELD, **values)
