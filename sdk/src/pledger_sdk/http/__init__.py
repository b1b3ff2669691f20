"""Ask, emit and decide at the HTTP door of a home: ``pip install pledger-sdk[http]``.

from pledger_sdk.http import Client

with Client("http://127.0.0.1:8321") as door:  # the key is in PLEDGER_KEY
    print(door.promises(by=["department"]).kept_rate["agreed"].rate)
"""

from __future__ import annotations

from pledger_sdk.http.async_client import AsyncClient
from pledger_sdk.http.async_emitter import AsyncEmitter
from pledger_sdk.http.client import Client
from pledger_sdk.http.emitter import Emitter
from pledger_sdk.http.errors import (
    Busy,
    Conflict,
    Declined,
    DoorAway,
    DoorError,
    Fault,
    Forbidden,
    NoDoor,
    NotFound,
    NotKeptAsFact,
    NotLetIn,
    NotYet,
    Outdated,
    StreamBroken,
    TooLarge,
    WrongRequest,
)
from pledger_sdk.http.retries import Retries

__all__ = [
    "AsyncClient",
    "AsyncEmitter",
    "Busy",
    "Client",
    "Conflict",
    "Declined",
    "DoorAway",
    "DoorError",
    "Emitter",
    "Fault",
    "Forbidden",
    "NoDoor",
    "NotFound",
    "NotKeptAsFact",
    "NotLetIn",
    "NotYet",
    "Outdated",
    "Retries",
    "StreamBroken",
    "TooLarge",
    "WrongRequest",
]
