"""The parameters of addresses: read by the readers of ``application.parameters``, a wrong one named
with its reason, an unknown one refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from fastapi import Depends, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from application import metrics, parameters
from application.errors import Wrong
from application.promise_keys import condition, group_key
from domain.durations import add, parse
from domain.positions import Reach
from domain.statuses import Status

#: The most elements of a page, and how many it has where nobody says.
MOST, USUAL = 1_000, 100
#: How long an answer waits for a position, where nobody says, and at the most.
PATIENCE, MOST_PATIENCE = timedelta(seconds=5), timedelta(seconds=30)
#: An instant near which no clock changes: a time to wait is time that passes.
_BEGIN = datetime.fromisoformat("2000-01-01T00:00:00+00:00")

_DURATION = (
    r"^P(?=.)([0-9]{1,3}Y)?([0-9]{1,3}M)?([0-9]{1,3}W)?([0-9]{1,3}D)?"
    r"(T(?=.)([0-9]{1,4}H)?([0-9]{1,4}M)?([0-9]{1,4}S)?)?$"
)


def _limit(text: str) -> int:
    found = parameters.count(text)
    if found > MOST:
        raise Wrong(f"a whole number up to {MOST:,}", f"{found:,}", "go on with after_cursor")
    return found


def _wait(text: str) -> timedelta:
    found = add(_BEGIN, parse(text)) - _BEGIN
    if found > MOST_PATIENCE:
        raise Wrong("a time to wait of at most PT30S", f"{text!r}", "ask again then")
    return found


def _duration(text: str) -> str:
    parse(text)
    return text


def _named(text: str) -> str:
    if not text:
        raise Wrong("some text", "none", "leave the parameter out, or say what is meant")
    return text


def described(kind: str, **schema: Any) -> WithJsonSchema:
    """How a parameter that a reader reads is described."""
    return WithJsonSchema({"type": kind, **schema})


Instant = Annotated[
    datetime,
    PlainValidator(parameters.instant),
    described("string", format="date-time", examples=["2026-03-01T00:00:00Z"]),
]
KnownAt = Annotated[
    Any,
    PlainValidator(parameters.known),
    described("string", description="an instant, or @ and a position", examples=["@12"]),
]
Position = Annotated[
    Any,
    PlainValidator(parameters.reach),
    described("string", description="as a receipt gives it", examples=["12", "0:12,1:7"]),
]
FromPosition = Annotated[
    int,
    PlainValidator(parameters.position),
    described("string", description="N, or PARTITION:N", examples=["1", "3:18"]),
]
Limit = Annotated[int, PlainValidator(_limit), described("integer", minimum=1, maximum=MOST)]
Wait = Annotated[
    timedelta,
    PlainValidator(_wait),
    described("string", format="duration", examples=["PT5S"]),
]
Duration = Annotated[
    str,
    PlainValidator(_duration),
    described("string", format="duration", pattern=_DURATION, examples=["P7D"]),
]
Zone = Annotated[
    str, PlainValidator(parameters.zone), described("string", examples=["Europe/Paris"])
]
GroupKey = Annotated[
    str,
    PlainValidator(group_key),
    described("string", examples=["department"]),
]
Condition = Annotated[
    tuple[str, str],
    PlainValidator(condition),
    described("string", description="KEY=VALUE; no value means none", examples=["about=delivery"]),
]
UnitCondition = Annotated[
    tuple[str, str],
    PlainValidator(metrics.condition),
    described("string", description="KEY=VALUE; no value means none", examples=["about=delivery"]),
]
Text = Annotated[str, PlainValidator(_named), described("string", minLength=1)]

#: An id in a path, percent-encoded whole (see ``guard``).
Id = Annotated[str, Path(description="percent-encoded"), AfterValidator(unquote)]


class Parameters(BaseModel):
    """The parameters of an address; there are no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


async def _none(given: Annotated[Parameters, Query()]) -> None:
    """Nothing is taken."""


