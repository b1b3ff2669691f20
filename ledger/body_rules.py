"""What the body of a fact must be beside what its schema says. No I/O.

A currency is one of ISO 4217, a party ``kind:name``, a label ``name:value``; and a pulse is of five
people or more, since fewer would be about persons. What is otherwise is no fact, whichever way it
comes: ``refusal``. A calendar or a policy that can't be read is refused where somebody stands at
the door, by the reading of those who fold: ``unreadable``. Whether it can be read depends on zones
and holidays that change, so one that came by another way is a fact, and in suspense.

Facts that were recorded before are read all the same: nobody who folds asks this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from domain.currencies import CURRENCIES
from schemas import catalogue
from schemas.errors import Refused, describe

if TYPE_CHECKING:
    # Few facts are calendars or policies, and the models take long to import.
    from domain.published_rules import HolidayLookup

#: What was expected and what was seen, where something is wrong.
Fault = tuple[str, str]

#: Fewer people than these could be told apart.
_FEWEST_ASKED = 5

#: What CloudEvents forbids in the text of an attribute: controls, surrogates, noncharacters.
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

_KIND = re.compile(r"[a-z][a-z0-9_-]*")
_LABEL = re.compile(r"[a-z0-9_]+:.+", re.DOTALL)
_CURRENCY = "a currency as its code of ISO 4217, in capitals, such as EUR"


def party_fault(text: str) -> Fault | None:
    """What is wrong with the name of a party; None if nothing. The rule: ``kind:name``."""
    kind, colon, name = text.partition(":")
    if not text or not colon or not name:
        seen = "empty text" if not text else "no name after a kind and a colon"
        return "kind:name, as in customer:8412", seen
    if not _KIND.fullmatch(kind):
        return (
            "a kind in lower-case letters before the colon, as in customer:8412",
            "something else",
        )
    if FORBIDDEN.search(text) or name != name.strip():
        return (
            "a name without control characters, and without spaces at its ends",
            "some: trim it",
        )
    return None


def _currency_fault(text: str) -> Fault | None:
    if text in CURRENCIES:
        return None
    meant = text.strip().upper()
    advice = f" that reads {meant} in capitals" if meant in CURRENCIES else ""
    return _CURRENCY, describe(text) + advice


def _label_fault(text: str) -> Fault | None:
    if _LABEL.fullmatch(text):
        return None
    expected = "name:value, as in priority:P1, with a name of small letters, digits and _"
    return expected, describe(text)


#: The rule of a text, or of each one of a list, by the name of its field in any type.
RULES: Mapping[str, Callable[[str], Fault | None]] = MappingProxyType(
    {
        "currency": _currency_fault,
        "made_to": party_fault,
        "party_a": party_fault,
        "party_b": party_fault,
        "labels": _label_fault,
    }
)

#: The fields with a rule of each type that has any.
RULED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        type: names
        for type in catalogue.TYPES
        if (names := tuple(f.name for f in catalogue.fields(type) if f.name in RULES))
    }
)

#: Types whose bodies are read when they are folded.
READ = frozenset({"calendar.published", "policy.published"})


def refusal(type: str, body: Mapping[str, object]) -> Refused | None:
    """Why a body that fits its schema is that of no fact; None if it is one."""
    for name in RULED.get(type, ()):
        for path, text in _texts(name, body.get(name)):
            if (fault := RULES[name](text)) is not None:
                return Refused(type, path, *fault)
    return _pulse_refusal(type, body) if type == "pulse.taken" else None


def unreadable(
    type: str, body: Mapping[str, object], holidays: HolidayLookup | None
) -> Refused | None:
    """Why a calendar or a policy can't be read; None if it can, and for all other types. Where
    there are no ``holidays`` to look a place up, any will do."""
    if type not in READ:
        return None
    from domain.events import BODIES, CalendarPublished, PolicyPublished
    from domain.published_rules import Unreadable, expect_readable

    published = BODIES[type].model_validate(dict(body))
    if isinstance(published, CalendarPublished | PolicyPublished):
        try:
            expect_readable(published, holidays or _any_place)
        except Unreadable as problem:
            return Refused(type, problem.path, problem.expected, problem.seen)
    return None


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The texts in a field, each with its path."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list | tuple):
        for number, text in enumerate(value):
            yield f"{name}[{number}]", text


def _pulse_refusal(type: str, body: Mapping[str, object]) -> Refused | None:
    asked, favourable = body["respondents"], body["favourable"]
    if not isinstance(asked, int) or asked < _FEWEST_ASKED:
        expected = f"at least {_FEWEST_ASKED}, since fewer would be persons and no department"
        return Refused(type, "respondents", expected, "fewer")
    if not isinstance(favourable, int) or not 0 <= favourable <= asked:
        return Refused(type, "favourable", "0 to as many as were asked", "another number")
    return None


def _any_place(_place: str, _year: int) -> frozenset[date]:
    return frozenset()
