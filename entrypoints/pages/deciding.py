"""Forms by which one decides about a promise: what they say, what is offered, what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from application.desk import Deciding, Outcome, decide
from application.desk_offers import desk_offers
from application.json_answers import instant_to_text
from domain.desk.offers import Offer
from domain.errors import Wrong
from entrypoints.http.problems import Refused
from entrypoints.pages.visit import Visit


class Said(BaseModel):
    """What a form says: the verb, in whose name, and what the verb needs. ``key`` is the form's
    own: sent twice, it is one decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verb: Literal["honour", "reschedule", "hand-over", "accept", "dispute", "settle", "reopen"]
    department: str = Field(min_length=1, max_length=100)
    key: str = Field(min_length=1, max_length=100)
    due_at: str = ""
    consent: Literal["customer", "agreed", "no"] = "no"
    to_department: str = Field("", max_length=100)
    outcome: Literal["upheld", "rejected"] = "upheld"
    form_token: str = ""


@dataclass(frozen=True)
class Form:
    """A form that would be accepted: its verb, its own key, for whom it can be said (empty:
    anybody), and who is meant unless the reader says otherwise."""

    verb: str
    key: str
    departments: Sequence[str]
    usual: str


def forms(visit: Visit, id: str, owner: str | None) -> list[Form]:
    """What this visitor may decide about a promise now; nothing on a page of another time."""
    if not visit.is_now or not visit.who.may("desk"):
        return []
    offered = [(offer, _speakers(visit, offer)) for offer in desk_offers(visit.home, id, visit.now)]
    return [
        Form(offer.verb, str(uuid4()), among, _usual(among, owner or ""))
        for offer, among in offered
        if among is not None
    ]


def _usual(among: Sequence[str], owner: str) -> str:
    """Who is meant unless the reader says otherwise: the owner, where they may say it."""
    return owner if owner in among or not among else among[0]


def _speakers(visit: Visit, offer: Offer) -> Sequence[str] | None:
    """For whom a visitor may say it; empty for anybody, and None for nobody."""
    own = visit.who.departments
    if not offer.departments:
        return sorted(own) if own is not None else ()
    return [who for who in offer.departments if visit.who.speaks_for(who)] or None


def decided(visit: Visit, id: str, said: Said) -> Outcome:
    """What becomes of what a form says. Raises ``Refused``, 403, for another's department, and
    ``Wrong`` for a date or a department that is none."""
    if not visit.who.speaks_for(said.department):
        raise Refused(
            403, "forbidden", "a department for which you speak", "another", "choose one of yours"
        )
    asked = Deciding(
        thing="promise",
        verb=said.verb,
        department=said.department,
        new_id="",
        id=id,
        data=_data(said),
        key=said.key,
    )
    return decide(visit.home, asked)


def _data(said: Said) -> dict[str, object]:
    """The body of the fact that a form asks for. Raises Wrong for a date or a
    department that is none."""
    match said.verb:
        case "reschedule":
            return {
                "due_at": instant_to_text(_written(said.due_at)),
                "initiated_by": "customer" if said.consent == "customer" else "company",
                "customer_agreed": said.consent != "no",
            }
        case "hand-over":
            return {"to_department": _department(said.to_department)}
        case "settle":
            return {"outcome": said.outcome}
    return {}


def _department(text: str) -> str:
    """A department that could accept what is handed over to it: the first part of a source."""
    name = text.strip()
    if not name or "/" in name:
        raise Wrong("a department, as in care", f"{text!r}", "name the one that is to have it")
    return name


def _written(text: str) -> datetime:
    """A day and an hour in UTC, as browsers write them."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Wrong("a day and an hour", f"{text!r}", "choose the new date") from None
