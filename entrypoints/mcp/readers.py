"""Who asks."""

from __future__ import annotations

from collections.abc import Callable

from application.access.keys import KeyHolders
from application.access.principals import Principal
from domain.errors import Wrong

#: Who asks, found anew with each call. Raises ``Wrong``.
Reader = Callable[[], Principal]


def local() -> Principal:
    """Who runs the command, who may read all but what is personal."""
    return Principal("local:mcp", frozenset({"ask"}))


def holder_of(holders: KeyHolders, token: str, place: str) -> Reader:
    """Whose key it is. One that expires, or is revoked, opens nothing from then on. ``place`` is
    where the key was read from."""

    def reader() -> Principal:
        known = holders.whose(token)
        if known is None or not known.may("ask"):
            raise Wrong(
                f"a key with the scope 'ask' in {place}",
                "one that is not known, or good no more" if known is None else "one without it",
                "ask for one: {key create}",
            )
        return known

    return reader