#: What a route depends on that has no parameters.
NO_PARAMETERS = Depends(_none)


class Asked(Parameters):
    """The two times of a question, and the position that its answer has to know of at least."""

    as_of: Instant | None = Field(None, description="what was so then; now, where nobody says")
    known_at: KnownAt | None = Field(
        None, description="what the ledger knew then; all that it knows"
    )
    after: Position | None = Field(
        None, description="read your write: wait until the views hold this position"
    )
    wait: Wait = Field(PATIENCE, description="for how long; at most PT30S")

    @property
    def reach(self) -> Reach | None:
        """The position that the answer has to know of."""
        found: Reach | None = self.after
        return found


class PageAsked(Asked):
    """A page of a list."""

    limit: Limit = Field(USUAL, description="at most so many")
    after_cursor: Text | None = Field(None, description="next of the page before")


class PromisesAsked(Asked):
    """Of which promises, in which groups."""

    by: list[GroupKey] = Field([], description="group by a key; may be repeated")
    where: list[Condition] = Field([], description="only these; may be repeated")
    due_from: Instant | None = Field(None, description="agreed date after this")
    due_to: Instant | None = Field(None, description="agreed date up to this")
    timezone: Zone = Field("UTC", description="whose months")


class WhatIfAsked(PromisesAsked):
    """As for promises; so many that would change are named."""

    limit: Limit = Field(USUAL, description="name at most so many")


class CommitmentAsked(Asked):
    """How much of a history."""

    limit: Limit | None = Field(None, description="at most so many facts, from both ends")


class CommitmentsAsked(PageAsked):
    """Which promises to list."""

    status: list[Status] = Field([], description="may be repeated")
    department: list[Text] = Field([], description="whose; may be repeated")
    customer: Text | None = Field(None, description="of this customer, by any linked id")


class CustomerAsked(PageAsked):
    """Whose journeys to list."""

    customer: Text | None = Field(None, description="of this customer, by any linked id")


class DueAsked(Asked):
    """How far ahead."""

    within: Duration = Field(description="how far ahead, such as P7D or PT12H")


class StreamAsked(Parameters):
    """How far ahead, from each moment on."""

    within: Duration = Field(description="how far ahead, such as P7D or PT12H")


class BalanceAsked(Asked):
    """Of which period, in which groups."""

    start: Instant = Field(alias="from", description="after this")
    end: Instant = Field(alias="to", description="up to this")
    by: list[Literal["department", "about"]] = Field([], description="may be repeated")


class SearchAsked(Asked):
    """What to look for."""

    q: Text = Field(description="an id or a ref, or how it begins")
    limit: Limit = Field(USUAL, description="at most so many")


class FactsAsked(Asked):
    """Which facts."""

    type: list[Text] = Field([], description="of this type; may be repeated")
    subject: Text | None = Field(None, description="about this party")
    ref: Text | None = Field(None, description="touching this business object")
    from_position: FromPosition | None = Field(None, description="from this position on")
    limit: Limit | None = Field(None, description="at most so many")
    after_cursor: Text | None = Field(None, description="next of the page before")


class MetricAsked(Asked):
    """Of which units, in which groups."""

    by: list[Text] = Field([], description="group by a key; may be repeated")
    where: list[UnitCondition] = Field([], description="only units with this key; may be repeated")
    start: Instant | None = Field(None, alias="from", description="units after this")
    end: Instant | None = Field(None, alias="to", description="units of up to this")
    within: Duration | None = Field(None, description="another time to do it in")
    timezone: Zone | None = Field(None, description="whose months")


class UnitsAsked(MetricAsked):
    """A page of units."""

    limit: Limit = Field(USUAL, description="at most so many")
    after_cursor: Text | None = Field(None, description="next of the page before")


class MetricsAsked(Asked):
    """Which metrics to list."""

    family: Text | None = Field(None, description="only those of one family, such as word")
