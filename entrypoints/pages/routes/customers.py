"""``/customers/{id}``: everything about a customer; and ``/search``, from every page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from application.ask import (
    Commitments,
    Named,
    Search,
    commitments,
    customer,
    search,
    suspense,
)
from application.json_answers import instant_to_text
from application.question import Page
from domain.company_signs import ALWAYS_SIGNS
from domain.journeys import merged
from entrypoints.pages.pictures.canvas import Picture
from entrypoints.pages.pictures.lifelines import Lifeline, lifelines
from entrypoints.pages.pictures.swimlanes import Happening, Silence, swimlanes
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.stories import fact_text, late_consents
from entrypoints.pages.visit import AtPage, Visit

if TYPE_CHECKING:
    from application.ask import answers

router = APIRouter(route_class=PageRoute)

#: So many promises have a bar, and so many facts a line in the tables, at most: the newest.
BARS, LINES = 30, 500
#: So many facts are told in sentences, at most: the newest.
TOLD = 60
#: A silence of so long, while something was promised, is shown.
LONG = timedelta(days=14)
#: So many of what is found are listed, at most.
HITS = 100
#: The kinds of things that have a page, and where it is.
_PAGES = {"customer": "/customers/{}", "commitment": "/commitments/{}"}


@router.get("/customers/{id:path}")
async def whole(page: AtPage, id: str, after: str | None = None) -> Response:
    """A customer's promises as bars, all that happened in lanes by department, and lists of both;
    ``after`` is the cursor of a page of promises."""
    return await page.answer(lambda visit: _whole(visit, id, after))


def _whole(visit: Visit, id: str, after: str | None) -> Response:
    found = customer(visit.home, Named(id=id, **visit.times))
    promised = commitments(
        visit.home, Commitments(customer=id, limit=BARS, after=after, **visit.times)
    )
    steps = sorted(
        (step for journey in found["journeys"] for step in journey["steps"]),
        key=lambda step: step["time"],
    )
    late = _late_consents(promised["commitments"], steps)
    return rendered(
        visit,
        "customer.html",
        found=found,
        promised=promised,
        lives=_lives(visit, promised["commitments"], steps),
        lanes=_lanes(visit, promised["commitments"], steps[-LINES:], late),
        left_out=max(0, len(steps) - LINES),
        told=_told(visit, id, steps, late),
        untold=max(0, len(steps) - TOLD),
        waiting=_waiting(visit, found, steps),
    )


@dataclass(frozen=True)
class Line:
    """What happened at an instant, in words; the address of the customer as all stood ``then``; and
    the promise that it is about, by its id, before which stands what was promised unless the words
    say so, with its page."""

    at: datetime
    text: str
    then: str
    promise: str | None
    href: str | None


def _late_consents(
    promised: Iterable[answers.CommitmentSummary], steps: Iterable[answers.Step]
) -> frozenset[str]:
    """The ids of the facts by which the customer agreed to another date too late."""
    by_promise: dict[str, list[answers.Step]] = {}
    for step in steps:
        by_promise.setdefault(str(step["data"].get("commitment_id")), []).append(step)
    return frozenset().union(
        *(
            late_consents(one["first_due_at"], by_promise.get(one["commitment_id"], ()))
            for one in promised
        )
    )


def _told(
    visit: Visit, customer_id: str, steps: Sequence[answers.Step], late: frozenset[str]
) -> list[Line]:
    """The newest facts as sentences, the oldest of them first."""
    made = {
        step["data"]["commitment_id"]: step["data"]["about"]
        for step in steps
        if step["type"] == "commitment.made"
    }
    lines = []
    for step in steps[-TOLD:]:
        id = step["data"].get("commitment_id")
        href = visit.link("/commitments/{}", str(id)) if id in made else None
        text = _text(visit, step, late)
        then = visit.link("/customers/{}", customer_id, as_of=instant_to_text(step["time"]))
        name = id if step["type"] == "commitment.made" or id not in made else f"{made[id]} {id}"
        lines.append(Line(step["time"], text, then, name, href))
    return lines


def _text(visit: Visit, step: answers.Step, late: frozenset[str]) -> str:
    kind, department, data = step["type"], step["department"], step["data"]
    return fact_text(kind, department, data, visit.language, late=step["id"] in late)


def _waiting(
    visit: Visit, found: answers.Customer, steps: Sequence[answers.Step]
) -> list[answers.SuspenseItem]:
    """What of this customer waits for a missing fact: a payment that nobody could place, above all.
    Whoever has paid nothing here is not looked for."""
    own = {fact["id"] for fact in (*steps, *found["loose"])}
    if not any(fact["type"] == "payment.captured" for fact in (*steps, *found["loose"])):
        return []
    waiting = suspense(visit.home, Page(**visit.times))["items"]
    return [item for item in waiting if own & set(item["facts"])]


@router.get("/search")
async def look_up(page: AtPage, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """What is called by a text. What is found alone is gone to."""
    return await page.answer(lambda visit: _look_up(visit, q))


def _look_up(visit: Visit, q: str) -> Response:
    text = q.strip()
    asked = Search(text=text, limit=HITS + 1, **visit.times)
    found = search(visit.home, asked)["found"] if text else []
    hits = [(hit, _page_of(visit, hit)) for hit in found[:HITS]]
    if len(hits) == 1:
        return RedirectResponse(hits[0][1], 303)
    return rendered(visit, "search.html", text=text, hits=hits, more=len(found) > HITS)


def _page_of(visit: Visit, hit: answers.Hit) -> str:
    """The page of what was found: its own, or else its customer's."""
    if hit["kind"] in _PAGES:
        return visit.link(_PAGES[hit["kind"]], hit["id"])
    return visit.link("/customers/{}", hit["customer"])


