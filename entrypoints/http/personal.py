"""Answers as whoever asked may read them: see ``application.access.personal``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from fastapi import Request

from application.access import personal
from application.access.principals import Principal
from entrypoints.http.door import Door, door_of


def as_read(request: Request, who: Principal, answer: Any) -> Any:
    """An answer, or a list of them, without the personal fields that somebody may not read; with a
    record of it where they may."""
    door = door_of(request)
    return personal.shown(answer, _reader(request, who, door), _store(door))


def message_as_read(request: Request, message: Mapping[str, Any]) -> Any:
    """As ``as_read``, of a message in quarantine, for who was let in."""
    door, who = door_of(request), cast("Principal", request.state.principal)
    return personal.message_shown(message, _reader(request, who, door), _store(door))


def _store(door: Door) -> Any:
    return None if door.access is None else door.access.store


def _reader(request: Request, who: Principal, door: Door) -> personal.Reader:
    query = f"?{request.url.query}" if request.url.query else ""
    return personal.Reader(who, f"{request.method} {request.url.path}{query}", door.clock())
