"""What a question names that is nowhere: a mistyped value must not be answered as "none".

Whether a value is there does not depend on when is asked about: a department that owns nothing
today but did so once is known, and so is a customer to whom nothing had happened yet. So this looks
at the home's own facts, even where a replay hides the later ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from domain.errors import Unknown
from domain.statuses import STATUSES
from projections.known_positions import known
from projections.queries.as_of import Moment
from projections.queries.labels import label_name
from projections.session import Session
from projections.sql_files import statements_of

if TYPE_CHECKING:
    from projections.queries.answers import UnknownValue, UnknownValues

_SQL = statements_of(__file__)

#: So many of the values that there are, are named.
NAMED = 20
#: The most frequent values among which a near one is looked for.
_LOOKED_THROUGH = 1_000
#: How alike a near value is, as difflib measures it.
_NEAR = 0.6

#: The view and its column in which the values of a condition on promises are.
_COLUMNS: Mapping[str, tuple[str, str]] = {
    "department": ("commitment_history", "owner"),
    "about": ("commitment", "about"),
    "channel": ("commitment", "entry_point"),
    "kind": ("commitment", "kind"),
    "supports": ("commitment", "supports"),
    "made_to": ("commitment", "made_to"),
}
#: Names of somebody or something: what was typed may be completed, but nothing is listed.
_NAMES = frozenset({"supports", "made_to"})
_MONTHS = frozenset({"month_due", "month_made"})
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_NEARLY_A_MONTH = re.compile(r"(\d{4})[-/.]?(\d{1,2})")


def unknown_values(session: Session, conditions: Iterable[tuple[str, str]]) -> UnknownValues:
    """The values in conditions on promises (pairs of a key and a value; "" means none and is
    always known) that no promise ever had, by key, each with what may have been meant. The names of
    labels are values of the key ``label``."""
    found: UnknownValues = {}
    for key, value in dict.fromkeys(_about(session, *each) for each in conditions):
        if value and not _is_there(session, key, value):
            found.setdefault(key, []).append(_instead(session, key, value))
    return found


def _about(session: Session, key: str, value: str) -> tuple[str, str]:
    """What a condition is about: where no promise has a label of its name, that name."""
    name = label_name(key)
    if name is None or _is_there(session, "label", name):
        return key, value
    return "label", name


def _is_there(session: Session, key: str, value: str) -> bool:
    if key in _MONTHS:
        return _MONTH.fullmatch(value) is not None
    if key == "status":
        return value in STATUSES
    there = f"SELECT 1 FROM ({_values(key)}) AS v WHERE v.value = $value LIMIT 1"
    return bool(session.rows(there, {"value": value}))


def _values(key: str) -> str:
    """The query for the values that promises have of a key, as often as they have them."""
    if key == "label":
        return _SQL["label_names"].format(view="commitment")
    if name := label_name(key):
        return _SQL["label_values"].format(name=name)
    view, column = _COLUMNS[key]
    return f"SELECT c.{column} AS value FROM {view} AS c WHERE c.{column} IS NOT NULL"


def _instead(session: Session, key: str, value: str) -> UnknownValue:
    if key in _MONTHS:
        return _no_month(value)
    if key == "status":
        return _unknown(value, near(value, STATUSES), STATUSES)
    if key in _NAMES:
        kinds = ("commitment",) if key == "supports" else _kinds(session)
        typed = (one for one in completed(value, kinds) if _is_there(session, key, one))
        return _unknown(value, next(typed, None))
    values = _most_frequent(session, _values(key))
    return _unknown(value, near(value, values), values)


def _most_frequent(session: Session, values: str) -> list[str]:
    """The values that a query gives, the most frequent first."""
    rows = session.rows(
        f"SELECT v.value, count(*) FROM ({values}) AS v"
        f" GROUP BY v.value ORDER BY count(*) DESC, v.value LIMIT {_LOOKED_THROUGH}"
    )
    return [row[0] for row in rows]


def unknown_label(session: Session, view: str, name: str) -> UnknownValue | None:
    """The name of a label that no row of a view of the home has, with what may have been meant;
    None if there is one."""
    names = _SQL["label_names"].format(view=f"{session.home}.{view}")
    there = f"SELECT 1 FROM ({names}) AS v WHERE v.value = $value LIMIT 1"
    if session.rows(there, {"value": name}):
        return None
    values = _most_frequent(session, names)
    return _unknown(name, near(name, values), values)


def _no_month(value: str) -> UnknownValue:
    nearly = _NEARLY_A_MONTH.fullmatch(value)
    month = f"{nearly[1]}-{int(nearly[2]):02}" if nearly else ""
    return _unknown(value, month if _MONTH.fullmatch(month) else None)


def _unknown(value: str, meant: str | None, there: Sequence[str] = ()) -> UnknownValue:
    return {"value": value, "did_you_mean": meant, "there_are": list(there[:NAMED])}


def unknown_among(key: str, value: str, values: Sequence[str | bool]) -> UnknownValue | None:
    """A value of a condition on units that is not among those that units have of its key, with what
    may have been meant; None if it is there, or may well be another time, as a month may."""
    if key == "month":
        return None if _MONTH.fullmatch(value) else _no_month(value)
    there = [each for each in values if isinstance(each, str)]
    if value in there or (len(there) < len(values) and value in ("true", "false")):
        return None
    if key in _NAMES:
        kinds = dict.fromkeys(each.partition(":")[0] for each in there)
        typed = (one for one in completed(value, kinds) if one in there)
        return _unknown(value, next(typed, None))
    listed = there or ["false", "true"] * bool(values)
    return _unknown(value, near(value, listed), listed)


def near(value: str, values: Collection[str]) -> str | None:
    """The value that is most like a mistyped one, if any is."""
    from difflib import get_close_matches

    by_lower = {each.lower(): each for each in values}
    found = get_close_matches(value.lower(), by_lower, n=1, cutoff=_NEAR)
    return by_lower[found[0]] if found else None


def completed(typed: str, kinds: Iterable[str]) -> list[str]:
    """What an id may mean that was typed without its kind, with another, or in other letters:
    nothing but itself, so that no other id is ever told."""
    bare = typed.partition(":")[2] or typed
    found = [f"{kind}:{each}" for kind in kinds for each in (bare.strip(), typed.strip())]
    found += [each for own in (typed, bare) for each in (own.strip(), own.upper(), own.lower())]
    return list(dict.fromkeys(each for each in found if each != typed))


def expect_party(session: Session, moment: Moment, party: str) -> None:
    """Raises Unknown for a party that no known fact names."""
    _expect(
        "a party that some fact names",
        party,
        lambda each: is_party(session, moment, each),
        lambda: _kinds(session),
        "an id has its kind in front, as in customer:8412",
    )


def expect_object(session: Session, moment: Moment, link: str) -> None:
    """Raises Unknown for a business object that no known fact touches."""
    which = known("f.position", moment.known_at)
    query = f"SELECT 1 FROM fact AS f WHERE list_contains(f.links, $link) AND {which} LIMIT 1"
    _expect(
        "a business object that some fact touches",
        link,
        lambda each: bool(session.rows(query, {"link": each})),
        lambda: _kinds(session, "ref_kinds"),
        "an id has its kind in front, as in order:1042",
    )


def _expect(
    what: str,
    typed: str,
    is_there: Callable[[str], bool],
    kinds: Callable[[], Sequence[str]],
    otherwise: str,
) -> None:
    """Raises Unknown for an id that is not there, with the one that may have been meant."""
    if is_there(typed):
        return
    meant = next((each for each in completed(typed, kinds()) if is_there(each)), None)
    raise Unknown(what, f"{typed!r}", f"did you mean {meant}?" if meant else otherwise)


def is_party(session: Session, moment: Moment, party: str) -> bool:
    """Whether a known fact is about a party, links it to another, or promises something to it."""
    which = known("f.position", moment.known_at)
    query = _SQL["party"].format(which=which, home=session.home)
    return bool(session.rows(query, {"party": party}))


def _kinds(session: Session, statement: str = "kinds") -> list[str]:
    """The kinds of names, as in ``customer:8412``, the most frequent first."""
    return [row[0] for row in session.rows(_SQL[statement].format(home=session.home)) if row[0]]
