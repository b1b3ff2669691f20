"""Sessions at this door: the cookies of a browser, and the token of its forms.

A cookie goes along with whatever makes a browser call, so it alone reads, and changes nothing: a
form carries a token besides, which only a page of the same session can tell.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from application.access.sessions import SESSION_LIFE, form_token

#: The cookie of a session, and that of a login on its way.
SESSION_COOKIE = "pledger_session"
LOGIN_COOKIE = "pledger_login"
#: How long a login may take, in seconds.
LOGIN_S = 600
#: The field of a form, and the header of a script's request, with the token.
FORM_FIELD = "form_token"
FORM_HEADER = "x-form-token"

#: Requests that change nothing.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

#: Files come by no form.
_FORM = "application/x-www-form-urlencoded"


async def offered_token(request: Request) -> str | None:
    """The token of the form that a request was sent by; None where it has none. A form is read for
    it only where a cookie came along."""
    given = request.headers.get(FORM_HEADER)
    if given is not None or request.method in SAFE_METHODS:
        return given
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM or not {SESSION_COOKIE, LOGIN_COOKIE} & request.cookies.keys():
        return None
    found = (await request.form()).get(FORM_FIELD)
    return found if isinstance(found, str) else None


#: What a dependency takes to have it.
OfferedToken = Annotated[str | None, Depends(offered_token)]


def token_for_forms(request: Request) -> str:
    """What the forms of a page carry, for a request that has a session."""
    return form_token(request.cookies.get(SESSION_COOKIE, ""))


def keep_session(response: Response, request: Request, session: str) -> None:
    """Give a browser a session."""
    _set(response, request, SESSION_COOKIE, session, int(SESSION_LIFE.total_seconds()), "/")
    forget_login(response)


def keep_login(response: Response, request: Request, secret: str) -> None:
    """Give a browser the secret of a login that it begins."""
    _set(response, request, LOGIN_COOKIE, secret, LOGIN_S, "/login")


def forget_session(response: Response) -> None:
    """Take the session from a browser."""
    response.delete_cookie(SESSION_COOKIE, path="/")


def forget_login(response: Response) -> None:
    """Take the secret of a login from a browser."""
    response.delete_cookie(LOGIN_COOKIE, path="/login")


def _set(
    response: Response, request: Request, name: str, value: str, seconds: int, path: str
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
