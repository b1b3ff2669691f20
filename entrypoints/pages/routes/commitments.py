"""``/commitments/{id}``: the story of one promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from application.ask import Commitment, Named, chain, commitment
from application.desk import Outcome
from application.json_answers import instant_to_text
from domain.desk.decider import Refused
from entrypoints.pages.deciding import Said, decided, forms
from entrypoints.pages.language import Language
from entrypoints.pages.pictures.canvas import Picture
from entrypoints.pages.pictures.lifelines import Lifeline, lifelines
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.stories import department_of, late_consents, moves, sentence
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


@router.post("/commitments/{id:path}")
async def act(page: AtForm, id: str, said: Annotated[Said, Form()]) -> Response:
    """Decide about a promise, by one of the forms of its page."""
    return await page.decide(
        lambda visit: decided(visit, id, said), lambda visit, outcome: _shown(visit, id, outcome)
    )


def _shown(visit: Visit, id: str, outcome: Outcome) -> Response:
    if outcome.refused is None:
        return RedirectResponse(visit.link("/commitments/{}", id), 303)
    return _page(visit, id, *_moments(visit, id), outcome.refused)


def _story(visit: Visit, id: str, knew: int | None, stood: int | None) -> Response:
    known, happened = _moments(visit, id)
    for name, step, instants, until in (
        ("known_at", knew, known, visit.known_at),
        ("as_of", stood, happened, visit.as_of),
    ):
        if step == _seen(instants, until):  # the slider was left alone
            return RedirectResponse(visit.link("/commitments/{}", id), 303)
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
    history = found["history"]
    late = late_consents(found["first_due_at"], history)
    links = chain(visit.home, Named(id=id, **visit.times))
    return rendered(
        visit,
        "commitment.html",
        found=found,
        history=history,
        left_out=found.get("left_out", 0),
        sentences=[sentence(one, visit.language, late=one["id"] in late) for one in history],
        moves=moves(history, late),
        clocks=_clocks(found, visit.language),
        links=links,
        picture=_lives(visit, links, found),
        known=known,
        seen=_seen(known, visit.known_at),
        happened=happened,
        stood=_seen(happened, visit.as_of),
        department_of=department_of,
        refused=refused,
        forms=forms(visit, id, found["owner"]),
        status=409 if refused else 200,
    )


def _clocks(found: answers.Commitment, language: Language) -> str:
    """How long it took, by the customer's clock and by the company's, in a sentence."""
    made, clocks = found["made_at"], found["clocks"]
    customer = language.apart(made, made + timedelta(seconds=clocks["customer"]))
    company = language.apart(made, made + timedelta(seconds=clocks["company"]))
    if clocks["customer"] == clocks["company"]:
        return language.say("commitment.clocks_alike", customer=customer)
    return language.say("commitment.clocks_say", customer=customer, company=company)


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
