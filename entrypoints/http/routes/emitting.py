"""``POST /v1/facts``: events in, receipts out, in each of the three forms that CloudEvents has."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from application.access.principals import Principal
from application.cloudevents_json import (
    Event,
    Rejected,
    event_or_reason,
    in_parts,
    read_batch,
    read_binary,
    read_event,
)
from application.event_batch import (
    BATCH_EVENTS,
    FACT_LIMIT,
    Batch,
    Kept,
    Kind,
    Refusal,
    Sifted,
    kept,
    sift,
)
from entrypoints.http.bodies import elements, expect_shallow, expect_type
from entrypoints.http.door import AtDoor
from entrypoints.http.held_open import AtHand, ended
from entrypoints.http.parameters import Parameters
from entrypoints.http.problems import Refused, refusals
from entrypoints.http.scopes import needs

router = APIRouter(tags=["facts"])

ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
BINARY = "application/json"
#: In binary mode each attribute is a header whose name begins so.
PREFIX = "ce-"

#: The status and the kind of the problem, by why an event was not kept.
_PROBLEMS: dict[Kind, tuple[int, str]] = {
    "unreadable": (400, "wrong"),
    "wrong": (422, "rejected"),
    "forbidden": (403, "forbidden"),
    "conflict": (409, "conflict"),
}
_EVENT = {"type": "object", "description": "A CloudEvent, as docs/reference/facts.md has it."}
_OPENAPI = {
    "requestBody": {
        "required": True,
        "content": {
            ONE: {"schema": _EVENT},
            BATCH: {"schema": {"type": "array", "items": _EVENT, "maxItems": BATCH_EVENTS}},
            BINARY: {"schema": {"type": "object", "description": "The body of a fact."}},
        },
    }
}


class Emitting(Parameters):
    """How the facts of a request are to be kept."""

    all_or_nothing: bool = Field(False, description="write nothing if any event is refused")


@router.post("/v1/facts", openapi_extra=_OPENAPI, responses=refusals(409, 422))
async def emit(
    request: Request,
    who: Annotated[Principal, needs("emit")],
    how: Annotated[Emitting, Query()],
    door: AtDoor,
    at_hand: AtHand,
) -> JSONResponse:
    """Append facts, and answer with a receipt for each of them when they are durable."""
    form = _form(request)
    content = await request.body()

    def sifted() -> tuple[Batch, Sifted]:
        batch = Batch(
            events=_events(form, request.headers, content, door.limits.depth),
            departments=who.departments,
            all_or_nothing=how.all_or_nothing,
            traceparent=request.headers.get("traceparent"),
        )
        return batch, sift(batch)

    batch, found = await at_hand.workers.run(sifted)
    writing = at_hand.writer.submit([*found.facts.values()], all_or_nothing=how.all_or_nothing)
    return _answer(form, kept(batch, found, await ended(writing)), batch, len(content))


def _form(request: Request) -> str:
    """Which of the three forms a request has. Raises ``Refused``, 415, where it has none."""
    binary = any(name.startswith(PREFIX) for name in request.headers)
    return expect_type(request, ONE, BATCH, *((BINARY,) if binary else ()))


def _events(form: str, headers: Headers, content: bytes, depth: int) -> list[Event]:
    """What a request brings. Raises ``Refused`` where it is no batch, or one that is too large, or
    nested too deep."""
    if form != BATCH:
        expect_shallow(content, depth)
    if form == ONE:
        return [event_or_reason(read_event, content)]
    if form == BINARY:
        return [event_or_reason(lambda: read_binary(_attributes(headers), content))]
    events = read_batch(content)
    if events is None:
        return _one_by_one(content, depth)
    _expect_few(events)
    return events


def _one_by_one(content: bytes, depth: int) -> list[Event]:
    """The events of a batch in which something may be wrong."""
    texts = list(islice(elements(content), BATCH_EVENTS + 1))
    _expect_few(texts)
    for text in texts:
        # To count takes a fraction of the time, and next to none have so many.
        if text.count(b"{") + text.count(b"[") >= depth:
            expect_shallow(text, depth - 1)
    return [event_or_reason(read_event, text) for text in texts]


def _expect_few(events: Sequence[object]) -> None:
    if len(events) > BATCH_EVENTS:
        expected = f"at most {BATCH_EVENTS:,} events in a batch"
        raise Refused(413, "too-large", expected, "more", "send several batches")


def _attributes(headers: Headers) -> dict[str, str]:
    """The attributes in headers, whose values are percent-encoded UTF-8. Raises ``Rejected``."""
    found: dict[str, str] = {}
    for header, value in headers.items():
        if not header.startswith(PREFIX):
            continue
        name = header.removeprefix(PREFIX)
        if name in found:
            raise Rejected(f"expected each attribute once, saw one header {PREFIX}… twice")
        try:
            # As it came, byte for byte: whoever reads headers takes them for Latin-1.
            text = unquote(value.encode("latin-1").decode(), errors="strict")
        except UnicodeError:
            raise Rejected(
                "expected headers of percent-encoded UTF-8, saw one that is none"
            ) from None
        found[name] = text
    return found


def _answer(form: str, found: Kept, batch: Batch, size: int) -> JSONResponse:
    """What became of a request of so many bytes. Raises ``Refused`` where nothing of it was kept
    for what is wrong with it."""
    if form != BATCH and found.refused:
        raise _one_refused(found.refused[0], size)
    if batch.all_or_nothing and found.refused:
        raise _all_refused(found)
    if not found.receipts and {each.kind for each in found.refused} == {"forbidden"}:
        raise _one_refused(found.refused[0], 0)
    duplicates = sum(receipt["duplicate"] for receipt in found.receipts)
    answer = {
        "accepted": len(found.receipts) - duplicates,
        "duplicates": duplicates,
        "receipts": found.receipts,
        "rejected": _rejected(found.refused),
        "head": found.head,
    }
    return JSONResponse(answer)


def _rejected(refused: list[Refusal]) -> list[dict[str, Any]]:
    return [{"index": each.index, "id": each.id, "why": each.why} for each in refused]


def _one_refused(refusal: Refusal, size: int) -> Refused:
    """The refusal of a request for its one event, whose text has so many bytes."""
    status, kind = _PROBLEMS[refusal.kind]
    if size > FACT_LIMIT and status in {400, 422}:
        status, kind = 413, "too-large"
    return _refused(status, kind, refusal.why, rejected=_rejected([refusal]))


def _all_refused(found: Kept) -> Refused:
    """The refusal of a batch of which all was to be kept, or nothing."""
    expected, seen = "a batch of which all can be kept", f"{len(found.refused):,} that can't"
    return Refused(
        422,
        "rejected",
        expected,
        seen,
        "nothing was written: mend those, or send the batch without all_or_nothing",
        more={"rejected": _rejected(found.refused), "head": found.head},
    )


def _refused(status: int, kind: str, why: str, **more: Any) -> Refused:
    parts = in_parts(why)
    told = {"detail": why, **more}
    return Refused(status, kind, parts.expected, parts.seen, parts.remedy, more=told)
