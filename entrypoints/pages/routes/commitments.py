"""``/commitments/{id}``: the story of one promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from application.ask import Commitment, Named, chain, commitment
from application.desk import Deciding, decide
from application.json_answers import instant_to_text
from domain.desk.decider import Refused
from domain.errors import Wrong
from entrypoints.http.problems import Refused as NotAllowed
from entrypoints.pages.pictures.canvas import Picture
from entrypoints.pages.pictures.lifelines import Lifeline, lifelines
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.stories import department_of, moves, sentence
from entrypoints.pages.visit import AtForm, AtPage, Visit

if TYPE_CHECKING:
    from application.ask import answers

router = APIRouter(route_class=PageRoute)

#: So many facts of a history are shown, from both its ends.
SHOWN = 200
Step = Annotated[int | None, Query(ge=1, le=SHOWN)]


@router.get("/commitments/{id:path}")
async def story(page: AtPage, id: str, known: Step = None, happened: Step = None) -> Response:
    """What was promised, what became of it, who moved its dates, what it hangs on, and all facts.
    With ``known`` as the ledger knew it when it had learned so many times about it; with
    ``happened`` as it stood after so many of its facts."""
    return await page.answer(lambda visit: _story(visit, id, known, happened))


class Said(BaseModel):
    """What a form says: the verb, in whose name, and what the verb needs. ``key`` is the form's
    own: sent twice, it is one decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verb: Literal["honour", "reschedule", "hand-over", "accept"]
    department: str = Field(min_length=1)
    key: str = Field(min_length=1, max_length=100)
    due_at: str = ""
    consent: Literal["customer", "agreed", "no"] = "no"
    to_department: str = ""
    form_token: str = ""


@router.post("/commitments/{id:path}")
async def act(page: AtForm, id: str, said: Annotated[Said, Form()]) -> Response:
    """Decide about a promise: honour it, give it another date, hand it over, or accept it."""
    return await page.answer(lambda visit: _act(visit, id, said))


def _act(visit: Visit, id: str, said: Said) -> Response:
    if not visit.who.speaks_for(said.department):
        raise NotAllowed(
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
    outcome = decide(visit.home, asked)
    if outcome.refused is None:
        return RedirectResponse(visit.link("/commitments/{}", id), 303)
    return _page(visit, id, *_moments(visit, id), outcome.refused)


def _data(said: Said) -> dict[str, object]:
    """The body of the fact that a form asks for. Raises Wrong for a date that is none."""
    match said.verb:
        case "reschedule":
            return {
                "due_at": instant_to_text(_written(said.due_at)),
                "initiated_by": "customer" if said.consent == "customer" else "company",
                "customer_agreed": said.consent != "no",
            }
        case "hand-over":
            return {"to_department": said.to_department}
    return {}


def _written(text: str) -> datetime:
    """A day and an hour in UTC, as browsers write them."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Wrong("a day and an hour", f"{text!r}", "choose the new date") from None


def _story(visit: Visit, id: str, knew: int | None, stood: int | None) -> Response:
    known, happened = _moments(visit, id)
    for name, step, instants in (("known_at", knew, known), ("as_of", stood, happened)):
        if step is not None:
            at = None if step >= len(instants) else instant_to_text(instants[step - 1])
            return RedirectResponse(visit.link("/commitments/{}", id, **{name: at}), 303)
    return _page(visit, id, known, happened)


def _page(
    visit: Visit,
    id: str,
    known: Sequence[datetime],
    happened: Sequence[datetime],
    refused: Refused | None = None,
) -> Response:
    found = commitment(visit.home, Commitment(id=id, limit=SHOWN, **visit.times))
    links = chain(visit.home, Named(id=id, **visit.times))
    return rendered(
        visit,
        "commitment.html",
        found=found,
        history=found["history"],
        left_out=found.get("left_out", 0),
        sentences=[sentence(entry, visit.language) for entry in found["history"]],
        moves=moves(found["history"]),
        links=links,
        picture=_lives(visit, links, found),
        known=known,
        seen=_seen(known, visit.known_at),
        happened=happened,
        stood=_seen(happened, visit.as_of),
        department_of=department_of,
        refused=refused,
        may_decide=visit.is_now and visit.who.may("desk"),
        departments=sorted(visit.who.departments or ()),
        key=str(uuid4()),
        status=409 if refused else 200,
    )


def _moments(visit: Visit, id: str) -> tuple[list[datetime], list[datetime]]:
    """When the ledger learned something of this promise, and when something of it happened."""
    whole = commitment(visit.home, Commitment(id=id, limit=SHOWN, as_of=visit.now))
    history = whole["history"]
    return sorted({each["recorded_at"] for each in history}), sorted({e["time"] for e in history})


def _seen(instants: Sequence[datetime], until: object) -> int:
    """How many of some instants lie before another; all of them, where it is none."""
    if isinstance(until, datetime):
        return sum(at <= until for at in instants)
    return len(instants)


def _lives(visit: Visit, links: answers.Chain, found: answers.Commitment) -> Picture:
    """The promise, and those that support it, as bars."""
    language = visit.language
    chased = [
        e["time"] for e in found["history"] if e["type"] == "customer.chased" and e["applied"]
    ]
    rows = []
    for link in links["nodes"]:
        own = found if link["commitment_id"] == found["commitment_id"] else None
        whole = own or commitment(
            visit.home, Commitment(id=link["commitment_id"], limit=1, **visit.times)
        )
        ended = whole["honoured_at"] or whole["released_at"] or whole["abandoned_at"]
        rows.append(
            Lifeline(
                f"{whole['about']} {link['commitment_id']}",
                whole["status"],
                whole["made_at"],
                ended,
                whole["agreed_due_at"],
                tuple(chased) if own else (),
                visit.link("/commitments/{}", link["commitment_id"]),
            )
        )
    title = language.say("commitment.picture_title", count=len(rows))
    return lifelines("lives", title, rows, visit.as_of, language)
