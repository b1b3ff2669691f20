"""The numbers of the Olist data, each computed from what the command line answers; from the CSV
files only what the ledger does not hold (the status column, the rows without a time)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.data.imported import Imported, Json, instant

LOCAL = ZoneInfo("America/Sao_Paulo")


def bare(commitment_id: str) -> str:
    """The order of a commitment: ``delivery-123`` and ``handover-123`` are of the order 123."""
    return commitment_id.split("-", 1)[1]


def by_order(home: Imported, about: str) -> dict[str, Json]:
    """The commitments about something, by order."""
    return {bare(id): c for id, c in home.commitments.items() if c["about"] == about}


def honoured(home: Imported, about: str) -> set[str]:
    """The orders whose delivery or handover has an honoured fact, at whatever time."""
    ids = (fact["data"]["commitment_id"] for fact in home.facts["commitment.honoured"])
    return {bare(id) for id in ids if id.startswith(f"{about}-")}


def file_minor(home: Imported) -> int:
    """All rows of the payments file, in centavos, through decimals."""
    rows = home.rows("olist_order_payments_dataset.csv")
    return int(sum(Decimal(row["payment_value"]) * 100 for row in rows))


def captured_minor(home: Imported) -> int:
    """What was captured at or before ``as_of``, in centavos."""
    end = instant(home.as_of)
    facts = home.facts["payment.captured"]
    assert {fact["data"]["currency"] for fact in facts} == {"BRL"}
    return sum(fact["data"]["amount_minor"] for fact in facts if instant(fact["time"]) <= end)


def honoured_before_made(home: Imported) -> int:
    """Handovers dated before their order; each of them must count as kept."""
    early = [
        commitment
        for commitment in by_order(home, "handover").values()
        if commitment["honoured_at"]
        and instant(commitment["honoured_at"]) < instant(commitment["made_at"])
    ]
    assert all(commitment["status"] == "kept" for commitment in early)
    return len(early)


def status_by_order_status(home: Imported) -> dict[str, dict[str, int]]:
    """What the file's own status says against what the facts say."""
    deliveries = by_order(home, "delivery")
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row in home.rows("olist_orders_dataset.csv"):
        table[row["order_status"]][deliveries[row["order_id"]]["status"]] += 1
    return {status: dict(counts) for status, counts in table.items()}


def scores(home: Imported) -> list[int]:
    """Every review's score."""
    return [fact["data"]["score"] for fact in home.facts["feedback.given"]]


def reviews_before_purchase(home: Imported) -> int:
    """Reviews answered before the order that they are about was placed."""
    placed = {fact["data"]["refs"][0]: fact["time"] for fact in home.facts["touchpoint.occurred"]}
    return sum(
        instant(fact["time"]) < instant(placed[fact["data"]["about_ref"]])
        for fact in home.facts["feedback.given"]
    )


def scores_by_delivery_status(home: Imported) -> dict[str, Json]:
    """Reviews at or before ``as_of`` by the status of the delivery of their order."""
    deliveries, end = by_order(home, "delivery"), instant(home.as_of)
    by_status: dict[str, list[int]] = defaultdict(list)
    for fact in home.facts["feedback.given"]:
        if instant(fact["time"]) <= end:
            order = fact["data"]["about_ref"].removeprefix("order:")
            by_status[deliveries[order]["status"]].append(fact["data"]["score"])
    return {
        status: {"answers": len(given), "sum": sum(given), "mean": sum(given) / len(given)}
        for status, given in by_status.items()
    }


def chain(home: Imported) -> dict[str, dict[str, int]]:
    """Orders with both commitments, by status of the handover, then of the delivery it serves."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for commitment in home.commitments.values():
        if commitment["supports"] is not None:
            served = home.commitments[commitment["supports"]]
            table[commitment["status"]][served["status"]] += 1
    return {status: dict(counts) for status, counts in table.items()}


def month_shift(home: Imported) -> int:
    """Deliveries due in another month in UTC than in Brazil."""
    dues = [instant(c["first_due_at"]) for c in by_order(home, "delivery").values()]
    return sum(f"{due:%Y-%m}" != f"{due.astimezone(LOCAL):%Y-%m}" for due in dues)


def customers(home: Imported) -> Counter[str]:
    """Journeys by customer."""
    return Counter(journey["customer"] for journey in home.journeys)


NUMBERS: dict[str, Callable[[Imported], Any]] = {
    "orders": lambda home: len(home.facts["touchpoint.occurred"]),
    "customers": lambda home: len(customers(home)),
    "customers_with_two_or_more_orders": lambda home: sum(n >= 2 for n in customers(home).values()),
    "journeys": lambda home: len(home.journeys),
    "facts_without_refs": lambda home: sum(
        not fact["data"].get("refs") for facts in home.facts.values() for fact in facts
    ),
    "handover_commitments": lambda home: home.counts("handover")["made"],
    "orders_without_items": lambda home: len(
        by_order(home, "delivery").keys() - by_order(home, "handover").keys()
    ),
    "deliveries_honoured": lambda home: len(honoured(home, "delivery")),
    "deliveries_late_as_given": lambda home: home.counts("delivery")["late"],
    "handovers_honoured": lambda home: len(
        honoured(home, "handover") & by_order(home, "handover").keys()
    ),
    "handovers_late": lambda home: home.counts("handover")["late"],
    "honoured_before_made": honoured_before_made,
    "delivery_status_by_order_status": status_by_order_status,
    "payments_captured": lambda home: home.answer["by_type"]["payment.captured"],
    "payments_captured_minor": captured_minor,
    "payments_skipped": lambda home: home.answer["skipped"]["payment.captured"],
    "payments_skipped_minor": lambda home: file_minor(home) - captured_minor(home),
    "payments_in_file_minor": file_minor,
    "payments_unlinked": lambda home: len(home.suspended("unlinked_payment")),
    "reviews": lambda home: len(home.facts["feedback.given"]),
    "review_ids": lambda home: len(
        {row["review_id"] for row in home.rows("olist_order_reviews_dataset.csv")}
    ),
    "reviews_after_as_of": lambda home: sum(
        instant(fact["time"]) > instant(home.as_of) for fact in home.facts["feedback.given"]
    ),
    "review_mean": lambda home: sum(scores(home)) / len(scores(home)),
    "review_histogram": lambda home: {str(s): n for s, n in Counter(scores(home)).items()},
    "reviews_before_purchase": reviews_before_purchase,
    "review_scores_by_delivery_status": scores_by_delivery_status,
    "chain": chain,
    "kept_whole": Imported.kept_whole,
}

#: What the reading ``end_of_day`` changes.
OTHER_NUMBERS: dict[str, Callable[[Imported], Any]] = {
    "review_scores_by_delivery_status": scores_by_delivery_status,
    "chain": chain,
    "kept_whole": Imported.kept_whole,
    "month_shift": month_shift,
}
