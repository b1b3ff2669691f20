"""What is the matter with a data set, read off the rows of its files: who fell silent, what happens
at one instant, what has no beginning, which ids look alike, and what nobody reports."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from tests.data.plain.olist import when

Rows = Callable[[str], Iterable[Mapping[str, str]]]

#: A Monday.
MONDAY = datetime(2010, 1, 4, tzinfo=UTC)
SHOWN = 5


class Said(NamedTuple):
    """A row, or a column of one, that says that something happened: who says it, when, about which
    promise if any, whether that begins with it, and the ids that it names."""

    source: str
    at: datetime
    promise: str | None
    begins: bool
    ids: tuple[str, ...]


def of_orders(rows: Rows) -> Iterator[Said]:
    """The marketplace."""
    customers = {
        row["customer_id"]: row["customer_unique_id"] for row in rows("olist_customers_dataset.csv")
    }
    payments = Counter(row["order_id"] for row in rows("olist_order_payments_dataset.csv"))
    promised = {row["order_id"] for row in rows("olist_order_items_dataset.csv")}
    reviews = defaultdict(list)
    for row in rows("olist_order_reviews_dataset.csv"):
        reviews[row["order_id"]].append(row["review_answer_timestamp"])
    for row in rows("olist_orders_dataset.csv"):
        order = row["order_id"]
        ids = (f"customer:{customers[row['customer_id']]}", f"order:{order}")
        placed = row["order_purchase_timestamp"]
        handed, brought = (row[f"order_delivered_{to}_date"] for to in ("carrier", "customer"))
        told = [
            ("sales", placed, None, False),
            ("logistics", placed, f"delivery-{order}", True),
            ("logistics", brought, f"delivery-{order}", False),
            ("sellers", handed, f"handover-{order}", False),
            *[("payments", row["order_approved_at"], None, False)] * 2 * payments[order],
            *(("voice", answered, None, False) for answered in reviews[order]),
        ]
        if order in promised:
            told.append(("sellers", placed, f"handover-{order}", True))
        for who, written, promise, begins in told:
            if (at := when(written)) is not None:
                yield Said(f"/{who}/olist", at, promise, begins, ids)


def of_cases(rows: Rows) -> Iterator[Said]:
    """The municipality: a promise a case, whose columns stand in each of its rows."""
    cases = set()
    for row in rows("receipt.csv"):
        case = row["case:concept:name"]
        ids = (f"customer:{case}", f"case:{case}")
        group = row["org:group"].lower().replace(" ", "-")
        yield Said(
            f"/{group}/permits", datetime.fromisoformat(row["time:timestamp"]), None, False, ids
        )
        department = row["case:department"].lower().replace(" ", "-")
        cases.add((department, case, row["case:startdate"], row["case:enddate"]))
    for department, case, started, ended in cases:
        source, promise = f"/{department}/permits", f"permit-{case}"
        ids = (f"customer:{case}", f"case:{case}")
        yield Said(source, datetime.fromisoformat(started), promise, True, ids)
        if ended:
            yield Said(source, datetime.fromisoformat(ended), promise, False, ids)


def findings(every: Iterable[Said], as_of: datetime) -> dict[str, tuple[int, list[object]]]:
    """How many of each kind there are by ``as_of``, and some of them. No data set reports chases or
    moved dates."""
    said = [one for one in every if one.at <= as_of]
    begun: dict[str | None, datetime] = {}
    for one in said:
        if one.begins:
            begun[one.promise] = min(one.at, begun.get(one.promise, one.at))
    waiting = sorted(
        {(one.at, one.promise) for one in said if one.promise and one.promise not in begun}
    )
    found: dict[str, Sequence[object]] = {
        "waiting": [*dict.fromkeys(promise for _, promise in waiting)],
        "look_alike": _alike(said),
        "silent_source": _silent(said, as_of),
        "no_evidence": ["customer.chased", "commitment.rescheduled"],
        "equal_times": _at_once(said),
    }
    return {kind: (len(all_), list(all_[:SHOWN])) for kind, all_ in found.items() if all_}


def _alike(said: Sequence[Said]) -> list[list[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for text in {id for one in said for id in one.ids}:
        groups["".join(unicodedata.normalize("NFKC", text).casefold().split())].add(text)
    return [sorted(groups[key]) for key in sorted(groups) if len(groups[key]) > 1]


def _silent(said: Sequence[Said], as_of: datetime) -> list[str]:
    times = defaultdict(list)
    for one in said:
        times[one.source].append(one.at)
    silent = []
    for source, own in times.items():
        longest: dict[int, timedelta] = {}
        for before, after in pairwise(sorted({*own})):
            week = (after - MONDAY).days // 7
            longest[week] = max(after - before, longest.get(week, timedelta()))
        usual = sorted(longest.values())[(len(longest) - 1) // 2]
        if len(own) >= 30 and as_of - max(own) > 4 * usual:
            silent.append((max(own), source))
    return [source for _, source in sorted(silent)]


def _at_once(said: Sequence[Said]) -> list[str]:
    """No data set numbers its rows."""
    told = [one for one in said if one.promise is not None]
    together = Counter((one.promise, one.at) for one in told)
    shared = Counter(one.source for one in told if together[one.promise, one.at] > 1)
    counted = Counter(one.source for one in told)
    return [source for source in sorted(shared) if shared[source] * 10 > counted[source]]