def _lives(
    visit: Visit, promised: Sequence[answers.CommitmentSummary], steps: Iterable[answers.Step]
) -> Picture:
    language = visit.language
    chased: dict[str, list[datetime]] = {}
    for step in steps:
        if step["type"] == "customer.chased":
            chased.setdefault(str(step["data"].get("commitment_id")), []).append(step["time"])
    rows = [
        Lifeline(
            one["about"],
            one["status"],
            one["made_at"],
            _ended(one),
            one["agreed_due_at"],
            tuple(chased.get(one["commitment_id"], ())),
            visit.link("/commitments/{}", one["commitment_id"]),
        )
        for one in sorted(promised, key=lambda one: one["made_at"])
    ]
    title = language.say("customer.lives_title", count=len(rows))
    return lifelines("lives", title, rows, visit.as_of, language)


def _lanes(
    visit: Visit,
    promised: Sequence[answers.CommitmentSummary],
    steps: Sequence[answers.Step],
    late: frozenset[str],
) -> Picture:
    language = visit.language
    happenings = []
    made = {s["data"]["commitment_id"] for s in steps if s["type"] == "commitment.made"}
    for step in steps:
        id = step["data"].get("commitment_id")
        promise = step["type"].startswith("commitment.")
        chase = step["type"] == "customer.chased"
        happenings.append(
            Happening(
                step["department"],
                step["time"],
                "chase" if chase else "promise" if promise else "other",
                _text(visit, step, late),
                visit.link("/commitments/{}", str(id)) if id in made else None,
            )
        )
    open_times = [(one["made_at"], _ended(one) or visit.as_of) for one in promised]
    signs = [step["time"] for step in steps if _is_sign(step)]
    silences = [
        Silence(start, end, language.say("customer.silence", time=language.apart(start, end)))
        for start, end in silences_in(signs, open_times)
        if end - start >= LONG
    ]
    title = language.say("customer.lanes_title", count=len(happenings), silences=len(silences))
    return swimlanes("lanes", title, happenings, silences, language)


def _ended(one: answers.CommitmentSummary) -> datetime | None:
    return one["honoured_at"] or one["released_at"] or one["abandoned_at"]


def _is_sign(step: answers.Step) -> bool:
    """Whether the customer heard from the company by it, as ``domain.company_signs`` has it."""
    if step["type"] == "touchpoint.occurred":
        return step["data"].get("initiated_by") != "customer"
    if step["type"] == "progress.shared":
        return bool(step["data"].get("shown_to_customer"))
    return step["type"] in ALWAYS_SIGNS


def silences_in(
    signs: Iterable[datetime], open_times: Iterable[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    """The times between two signs of the company, or an end, within those in which something was
    promised and open."""
    heard = sorted(signs)
    for start, end in merged((start, max(start, end)) for start, end in open_times):
        ends = [start, *(at for at in heard if start < at < end), end]
        yield from pairwise(ends)
