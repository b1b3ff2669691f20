"""What a request must be allowed, route by route."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request

from application.access.principals import Principal, Scope
from entrypoints.http.door import door_of
from entrypoints.http.problems import Refused
from entrypoints.http.quotas import Quotas

#: Who comes to a route that needs no scope.
ANYBODY = Principal("anybody", frozenset())


class Needs:
    """A route's scope; None where anybody may come. Every route has one: a test walks them all."""

    def __init__(self, scope: Scope | None) -> None:
        self.scope = scope

    def __call__(self, request: Request) -> Principal:
        """Who sent a request. Raises ``Refused``: 401 where nobody that is known, 403 where they
        may not."""
        quotas: Quotas = request.app.state.quotas
        if self.scope is None:
            quotas.spend(request, _address(request))
            return ANYBODY
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = None
        if scheme.lower() == "bearer" and token:
            known = door_of(request).callers.bearer(token)
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
        return known


def _address(request: Request) -> str:
    """Where a request came from that gave no key."""
    return f"address {request.client.host if request.client else ''}"


def needs(scope: Scope | None) -> Any:
    """A route's dependency on a scope, which gives the route its ``Principal``."""
    return Depends(Needs(scope))
