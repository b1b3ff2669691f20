"""Bodies that fit their schema and are those of no facts: what is wrong, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from ledger.port import EventData
from schemas import codec, jsonform

#: In each wrong value, and in no reason.
SECRET = "geheimnisx9"


class Wrong(NamedTuple):
    """A body in JSON, and the beginning of the reason without its type."""

    type: str
    body: Mapping[str, object]
    why: str


CAPTURED = {"payment_id": "P", "amount_minor": 5000}
MADE = {"commitment_id": "C", "about": "delivery"}
PULSE = {"department": "care", "question": "leeway"}
CALENDAR = {"calendar_id": "C", "version": 1, "timezone": "UTC", "weekly": ["mon 09:00-12:00"]}
POLICY = {"policy_id": "P", "version": 1, "about": "delivery", "clock_starts": "made"}

_CURRENCY = "currency: expected a currency as its code of ISO 4217, in capitals, such as EUR; saw "
_PARTY = "expected kind:name, as in customer:8412; saw no name after a kind and a colon"
_KIND = "expected a kind in lower-case letters before the colon, as in customer:8412; saw something"
_LABEL = "expected name:value, as in priority:P1, with a name of small letters, digits and _; saw "

#: What no way in takes, and no reader of a topic.
NO_FACTS = (
    Wrong(
        "payment.captured",
        {**CAPTURED, "currency": "eur"},
        f"{_CURRENCY}text of 3 characters that reads EUR in capitals",
    ),
    Wrong("payment.captured", {**CAPTURED, "currency": "Euro"}, f"{_CURRENCY}text of 4"),
    Wrong("payment.captured", {**CAPTURED, "currency": ""}, f"{_CURRENCY}empty text"),
    Wrong("payment.captured", {**CAPTURED, "currency": "ZZZ"}, f"{_CURRENCY}text of 3 characters"),
    Wrong("payment.refunded", {**CAPTURED, "currency": SECRET}, f"{_CURRENCY}text of 11"),
    Wrong("remedy.given", {"remedy": "voucher", "currency": "EU"}, f"{_CURRENCY}text of 2"),
    Wrong("commitment.made", {**MADE, "made_to": SECRET}, f"made_to: {_PARTY}"),
    Wrong("commitment.made", {**MADE, "made_to": "customer:"}, f"made_to: {_PARTY}"),
    Wrong("commitment.made", {**MADE, "made_to": f":{SECRET}"}, f"made_to: {_KIND}"),
    Wrong("commitment.made", {**MADE, "made_to": f"{SECRET.title()}:1"}, f"made_to: {_KIND}"),
    Wrong("identity.linked", {"party_a": SECRET, "party_b": "customer:1"}, f"party_a: {_PARTY}"),
    Wrong("identity.unlinked", {"party_a": "customer:1", "party_b": ""}, "party_b: expected kind:"),
    Wrong("commitment.made", {**MADE, "labels": ["a:1", SECRET]}, f"labels[1]: {_LABEL}text of 11"),
    Wrong("commitment.made", {**MADE, "labels": [f"Priority:{SECRET}"]}, f"labels[0]: {_LABEL}"),
    Wrong("commitment.made", {**MADE, "labels": ["priority:"]}, f"labels[0]: {_LABEL}"),
    Wrong(
        "issue.opened",
        {"issue_id": "I", "topic": "noise", "channel": "phone", "labels": [":P1"]},
        f"labels[0]: {_LABEL}text of 3 characters",
    ),
    Wrong("policy.published", {**POLICY, "due": "P1D", "labels": [""]}, f"labels[0]: {_LABEL}em"),
    Wrong(
        "pulse.taken",
        {**PULSE, "respondents": 4, "favourable": 4},
        "respondents: expected at least 5, since fewer would be persons and no department; saw few",
    ),
    Wrong(
        "pulse.taken",
        {**PULSE, "respondents": 5, "favourable": 6},
        "favourable: expected 0 to as many as were asked; saw another number",
    ),
    Wrong("pulse.taken", {**PULSE, "respondents": 5, "favourable": -1}, "favourable: expected 0"),
)

#: What is refused at the door, and taken where nobody stands there.
NOT_READ = (
    Wrong(
        "calendar.published",
        {**CALENDAR, "weekly": ["mon-fri 09:00-17:00"]},
        "weekly[0]: expected an open period such as 'mon 09:00-12:00' (mon to sun, 00:00 to 24:00,"
        ' ending after it starts; write one over midnight as two); saw "mon-fri 09:00-17:00"',
    ),
    Wrong("calendar.published", {**CALENDAR, "weekly": [SECRET]}, "weekly[0]: expected an open"),
    Wrong("calendar.published", {**CALENDAR, "timezone": SECRET}, "timezone: expected a time zone"),
    Wrong("calendar.published", {**CALENDAR, "closed": [SECRET]}, "closed[0]: expected a closed"),
    Wrong("calendar.published", {**CALENDAR, "special": [SECRET]}, "special[0]: expected a day"),
    Wrong("policy.published", {**POLICY, "due": SECRET}, "due: expected '5 working"),
    Wrong("policy.published", {**POLICY, "due": "8 office hours"}, "due: expected '5 working"),
)

#: The same, of what is looked up where the holidays of places are known.
NO_PLACES = (
    Wrong("calendar.published", {**CALENDAR, "holidays": "DE-XX"}, "holidays: expected a country"),
    Wrong("calendar.published", {**CALENDAR, "holidays": SECRET}, "holidays: expected a country"),
)

#: What is taken everywhere.
FACTS = (
    ("payment.captured", {**CAPTURED, "currency": "EUR"}),
    ("payment.captured", {**CAPTURED, "currency": "DEM"}),
    ("remedy.given", {"remedy": "voucher", "currency": None}),
    ("commitment.made", {**MADE, "made_to": None}),
    ("commitment.made", {**MADE, "made_to": "staff:billing", "labels": ["a_1:b c:d", "a_1:b c:d"]}),
    ("pulse.taken", {**PULSE, "respondents": 5, "favourable": 0}),
    ("pulse.taken", {**PULSE, "respondents": 5, "favourable": 5}),
    ("calendar.published", {**CALENDAR, "special": ["2026-12-24 22:00-24:00"]}),
    ("policy.published", {**POLICY, "due": "30 working minutes", "labels": ["priority:P1"]}),
)


def kept(type: str, body: Mapping[str, object], number: int = 1) -> EventData:
    """A fact as a ledger may hold it: whoever wrote it asked nobody."""
    wire = codec.encode(type, jsonform.from_json(type, body))
    id = str(UUID(int=7 << 76 | 8 << 60 | number))
    return EventData(id, type, "/care/desk", "customer:1", 1_772_442_000_000_000, wire)
