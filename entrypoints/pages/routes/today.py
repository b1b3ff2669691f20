"""``/today``: what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi import Form as FormBody
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from application.ask import Commitment, Commitments, Due, commitment, commitments, due
from application.desk import Outcome
from domain.desk.decider import Refused
from entrypoints.pages.deciding import Form, Said, decided, forms
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.visit import AtForm, AtPage, Visit
from entrypoints.terminal.format import plain

if TYPE_CHECKING:
    from application.ask import answers

router = APIRouter(route_class=PageRoute)

#: What falls due within this is soon; who has heard nothing for longer than this waits in silence;
#: and what was promised for later than this from when it was made is far ahead.
SOON, SILENT_S, FAR = "P7D", 30 * 86_400, timedelta(days=60)
#: So many rows are on a page.
ROWS = 100

View = Literal["overdue", "soon", "nobodys", "silent", "chased", "far"]
#: A promise that waits, as both lists know it.
Row = tuple["answers.CommitmentSummary", "float | None"]


class Listed(BaseModel):
    """Which of the lists, of one department or all, which page of it, and which promise of that
    has its forms open."""

    model_config = ConfigDict(frozen=True)

    show: View = "overdue"
    department: str | None = None
    page: int = Field(1, ge=1, le=10_000)
    open: str | None = None

    def link(self, visit: Visit, path: str = "/today", *ids: str, **more: str | int | None) -> str:
        """The address of something about this list."""
        own = {"show": self.show, "department": self.department, "page": self.page}
        return visit.link(path, *ids, **{**own, **more})


AtList = Annotated[Listed, Query()]


@dataclass(frozen=True)
class Line:
    """A promise in a list; the forms that are open in it; ``told`` once something was decided, and
    why it was ``refused``."""

    promise: answers.CommitmentSummary
    silence: float | None
    forms: Sequence[Form] = ()
    told: bool = False
    refused: Refused | None = None


@router.get("/today")
async def today(page: AtPage, listed: AtList) -> Response:
    """What is overdue, falls due soon, belongs to nobody, has been silent for long, was asked
    after, or was promised for a far day; one of these at a time, of one department or all."""
    return await page.answer(lambda visit: _today(visit, listed))


@router.get("/today/{id:path}")
async def forms_of(request: Request, page: AtPage, id: str, listed: AtList) -> Response:
    """What can be decided about a promise, for its line in the list; or else the list with it."""
    if not _is_part(request):
        return RedirectResponse(listed.link(page.visit, open=id), 303)
    return await page.answer(lambda visit: _forms(visit, listed, id))


@router.post("/today/{id:path}")
async def act(
    request: Request, page: AtForm, id: str, listed: AtList, said: Annotated[Said, FormBody()]
) -> Response:
    """Decide about a promise from its line, and see that change."""
    after = _line_after if _is_part(request) else _list_after
    return await page.decide(
        lambda visit: decided(visit, id, said),
        lambda visit, outcome: after(visit, listed, id, outcome),
    )


def _is_part(request: Request) -> bool:
    """Whether a script asks, which puts the answer into the page that is there."""
    return "hx-request" in request.headers


def _today(visit: Visit, listed: Listed, refused: Refused | None = None) -> Response:
    rows = _waiting(visit)
    departments = sorted({row["owner"] for row, _ in rows if row["owner"]})
    if listed.department:
        rows = [row for row in rows if row[0]["owner"] == listed.department]
    chosen = {view: [row for row in rows if test(*row)] for view, test in _VIEWS.items()}
    start, found = (listed.page - 1) * ROWS, chosen[listed.show]
    lines = [_line(visit, listed, *row) for row in found[start : start + ROWS]]
    return rendered(
        visit,
        "today.html",
        listed=listed,
        counts={view: len(rows) for view, rows in chosen.items()},
        departments=departments,
        lines=lines,
        more=len(found) > start + ROWS,
        longest=_longest(visit, chosen["overdue"]) if listed.show == "overdue" else None,
        refused=refused,
        status=409 if refused else 200,
        **_shown(visit),
    )


def _longest(visit: Visit, overdue: Sequence[Row]) -> str | None:
    """Who waits longest, in a sentence; the list is in the order of agreed dates."""
    if not overdue:
        return None
    promise, _ = overdue[0]
    agreed, language = promise["agreed_due_at"], visit.language
    assert agreed is not None  # noqa: S101 - it would not be overdue
    return language.say(
        "today.longest",
        customer=plain(promise["customer"]),
        about=plain(promise["about"]),
        due=language.day(agreed),
        time=language.apart(agreed, visit.as_of),
    )


def _line(
    visit: Visit, listed: Listed, promise: answers.CommitmentSummary, silence: float | None
) -> Line:
    id = promise["commitment_id"]
    return Line(promise, silence, forms(visit, id, promise["owner"]) if id == listed.open else ())


def _forms(visit: Visit, listed: Listed, id: str) -> Response:
    """The forms of a line alone."""
    promise = commitment(visit.home, Commitment(id=id, limit=1, **visit.times))
    line = Line(promise, None, forms(visit, id, promise["owner"]))
    return rendered(visit, "today_forms.html", line=line, listed=listed)


def _list_after(visit: Visit, listed: Listed, id: str, outcome: Outcome) -> Response:
    """The list after something was decided; or, where that was refused, why, and the line open."""
    if outcome.refused is None:
        return RedirectResponse(listed.link(visit), 303)
    return _today(visit, listed.model_copy(update={"open": id}), outcome.refused)


def _line_after(visit: Visit, listed: Listed, id: str, outcome: Outcome) -> Response:
    """A line after something was decided, or refused: then with what can be done instead."""
    refused = outcome.refused
    promise = commitment(visit.home, Commitment(id=id, limit=1, **visit.times))
    worklist = due(visit.home, Due(within=SOON, **visit.times))["due"]
    silence = next((row["silence"] for row in worklist if row["commitment_id"] == id), None)
    offered = forms(visit, id, promise["owner"]) if refused else ()
    line = Line(promise, silence, offered, told=refused is None, refused=refused)
    status = 409 if refused else 200
    shown = _shown(visit)
    return rendered(visit, "today_line.html", status=status, line=line, listed=listed, **shown)


def _shown(visit: Visit) -> dict[str, object]:
    """What each line is shown with: whether one may decide, and how long a promise waits."""
    language = visit.language

    def waits(promise: answers.CommitmentSummary) -> str:
        agreed = promise["agreed_due_at"]
        if promise["state"] != "open" or agreed is None:
            return language.say(f"status.{promise['status']}")
        if visit.as_of < agreed:
            return language.say("today.in", time=language.apart(visit.as_of, agreed))
        return language.apart(agreed, visit.as_of)

    return {"may_decide": visit.is_now and visit.who.may("desk"), "waits": waits}


_VIEWS: Mapping[View, Callable[[answers.CommitmentSummary, float | None], bool]] = {
    "overdue": lambda row, silence: row["status"] == "overdue",
    "soon": lambda row, silence: row["status"] == "pending" and silence is not None,
    "nobodys": lambda row, silence: row["owner"] is None,
    "silent": lambda row, silence: silence is not None and silence > SILENT_S,
    "chased": lambda row, silence: row["chases"] > 0,
    "far": lambda row, silence: _is_far(row),
}


def _is_far(row: answers.CommitmentSummary) -> bool:
    agreed = row["agreed_due_at"]
    return agreed is not None and agreed - row["made_at"] > FAR


def _waiting(visit: Visit) -> list[Row]:
    """What is outstanding, by agreed date; with how long it has been silent where it is overdue or
    falls due soon."""
    worklist = due(visit.home, Due(within=SOON, **visit.times))["due"]
    silences = {row["commitment_id"]: row["silence"] for row in worklist}
    waiting = commitments(
        visit.home, Commitments(statuses=["overdue", "pending", "undated"], **visit.times)
    )
    return [(row, silences.get(row["commitment_id"])) for row in waiting["commitments"]]
