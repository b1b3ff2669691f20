"""Random questions about a random world, and what the folds answer to them.

The oracle of ``tests/domain/answers.py`` does not know every option; ``expected`` adds those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st

from domain.facts import Fact
from projections.public_holidays import public_holidays
from schemas.jsonform import instant_from_text, instant_to_text
from tests.domain import answers
from tests.domain.answers import View
from tests.domain.given import day
from tests.projections.worlds import COMMITMENTS, CUSTOMERS, DEPARTMENTS

Argv = list[str]
Json = dict[str, Any]

TIMES = st.integers(-1, 26).map(lambda half: instant_to_text(day(half / 2)))
STATUSES = ("pending", "overdue", "undated", "kept", "late", "broken", "released", "disputed")
BY = (
    "department",
    "about",
    "channel",
    "month_due",
    "month_made",
    "supports",
    "label:priority",
    "label:loan",
    "label:pri",
    "label:nobodys",
)
PARTIES = ("party_a", "party_b", "made_to")
ZONES = ("UTC", "Europe/Paris", "Pacific/Kiritimati", "America/Sao_Paulo")


def _sometimes(*option: st.SearchStrategy[str]) -> st.SearchStrategy[Argv]:
    """The words of an option, or none of them."""
    return st.just(Argv()) | st.tuples(*option).map(list)


def _options(name: str, values: st.SearchStrategy[str], most: int) -> st.SearchStrategy[Argv]:
    """An option that may be repeated."""
    several = st.lists(values, max_size=most, unique=True)
    return several.map(lambda chosen: [word for value in chosen for word in (name, value)])


def _asked(*parts: st.SearchStrategy[Argv]) -> st.SearchStrategy[Argv]:
    return st.tuples(*parts).map(lambda found: [word for part in found for word in part])


@st.composite
def _window(draw: st.DrawFn, names: tuple[str, str]) -> Argv:
    times = sorted([draw(TIMES), draw(TIMES)], key=instant_from_text)
    return [names[0], times[0], names[1], times[1]]


def promises_asked() -> st.SearchStrategy[Argv]:
    where = st.one_of(
        st.sampled_from((*DEPARTMENTS, "")).map(lambda value: f"department={value}"),
        st.sampled_from(("delivery", "callback", "nothing")).map(lambda value: f"about={value}"),
        st.sampled_from(("web", "")).map(lambda value: f"channel={value}"),
        st.sampled_from(("2026-01", "")).map(lambda value: f"month_due={value}"),
        st.sampled_from((*COMMITMENTS, "")).map(lambda value: f"supports={value}"),
        st.sampled_from(("P1", "P2", "P3", "")).map(lambda value: f"label:priority={value}"),
        st.sampled_from(("", "yes")).map(lambda value: f"label:loan={value}"),
    )
    return _asked(
        st.just(["promises"]),
        _options("--by", st.sampled_from(BY), 3),
        st.just(Argv()) | _window(("--due-from", "--due-to")),
        _sometimes(st.just("--timezone"), st.sampled_from(ZONES)),
        _options("--where", where, 2),
    )


def questions(facts: Sequence[Fact]) -> st.SearchStrategy[Argv]:
    """One question of the command line about these facts."""
    ids = st.sampled_from([str(fact.id) for fact in facts])
    customer = _sometimes(st.just("--customer"), st.sampled_from(CUSTOMERS))
    asked = st.one_of(
        promises_asked(),
        _asked(st.just(["commitment"]), st.sampled_from(COMMITMENTS).map(lambda name: [name])),
        _asked(st.just(["chain"]), st.sampled_from(COMMITMENTS).map(lambda name: [name])),
        _asked(
            st.just(["commitments"]),
            _options("--status", st.sampled_from(STATUSES), 2),
            _options("--department", st.sampled_from(DEPARTMENTS), 2),
            customer,
        ),
        st.sampled_from(("P1D", "PT0S", "P5D", "P1M")).map(lambda far: ["due", "--within", far]),
        _asked(
            st.just(["balance"]),
            _window(("--from", "--to")),
            _options("--by", st.sampled_from(("department", "about")), 2),
        ),
        _asked(st.just(["customer"]), st.sampled_from(CUSTOMERS).map(lambda name: [name])),
        _asked(st.just(["journey"]), ids.map(lambda id: [id])),
        _asked(st.just(["journeys"]), customer),
        st.just(["suspense"]),
    )
    known = st.integers(0, len(facts)).map(lambda position: f"@{position}")
    return _asked(
        asked,
        st.tuples(st.just("--as-of"), TIMES).map(list),
        _sometimes(st.just("--known-at"), known),
    )


def expected(facts: Sequence[Fact], argv: Argv) -> Json | None:
    """What the folds answer; None where there is nothing of that id, or no known fact names it."""
    party = argv[1] if argv[0] == "customer" else _one(argv, "--customer")
    if party is not None and party not in _named(facts, argv):
        return None
    with patch.object(answers, "no_places", public_holidays):
        try:
            return _EXTRA.get(argv[0], answers.answer)(facts, argv)
        except (KeyError, StopIteration):
            return None


def _named(facts: Sequence[Fact], argv: Argv) -> set[str | None]:
    """The parties that known facts name, in force or not."""
    known = _one(argv, "--known-at")
    return {
        name
        for fact in facts
        if known is None or fact.position <= int(known[1:])
        for name in (fact.subject, *(vars(fact.body).get(key) for key in PARTIES))
    }


def _view(facts: Sequence[Fact], argv: Argv) -> View:
    known = _one(argv, "--known-at")
    return View(
        facts,
        instant_from_text(_one(argv, "--as-of") or ""),
        None if known is None else int(known[1:]),
    )


def _one(argv: Argv, name: str) -> str | None:
    return argv[argv.index(name) + 1] if name in argv else None


def _all(argv: Argv, name: str) -> list[str]:
    return [value for word, value in pairwise(argv) if word == name]


def _without(argv: Argv, *names: str) -> Argv:
    kept = list(argv)
    for name in names:
        while name in kept:
            index = kept.index(name)
            del kept[index : index + 2]
    return kept


def _commitments_expected(facts: Sequence[Fact], argv: Argv) -> Json:
    found = answers.answer(facts, _without(argv, "--status", "--department", "--customer"))
    statuses, departments = _all(argv, "--status"), _all(argv, "--department")
    customer = _one(argv, "--customer")
    name = None if customer is None else _view(facts, argv).names.get(customer, customer)
    chosen = [
        one
        for one in found["commitments"]
        if (not statuses or one["status"] in statuses)
        and (not departments or one["owner"] in departments)
        and (name is None or one["customer"] == name)
    ]
    return {"commitments": chosen, "next": None}


_EXTRA: dict[str, Callable[[Sequence[Fact], Argv], Json]] = {
    "commitments": _commitments_expected,
}


def common(one: object, other: object) -> Any:
    """``one``, without the keys of objects that ``other`` has not in the same place."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: common(value, other[key]) for key, value in one.items() if key in other}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [common(value, beside) for value, beside in zip(one, other, strict=True)]
    return one
