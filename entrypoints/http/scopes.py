"""What a request must be allowed, route by route."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request

from application.access.principals import Principal, Scope
from application.access.sessions import is_form_token
from domain.errors import Unavailable
from entrypoints.http.door import door_of
from entrypoints.http.once import expect_once
from entrypoints.http.problems import Refused
from entrypoints.http.quotas import Quotas
from entrypoints.http.sessions import SAFE_METHODS, SESSION_COOKIE, OfferedToken

#: Who comes to a route that needs no scope.
ANYBODY = Principal("anybody", frozenset())


class Needs:
    """A route's scope; None where anybody may come. Every route has one: a test walks them all."""

    def __init__(self, scope: Scope | None) -> None:
        self.scope = scope

    def __call__(self, request: Request, offered: OfferedToken) -> Principal:
        """Who sent a request: by their key or token, or by the session of their browser. Raises
        ``Refused``: 401 where nobody that is known, 403 where they may not."""
        quotas: Quotas = request.app.state.quotas
        if self.scope is None:
            quotas.spend(request, _address(request))
            expect_once(request)
            return ANYBODY
        known = _known(request, offered)
        quotas.spend(request, _address(request) if known is None else f"key {known.name}")
        if known is None:
            raise Refused(
                401,
                "unauthenticated",
                "a key that is known, as 'Authorization: Bearer pk_…'",
                "none, or one that is not",
                "ask for one: {key create}",
                headers={"WWW-Authenticate": 'Bearer realm="pledger"'},
            )
        if not known.may(self.scope):
            raise Refused(
                403,
                "forbidden",
                f"a key with the scope {self.scope!r}",
                "one without it",
                "ask for one that has it",
            )
        expect_once(request)
        request.state.principal = known  # for routes whose router declares the scope
        return known


def still_may(request: Request, scope: Scope) -> bool:
    """Whether who sent a request that reads may do so now: keys and sessions end, also while a long
    answer is under way."""
    try:
        known = _known(request, None)
    except Unavailable:  # who comes again is told so
        return False
    return known is not None and known.may(scope)


def _known(request: Request, offered: str | None) -> Principal | None:
    """Who sent a request; None where nobody that is known. A key that is shown counts alone."""
    door = door_of(request)
    given = request.headers.get("authorization")
    if given is not None:
        scheme, _, token = given.partition(" ")
        bears = scheme.lower() == "bearer" and token
        return door.callers.bearer(token) if bears else None
    session = request.cookies.get(SESSION_COOKIE)
    if session is None or door.access is None:
        return None
    known = door.access.sessions.whose(session)
    if known is not None and request.method not in SAFE_METHODS:
        _expect_own_form(offered, session)
    return known


def _expect_own_form(offered: str | None, session: str) -> None:
    if offered is None or not is_form_token(offered, session):
        raise Refused(
            403,
            "forged",
            "a form of a page of this session",
            "a request without its token, or with another",
            "open the page again and send it from there",
        )


def _address(request: Request) -> str:
    """Where a request came from that gave no key."""
    return f"address {request.client.host if request.client else ''}"


def needs(scope: Scope | None) -> Any:
    """A route's dependency on a scope, which gives the route its ``Principal``."""
    return Depends(Needs(scope))
