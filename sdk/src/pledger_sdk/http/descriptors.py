"""Methods that are written once for both clients: as the request that they send.

A method that is decorated so is called like any other. What it returns is a request, and which
client one calls it on says what comes of it: ``Client`` sends it and gives the answer,
``AsyncClient`` gives something to await.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from pledger_sdk.http.requests import Page, Request

if TYPE_CHECKING:
    from pledger_sdk.http.async_client import AsyncClient
    from pledger_sdk.http.client import Client

P = ParamSpec("P")
T = TypeVar("T")


class Asks(Generic[P, T]):
    """A method whose request is answered at once."""

    def __init__(self, request: Callable[Concatenate[Any, P], Request[T]]) -> None:
        self._request = request
        self.__doc__ = request.__doc__

    @overload
    def __get__(self, client: Client, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, client: None, owner: type) -> Callable[Concatenate[Any, P], Request[T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self._request

        @wraps(self._request)
        def method(*given: P.args, **named: P.kwargs) -> Any:
            return client._ask(self._request(client, *given, **named))  # noqa: SLF001 -- its own

        return method


class Lists(Generic[P, T]):
    """A method whose request is for the first page of a list: the others are fetched when they are
    needed."""

    def __init__(self, request: Callable[Concatenate[Any, P], Request[Page[T]]]) -> None:
        self._request = request
        self.__doc__ = request.__doc__

    @overload
    def __get__(self, client: Client, owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, client: AsyncClient, owner: type) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(
        self, client: None, owner: type
    ) -> Callable[Concatenate[Any, P], Request[Page[T]]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        if client is None:
            return self._request

        @wraps(self._request)
        def method(*given: P.args, **named: P.kwargs) -> Any:
            return client._all(self._request(client, *given, **named))  # noqa: SLF001 -- its own

        return method
