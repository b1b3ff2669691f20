"""Whether customers are believed, and what control finds: the units of the family ``trust``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.facts import Fact
from tests.metrics.plain.world import Json, Reading, Unit, World, seconds


def body(fact: Fact) -> Any:
    return fact.body


def ids(*facts: Fact | None) -> frozenset[str]:
    return frozenset(str(fact.id) for fact in facts if fact is not None)


def span(world: World, start: datetime, end: datetime | None) -> Json:
    """What a time is made of."""
    return {"start": start, "end": end, "seconds": seconds((end or world.as_of) - start)}


def naming(world: World, field: str, name: str) -> list[Fact]:
    """The facts that name a thing, in their order."""
    return [fact for fact in world.happened if getattr(fact.body, field, None) == name]


def first_of(world: World, type: str, field: str) -> dict[str, Fact]:
    """The first fact of a type for each thing that such facts name."""
    found: dict[str, Fact] = {}
    for fact in world.of_type(type):
        found.setdefault(getattr(fact.body, field), fact)
    return found


def settled(world: World, capture: Fact) -> Fact | None:
    """The first link, or the refund that gives the whole back, if earlier."""
    back = 0
    for fact in naming(world, "payment_id", body(capture).payment_id):
        if fact.type == "payment.linked":
            return fact
        if fact.type == "payment.refunded" and body(fact).currency == body(capture).currency:
            back += body(fact).amount_minor
            if back >= body(capture).amount_minor:
                return fact
    return None


def payments(
    said: Callable[[World, Fact, Fact | None], Json | None], *, matures: bool = False
) -> Reading:
    """The payments of which there is something to say."""

    def read(world: World, within: timedelta) -> list[Unit]:
        found = []
        for name, capture in first_of(world, "payment.captured", "payment_id").items():
            end = settled(world, capture)
            rest = said(world, capture, end)
            if rest is not None:
                key = {"department": capture.department, "method": body(capture).method}
                start = capture.time if matures else None
                found.append(Unit(name, capture.time, key, ids(capture, end), rest, start))
        return found

    return read


def amount_of(fact: Fact) -> Json:
    """What an amount is made of."""
    return {"currency": body(fact).currency, "amount_minor": body(fact).amount_minor}


def _at(fact: Fact | None, opening: Fact) -> datetime | None:
    """When a fact counts: not before the opening."""
    return None if fact is None else max(fact.time, opening.time)


def doubts(world: World) -> dict[str, Fact]:
    """The first adverse check of each entitlement."""
    found: dict[str, Fact] = {}
    for fact in world.of_type("entitlement.checked"):
        if body(fact).outcome in ("not_found", "refused"):
            found.setdefault(body(fact).entitlement_id, fact)
    return found


def cleared(world: World, name: str, check: Fact) -> Fact | None:
    facts = naming(world, "entitlement_id", name)
    words = (fact for fact in facts if fact.type == "suspicion.cleared")
    return next((fact for fact in words if fact.time >= check.time), None)


def entitlements(said: Callable[[World, Fact, Fact | None], Json]) -> Reading:
    def read(world: World, within: timedelta) -> list[Unit]:
        found = []
        for name, check in doubts(world).items():
            end = cleared(world, name, check)
            key = {"rule": body(check).rule_id, "department": check.department}
            found.append(Unit(name, check.time, key, ids(check, end), said(world, check, end)))
        return found

    return read


def repeated(world: World) -> dict[str, Fact]:
    return first_of(world, "charge.repeated", "payment_id")


def paid_twice(world: World, within: timedelta) -> list[Unit]:
    return [
        Unit(str(one.id), one.time, {"department": one.department}, ids(one), amount_of(one))
        for one in repeated(world).values()
    ]


def time_to_repair(world: World, within: timedelta) -> list[Unit]:
    found = []
    for name, charge in repeated(world).items():
        back, last = 0, None
        for fact in naming(world, "payment_id", name):
            if fact.type == "payment.refunded" and body(fact).currency == body(charge).currency:
                back += body(fact).amount_minor
                if back >= body(charge).amount_minor:
                    last = fact
                    break
        rest = span(world, charge.time, _at(last, charge))
        key = {"department": charge.department}
        found.append(Unit(str(charge.id), charge.time, key, ids(charge, last), rest))
    return found


def used(world: World) -> dict[str, Fact]:
    """The fact by which each decision was opened."""
    return first_of(world, "discretion.used", "decision_id")


def drawn(world: World, name: str) -> tuple[Fact | None, Fact | None]:
    """The first draw of a decision, and the last review after it."""
    facts = naming(world, "decision_id", name)
    draw = next((fact for fact in facts if fact.type == "discretion.sampled"), None)
    later = facts[facts.index(draw) :] if draw else []
    reviews = [fact for fact in later if fact.type == "discretion.reviewed"]
    return draw, reviews[-1] if reviews else None


def decision(name: str, use: Fact, rest: Json, *more: Fact | None) -> Unit:
    """A decision with all keys that any metric of decisions has."""
    key = {
        "rule": body(use).rule_id,
        "gesture": body(use).gesture,
        "department": use.department,
    }
    return Unit(name, use.time, key, ids(use, *more), rest)


def _says_abuse(review: Fact | None) -> bool | None:
    return None if review is None else body(review).outcome == "abuse"


def on_customers_word(world: World, within: timedelta) -> list[Unit]:
    return [
        decision(name, use, {"counted": body(use).on_customer_word})
        for name, use in used(world).items()
    ]


def sampled(world: World, within: timedelta) -> list[Unit]:
    found = []
    for name, use in used(world).items():
        draw, _ = drawn(world, name)
        found.append(decision(name, use, {"counted": draw is not None}, draw))
    return found


def abuse(world: World, within: timedelta) -> list[Unit]:
    found = []
    for name, use in used(world).items():
        draw, review = drawn(world, name)
        if draw is not None:
            rest = {"counted": _says_abuse(review)}
            found.append(decision(name, use, rest, draw, review))
    return found


def control(world: World, within: timedelta) -> list[Unit]:
    nothing = {
        **dict.fromkeys(("checks", "adverse", "disproved", "sampled", "abuse"), False),
        "currency": None,
        "amount_minor": None,
    }
    found = []
    for check in world.of_type("entitlement.checked"):
        adverse = body(check).outcome in ("not_found", "refused")
        rest = {**nothing, "checks": True, "adverse": adverse}
        found.append(Unit(f"check:{check.id}", check.time, {}, ids(check), rest))
    for name, check in doubts(world).items():
        end = cleared(world, name, check)
        if end is not None:
            rest = {**nothing, "disproved": True}
            found.append(Unit(f"entitlement:{name}", check.time, {}, ids(check, end), rest))
    for name, use in used(world).items():
        draw, review = drawn(world, name)
        if draw is not None:
            abused = bool(_says_abuse(review))
            rest = {
                **nothing,
                "sampled": True,
                "abuse": abused,
                **(amount_of(use) if abused else {}),
            }
            found.append(Unit(f"decision:{name}", use.time, {}, ids(use, draw, review), rest))
    return found


READINGS: Mapping[str, Reading] = {
    "unlinked_payments": payments(
        lambda world, capture, end: {"counted": end is None}, matures=True
    ),
    "unlinked_amount": payments(
        lambda world, capture, end: None if end else {**amount_of(capture), "counted": True},
        matures=True,
    ),
    "time_to_link": payments(
        lambda world, capture, end: span(world, capture.time, _at(end, capture))
    ),
    "wrongful_suspicion": entitlements(lambda world, check, end: {"counted": end is not None}),
    "time_to_clear": entitlements(
        lambda world, check, end: span(world, check.time, _at(end, check))
    ),
    "paid_twice": paid_twice,
    "time_to_repair": time_to_repair,
    "on_customers_word": on_customers_word,
    "sampled": sampled,
    "abuse": abuse,
    "control": control,
}
