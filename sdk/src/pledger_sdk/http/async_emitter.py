"""The emitter over HTTP, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self, Unpack
from uuid import UUID

from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk.context import Cause
from pledger_sdk.delivery import Delivery
from pledger_sdk.facts import Body
from pledger_sdk.http.emitter import Emitter, Settings
from pledger_sdk.outgoing import Status
from pledger_sdk.sealing import Said


class AsyncEmitter:
    """As ``Emitter``, with the same arguments, for asyncio. The outbox is a file, and a courier's
    thread empties it, whoever emits: here a thread waits for the disk, and the loop goes on.

    A delivery can be awaited: ``report = await delivery``. What is cancelled while it emits may be
    kept or not. ``on_delivery`` is called from the courier's thread. ``http`` is an
    ``httpx2.Client``: it is the courier's.
    """

    def __init__(self, address: str, **settings: Unpack[Settings]) -> None:
        self._emitter = Emitter(address, **settings)

    @property
    def source(self) -> str:
        """The source of this emitter's facts."""
        return self._emitter.source

    def seal(self, body: Body, **said: Unpack[Said]) -> EventData:
        """See ``Emitter``."""
        return self._emitter.seal(body, **said)

    def caused_by(self, cause: Cause | UUID | str) -> AbstractContextManager[None]:
        """See ``Emitter``."""
        return self._emitter.caused_by(cause)

    def status(self) -> Status:
        """See ``Emitter``."""
        return self._emitter.status()

    async def emit(self, body: Body, **said: Unpack[Said]) -> Delivery:
        """See ``Emitter``."""
        return await asyncio.to_thread(self._emitter.emit, body, **said)

    async def emit_all(self, facts: Sequence[EventData]) -> list[Delivery]:
        """See ``Emitter``."""
        return await asyncio.to_thread(self._emitter.emit_all, facts)

    async def flush(self, timeout: float | None = None) -> int:  # noqa: ASYNC109 -- as Emitter's
        """See ``Emitter``."""
        return await asyncio.to_thread(self._emitter.flush, timeout)

    async def close(self, timeout: float = 10.0) -> int:  # noqa: ASYNC109 -- as Emitter's
        """See ``Emitter``."""
        return await asyncio.to_thread(self._emitter.close, timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self._emitter.__exit__, kind, error, trace)

    def __repr__(self) -> str:
        return repr(self._emitter).replace("<Emitter", f"<{self.__class__.__name__}", 1)
