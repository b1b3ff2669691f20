"""Facts as plain sentences, in either language. No sentence holds personal text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from application.json_answers import instant_from_text
from entrypoints.pages.language import Language
from entrypoints.pages.values import money

if TYPE_CHECKING:
    from application.ask import answers

#: What a fact may change in a commitment: of these it is said when they changed nothing.
_STEPS = frozenset(
    f"commitment.{step}"
    for step in (
        "made",
        "rescheduled",
        "paused",
        "resumed",
        "handed_over",
        "accepted",
        "honoured",
        "released",
        "abandoned",
        "disputed",
        "dispute_settled",
        "reopened",
    )
)


@dataclass(frozen=True)
class Sentence:
    """What happened at an instant, in words; ``idle`` if it changed nothing that it could have."""

    at: datetime
    text: str
    idle: bool


@dataclass(frozen=True)
class Move:
    """A rescheduling: from which date to which, who started it, whether the customer agreed, and
    whether anything changed; ``late`` if the customer consented when the agreed date had passed."""

    at: datetime
    before: datetime | None
    after: datetime
    initiated_by: str
    agreed: bool
    applied: bool
    late: bool


def department_of(source: str) -> str:
    """The department of a source such as ``/care/desk``."""
    return source.split("/")[1] if source.startswith("/") else source


def late_consents(
    first_due_at: datetime | None, facts: Iterable[answers.HistoryEntry | answers.Step]
) -> frozenset[str]:
    """Which of the facts about a commitment, in their order, are reschedulings to which the
    customer consented only when the agreed date had passed: that date stays."""
    agreed, found = first_due_at, set()
    for fact in facts:
        data = fact["data"]
        if fact["type"] != "commitment.rescheduled" or not fact.get("applied", True):
            continue
        due = _instant(data["due_at"])
        consented = data["initiated_by"] == "customer" or data.get("customer_agreed")
        if agreed is None or (consented and fact["time"] <= agreed):
            agreed = due
        elif consented and due != agreed:
            found.add(fact["id"])
    return frozenset(found)


def sentence(entry: answers.HistoryEntry, language: Language, *, late: bool) -> Sentence:
    """A fact of a commitment's history in words; ``late`` as in ``fact_text``."""
    kind, data = entry["type"], entry["data"]
    text = fact_text(kind, department_of(entry["source"]), data, language, late=late)
    return Sentence(entry["time"], text, kind in _STEPS and not entry["applied"])


def fact_text(
    kind: str, department: str, data: Mapping[str, Any], language: Language, *, late: bool
) -> str:
    """A fact in words: by a phrase of its own type, or by the name of the type; ``late`` for one of
    ``late_consents``."""
    values = {"who": department, **_values(kind, data, language)}
    own = f"{kind}.{values['variant']}" if values.get("variant") else ""
    variants = (f"{own}.late" if late else "", own, kind)
    for name in variants:
        phrase = "fact." + name.replace(".", "_")
        if name and language.has(phrase):
            return language.say(phrase, **values)
    return language.say("fact.other", type=language.type(kind), **values)


def _values(kind: str, data: Mapping[str, Any], language: Language) -> dict[str, str]:
    """What the sentences of a type say beside who."""
    match kind:
        case "commitment.made":
            due = _day(data.get("due_at"), language)
            return {"about": str(data["about"]), "due": due, "variant": "dated" if due else ""}
        case "commitment.rescheduled":
            started = str(data["initiated_by"])
            agreed = started == "company" and data.get("customer_agreed")
            variant = "agreed" if agreed else started
            return {"due": _day(data["due_at"], language), "variant": variant}
        case "commitment.paused" | "commitment.resumed":
            return {"variant": str(data.get("waiting_for", ""))}
        case "commitment.handed_over" | "help.given" | "alert.raised":
            return {"to": str(data.get("to_department", ""))}
        case "commitment.dispute_settled":
            return {"variant": str(data.get("outcome", ""))}
        case "payment.captured" | "payment.linked" | "payment.refunded" | "charge.repeated":
            return _payment(data, language)
        case "entitlement.checked":
            return {"variant": str(data.get("outcome", ""))}
        case "touchpoint.occurred":
            started = "customer" if data.get("initiated_by") == "customer" else "company"
            return {"channel": _channel(data, language), "variant": started}
        case "customer.chased":
            channel = _channel(data, language)
            return {"channel": channel, "variant": "by" if channel else ""}
    return {}


def _payment(data: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Which payment, of how much, and after which other one it was taken, as far as that is
    known."""
    said = {"payment": str(data["payment_id"])}
    if "amount_minor" in data:
        said |= {"amount": money(data, language), "variant": "amount"}
    if data.get("first_payment_id"):
        said |= {"first": str(data["first_payment_id"]), "variant": "first"}
    return said


def _channel(data: Mapping[str, Any], language: Language) -> str:
    """The channel of a body in words; "" where there is none."""
    return language.choice("channel", str(data.get("channel") or ""))


def _day(value: Any, language: Language) -> str:
    """The day of an instant of a body, which is an instant or its text; "" where there is none."""
    if value is None:
        return ""
    return language.day(instant_from_text(value) if isinstance(value, str) else value)


def moves(history: Iterable[answers.HistoryEntry], late: frozenset[str]) -> list[Move]:
    """Every rescheduling of a commitment, with the date that it took the place of; ``late`` are its
    ``late_consents``."""
    found: list[Move] = []
    latest: datetime | None = None
    for entry in history:
        data = entry["data"]
        if entry["type"] == "commitment.made" and entry["applied"]:
            latest = _instant(data.get("due_at"))
        elif entry["type"] == "commitment.rescheduled":
            after = _instant(data["due_at"])
            assert after is not None  # noqa: S101 - the schema has it in every rescheduling
            agreed = bool(data.get("customer_agreed"))
            found.append(
                Move(
                    entry["time"],
                    latest,
                    after,
                    str(data["initiated_by"]),
                    agreed,
                    entry["applied"],
                    entry["id"] in late,
                )
            )
            latest = after if entry["applied"] else latest
    return found


def _instant(value: Any) -> datetime | None:
    return instant_from_text(value) if isinstance(value, str) else value
