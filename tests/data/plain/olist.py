"""The marketplace as its files have it: two promises and a journey an order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from tests.data.plain import promises
from tests.data.plain.promises import Json, Promise, Step, Told

LOCAL = ZoneInfo("America/Sao_Paulo")

Rows = Callable[[str], Iterable[Mapping[str, str]]]


@dataclass(frozen=True)
class Review:
    customer: str
    at: datetime
    score: int


@dataclass(frozen=True)
class Market(Told):
    """What the files of the marketplace say beside promises and journeys."""

    payments: int
    reviews: Sequence[Review]
    orders_at: Mapping[str, Sequence[datetime]]


def told(rows: Rows, as_of: datetime) -> Market:
    """What the files say, each as ``rows`` gives its rows."""
    customers = {
        row["customer_id"]: row["customer_unique_id"] for row in rows("olist_customers_dataset.csv")
    }
    limits: dict[str, datetime] = {}
    for row in rows("olist_order_items_dataset.csv"):
        limit, order = when(row["shipping_limit_date"]), row["order_id"]
        assert limit is not None
        limits[order] = max(limits.get(order, limit), limit)
    payments = Counter(row["order_id"] for row in rows("olist_order_payments_dataset.csv"))
    reviews = defaultdict(list)
    for row in rows("olist_order_reviews_dataset.csv"):
        reviews[row["order_id"]].append(row)

    made, journeys, said = [], {}, []
    orders_at = defaultdict(list)
    captured = 0
    for row in rows("olist_orders_dataset.csv"):
        order, customer = row["order_id"], customers[row["customer_id"]]
        own = [*_promises(row, customer, limits.get(order))]
        answers = [
            Review(customer, _known(review["review_answer_timestamp"]), int(review["review_score"]))
            for review in reviews[order]
            if _known(review["review_answer_timestamp"]) <= as_of
        ]
        paid = payments[order] if row["order_approved_at"] else 0
        made += own
        said += answers
        captured += paid
        orders_at[customer].append(own[0].made_at)
        journeys[order] = sorted(_steps(row, own, paid, answers))
    return Market(as_of, made, journeys, captured, said, orders_at)


def _promises(row: Mapping[str, str], customer: str, limit: datetime | None) -> Iterator[Promise]:
    order, placed = row["order_id"], _known(row["order_purchase_timestamp"])
    yield Promise(
        about="delivery",
        owner="logistics",
        customer=customer,
        journey=order,
        step=_id("commitment.made.delivery", order),
        made_at=placed,
        due_at=when(row["order_estimated_delivery_date"]),
        honoured_at=when(row["order_delivered_customer_date"]),
        made_to=f"customer:{customer}",
    )
    if limit is not None:
        yield Promise(
            about="handover",
            owner="sellers",
            customer=customer,
            journey=order,
            step=_id("commitment.made.handover", order),
            made_at=placed,
            due_at=limit,
            honoured_at=when(row["order_delivered_carrier_date"]),
            made_to="department:logistics",
            supports="delivery",
        )


def _steps(
    row: Mapping[str, str], own: Sequence[Promise], paid: int, answers: Sequence[Review]
) -> Iterator[Step]:
    yield Step(own[0].made_at, 0, "", "sales", False)
    for one in own:
        yield Step(one.made_at, 1, one.step, one.owner, True)
    for department, about, column in (
        ("sellers", "handover", "order_delivered_carrier_date"),
        ("logistics", "delivery", "order_delivered_customer_date"),
    ):
        if at := when(row[column]):
            fact = _id(f"commitment.honoured.{about}", row["order_id"])
            yield Step(at, 2, fact, department, True)
    for number in range(paid):
        for rank in (3, 4):
            yield Step(_known(row["order_approved_at"]), rank, str(number), "payments", False)
    for said in answers:
        yield Step(said.at, 5, "", "voice", False)


def _id(file: str, order: str) -> str:
    """Which of an order's two promises was made first is decided by the ids of the facts alone."""
    return str(uuid5(NAMESPACE_URL, f"pledger:import:olist/{file}/{order}"))


def when(text: str) -> datetime | None:
    """A local time: of one that comes twice the later instant; one that clocks skip moves on."""
    if not text:
        return None
    local = datetime.fromisoformat(text).replace(tzinfo=LOCAL)
    return max(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _known(text: str) -> datetime:
    at = when(text)
    assert at is not None
    return at


def unlinked(market: Market) -> Json:
    """Each payment is known for what it was when it is captured."""
    return {"count": 0, "of": market.payments, "maturing": 0}


def time_to_link(market: Market) -> Json:
    return {"n": market.payments, "ended": market.payments, "waiting": 0, "median": 0, "p90": 0}


def stars(market: Market) -> Json:
    scores = [review.score for review in market.reviews]
    return {"n": len(scores), "excluded": 0, "value": sum(scores) / len(scores)}


def other_scores(market: Market) -> Json:
    return {"n": 0, "excluded": 0, "value": None}


def broken_links(market: Market) -> Json:
    broken = {(one.about, one.journey) for one in market.broken}
    both = sum(("handover", order) in broken for about, order in broken if about == "delivery")
    row = {"owner": "logistics", "supporting_owner": "sellers", "supporting_about": "handover"}
    return {"rows": [{**row, "count": both}]}


def date_chosen(market: Market) -> Json:
    """Of the deliveries, whose date the marketplace gives. Who chose that of a handover is not
    said."""
    return promises.share(False for one in market.promises if one.about == "delivery")


def service_recovery(market: Market) -> Json:
    """Nobody reports issues: all that is said is said by customers without one."""
    within = timedelta(days=90)
    ripe = [one for one in market.reviews if one.at + within < market.as_of]
    back = [
        any(one.at < placed <= one.at + within for placed in market.orders_at[one.customer])
        for one in ripe
    ]
    said = len(market.reviews)
    row = {
        "state": "no_issue",
        "feedback": said,
        "mean": sum((one.score - 1) / 4 for one in market.reviews) / said,
        "returned": sum(back),
        "of": len(ripe),
        "maturing": said - len(ripe),
    }
    others = [{"state": state, "feedback": 0} for state in ("recovered", "unrecovered")]
    return {"rows": [row, *others]}


READ: Mapping[str, Callable[[Market], Json]] = {
    **promises.READ,
    "undated": promises.none_of_promises,
    "date_chosen_by_customer": date_chosen,
    "broken_links": broken_links,
    "unlinked_payments": unlinked,
    "unlinked_amount": lambda market: {"count": 0, "amounts": []},
    "time_to_link": time_to_link,
    "service_recovery": service_recovery,
    "stars": stars,
    "nps": other_scores,
    "csat": other_scores,
    "ces": other_scores,
}
