"""The emitter of a service without a Kafka client: the outbox, and a door behind it."""

from __future__ import annotations

import time as clocks
from collections.abc import Callable
from pathlib import Path
from typing import Required, TypedDict

import httpx2

from pledger_sdk.delivery import Report
from pledger_sdk.emitter import Emitting
from pledger_sdk.http.client import Client
from pledger_sdk.http.courier import DoorCourier
from pledger_sdk.http.retries import Retries
from pledger_sdk.outbox import Outbox
from pledger_sdk.sealing import Sealer
from pledger_sdk.settings import expect_bounds, outbox_file


class Settings(TypedDict, total=False):
    """What may be said beside the address: see ``Emitter``."""

    source: Required[str]
    key: str | None
    http: httpx2.Client | None
    outbox: Path | str | None
    max_facts: int
    max_bytes: int
    patience: float
    fsync: bool
    on_delivery: Callable[[Report], object] | None
    clock: Callable[[], int]


class Emitter(Emitting):
    """Emits the facts of one source over HTTP, as ``pledger_sdk.Emitter`` does to Kafka: what was
    emitted is in the outbox, and goes when the door is there.

    - ``address``, ``key``, ``http``: as of ``Client``.
    - ``source``: ``/department/system``; the key must speak for the department.
    - ``outbox``, ``max_facts``, ``max_bytes``, ``patience``, ``fsync``, ``on_delivery``, ``clock``:
      as of ``pledger_sdk.Emitter``.

    A door that is away is no error here. Raises ``Refused`` for settings that can't be used,
    ``OutboxInUse``, ``OutboxTrouble``.
    """

    def __init__(
        self,
        address: str,
        *,
        source: str,
        key: str | None = None,
        http: httpx2.Client | None = None,
        outbox: Path | str | None = None,
        max_facts: int = 100_000,
        max_bytes: int = 256 * 1024 * 1024,
        patience: float = 1.0,
        fsync: bool = True,
        on_delivery: Callable[[Report], object] | None = None,
        clock: Callable[[], int] = clocks.time_ns,
    ) -> None:
        expect_bounds(max_facts, max_bytes, patience)
        path = outbox_file(outbox)
        self._sealer = Sealer(source, clock)
        # The courier itself tries again, for as long as it takes.
        client = Client(address, key=key, http=http, retries=Retries(attempts=1))
        self._client = client
        kept = Outbox(path, max_facts, max_bytes, fsync=fsync)
        super().__init__(kept, DoorCourier(kept, client, on_delivery), patience)

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} to {self._client!r}>"
