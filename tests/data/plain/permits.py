"""The permits as the file has them: a promise and a journey a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from tests.data.plain import promises
from tests.data.plain.promises import Json, Promise, Step, Told


def told(rows: Iterable[Mapping[str, str]], as_of: datetime) -> Told:
    """What the rows of the file say."""
    cases: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        cases.setdefault(row["case:concept:name"], []).append(row)
    made = [_promise(case, rows[0]) for case, rows in cases.items()]
    journeys = {
        one.journey: sorted([*_of_promise(one), *map(_step, cases[one.journey])]) for one in made
    }
    return Told(as_of, made, journeys)


def _promise(case: str, row: Mapping[str, str]) -> Promise:
    start = _at(row["case:startdate"])
    assert start is not None
    return Promise(
        about="permit",
        owner=_spelled(row["case:department"]),
        customer=case,
        journey=case,
        step=f"made {case}",
        made_at=start,
        due_at=_at(row["case:deadline"]),
        honoured_at=_at(row["case:enddate"]),
        made_to=f"customer:{case}",
    )


def _of_promise(one: Promise) -> Iterable[Step]:
    yield Step(one.made_at, 1, one.step, one.owner, True)
    if one.honoured_at:
        yield Step(one.honoured_at, 2, f"honoured {one.journey}", one.owner, True)


def _step(row: Mapping[str, str]) -> Step:
    at = _at(row["time:timestamp"])
    assert at is not None
    return Step(at, 0, row["concept:instance"], _spelled(row["org:group"]), True)


def _at(text: str) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _spelled(name: str) -> str:
    return name.lower().replace(" ", "-")


def undated(told: Told) -> Json:
    return promises.share(one.due_at is None for one in told.promises)


READ: Mapping[str, Callable[[Told], Json]] = {
    **promises.READ,
    "undated": undated,
    "date_chosen_by_customer": promises.nothing,
    "broken_links": lambda told: {"rows": []},
}
