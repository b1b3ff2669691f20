"""``/today``: what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from application.ask import Commitments, Due, commitments, due
from entrypoints.pages.pictures.canvas import Cell, Table
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.visit import AtPage, Visit

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


@router.get("/today")
async def today(
    page: AtPage,
    show: View = "overdue",
    department: str | None = None,
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """What is overdue, falls due soon, belongs to nobody, has been silent for long, was asked
    after, or was promised for a far day; one of these at a time, of one department or all."""
    return await page.answer(lambda visit: _today(visit, show, department, number))


def _today(visit: Visit, show: View, department: str | None, page_number: int) -> Response:
    rows = _waiting(visit)
    departments = sorted({row["owner"] for row, _ in rows if row["owner"]})
    if department:
        rows = [row for row in rows if row[0]["owner"] == department]
    chosen = {view: [row for row in rows if test(*row)] for view, test in _VIEWS.items()}
    start = (page_number - 1) * ROWS
    return rendered(
        visit,
        "today.html",
        show=show,
        counts={view: len(found) for view, found in chosen.items()},
        department=department,
        departments=departments,
        table=_table(visit, chosen[show][start : start + ROWS]),
        page_number=page_number,
        more=len(chosen[show]) > start + ROWS,
        within=SOON,
    )


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


def _table(visit: Visit, rows: list[Row]) -> Table:
    language = visit.language
    heads = ("promise", "about", "customer", "owner", "agreed", "waits", "silence", "chases", "act")
    cells = []
    for row, silence in rows:
        agreed = row["agreed_due_at"]
        late = (visit.as_of - agreed).total_seconds() if agreed else None
        waits = language.duration(late)
        there = visit.link("/commitments/{}", row["commitment_id"])
        if late is not None and late < 0:
            waits = language.say("today.in", time=language.duration(-late))
        cells.append(
            (
                Cell(row["commitment_id"], href=there),
                Cell(row["about"]),
                Cell(row["customer"], href=visit.link("/customers/{}", row["customer"])),
                Cell(row["owner"] or language.say("commitment.nobody")),
                Cell(language.instant(agreed)),
                Cell(waits, figure=True),
                Cell(language.duration(silence), figure=True),
                Cell(language.number(row["chases"]), figure=True),
                Cell(language.say("act.heading"), href=f"{there}#act"),
            )
        )
    return Table(tuple(language.say(f"column.{head}") for head in heads), tuple(cells))
