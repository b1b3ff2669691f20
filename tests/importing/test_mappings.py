"""The importers that come along: the example, and the two for real data, on rows made up to hold
what is hard in those."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.port import RecordedEvent
from schemas import codec
from tests.helpers import ROOT, shared
from tests.importing.folders import Home, write

MAPPINGS = ROOT / "mappings"
GUIDE = ROOT / "docs" / "how-to" / "write-an-importer.md"

OLIST = {
    "olist_customers_dataset.csv": """\
"customer_id","customer_unique_id","customer_zip_code_prefix"
"c1","u1","01234"
"c2","u1","01234"
""",
    "olist_orders_dataset.csv": """\
order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,\
order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date
0001,c1,delivered,2018-02-17 23:30:00,2018-02-17 23:40:00,2018-02-16 10:00:00,\
2018-03-01 15:00:00,2018-03-01 00:00:00
0002,c2,canceled,2017-06-01 12:00:00,,,,2017-06-20 00:00:00
""",
    "olist_order_items_dataset.csv": """\
order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
0001,1,p,s,2018-02-22 09:00:00,1.00,1.00
0001,2,p,s,2018-02-23 10:00:00,1.00,1.00
0001,3,p,s,2018-02-22 23:59:59,1.00,1.00
""",
    "olist_order_payments_dataset.csv": """\
order_id,payment_sequential,payment_type,payment_installments,payment_value
0001,1,credit_card,1,0.29
0001,2,voucher,1,1126.85
0002,1,boleto,1,9.99
""",
    "olist_order_reviews_dataset.csv": '''\
review_id,order_id,review_score,review_comment_title,review_comment_message,\
review_creation_date,review_answer_timestamp
r1,0001,5,"Muito ""bom""","Chegou antes,
e bem embalado",2018-03-02 00:00:00,2018-03-02 08:00:00
r1,0002,1,,,2017-06-30 00:00:00,2017-07-01 08:00:00
''',
}


def body(fact: RecordedEvent) -> dict[str, Any]:
    return codec.decode(fact.body)[1]


def of_type(home: Home, type: str) -> Iterator[RecordedEvent]:
    return (fact for fact in home.facts() if fact.type == type)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def micros(text: str) -> int:
    return int(utc(text).timestamp()) * 1_000_000


@pytest.fixture
def olist(tmp_path: Path) -> Path:
    return write(tmp_path / "olist_data", OLIST)


def test_olist_counts(home: Home, olist: Path) -> None:
    answer = home.run(MAPPINGS / "olist", olist)
    assert answer["rejected"] == []
    assert answer["by_type"] == {
        "commitment.honoured": 2,
        "commitment.made": 3,
        "feedback.given": 2,
        "payment.captured": 2,
        "payment.linked": 2,
        "touchpoint.occurred": 2,
    }
    assert answer["skipped"] == {
        "commitment.honoured": 2,
        "payment.captured": 1,
        "payment.linked": 1,
    }
    assert {fact.subject for fact in home.facts()} == {"customer:u1"}
    assert all(body(fact)["refs"] in [("order:0001",), ("order:0002",)] for fact in home.facts())


def test_olist_takes_the_later_of_two_instants(home: Home, olist: Path) -> None:
    home.run(MAPPINGS / "olist", olist)
    assert next(of_type(home, "touchpoint.occurred")).time == micros("2018-02-18T02:30:00")
    assert next(of_type(home, "payment.captured")).time == micros("2018-02-18T02:40:00")


@pytest.mark.parametrize(
    ("settings", "due"),
    [
        ({}, "2018-03-01T03:00:00"),
        ({"due": "as_given"}, "2018-03-01T03:00:00"),
        ({"due": "end_of_day"}, "2018-03-02T02:59:59"),
    ],
)
def test_olist_reads_due_dates_in_two_ways(
    home: Home, olist: Path, settings: dict[str, str], due: str
) -> None:
    home.run(MAPPINGS / "olist", olist, settings)
    made = {body(fact)["commitment_id"]: body(fact) for fact in of_type(home, "commitment.made")}
    assert made["delivery-0001"]["due_at"] == utc(due)
    assert made["delivery-0001"]["due_chosen_by"] == "company"
    # The last item's limit, whatever the reading.
    assert made["handover-0001"]["due_at"] == utc("2018-02-23T13:00:00")
    assert made["handover-0001"]["made_to"] == "department:logistics"
    assert made["handover-0001"]["supports"] == "delivery-0001"
    assert "handover-0002" not in made


def test_olist_knows_no_third_way(home: Home, olist: Path) -> None:
    with pytest.raises(ValueError, match="due must be as_given or end_of_day, seen: noon"):
        home.run(MAPPINGS / "olist", olist, {"due": "noon"})


def test_olist_counts_money_exactly(home: Home, olist: Path) -> None:
    home.run(MAPPINGS / "olist", olist)
    captured = [body(fact) for fact in of_type(home, "payment.captured")]
    assert {fact["payment_id"]: fact["amount_minor"] for fact in captured} == {
        "0001-1": 29,
        "0001-2": 112_685,
    }
    linked = [body(fact) for fact in of_type(home, "payment.linked")]
    assert {(fact["to_ref"], fact["how"]) for fact in linked} == {("order:0001", "exact_reference")}


def test_olist_reads_comments_over_several_lines(home: Home, olist: Path) -> None:
    home.run(MAPPINGS / "olist", olist)
    first, second = (body(fact) for fact in of_type(home, "feedback.given"))
    assert first["comment"] == 'Muito "bom"\nChegou antes,\ne bem embalado'
    assert (first["score"], first["about_ref"]) == (5, "order:0001")
    assert (second["score"], second["comment"]) == (1, None)


@pytest.mark.parametrize("data", ["olist_small", "olist_large", "permit_receipt"])
def test_real_data(home: Home, data: str) -> None:
    expected = json.loads(shared("data", f"expected_{data}.json").read_text(encoding="utf-8"))
    folder = MAPPINGS / data.removesuffix("_small").removesuffix("_large")
    first = home.run(folder, shared("data", data))
    del expected["import"]["definition"]
    assert {name: first[name] for name in expected["import"]} == expected["import"]  # type: ignore[literal-required]
    if "payments_captured_minor" in expected["numbers"]:
        captured = sum(body(fact)["amount_minor"] for fact in of_type(home, "payment.captured"))
        assert captured == expected["numbers"]["payments_captured_minor"]["value"]
    again = home.run(folder, shared("data", data))
    assert again == first | {"accepted": 0, "duplicates": first["accepted"]}


def test_nobody_at_work_is_imported(home: Home) -> None:
    home.run(MAPPINGS / "permit_receipt", shared("data", "permit_receipt"))
    sources = {fact.source for fact in home.facts()}
    assert {"/general/permits", "/customer-contact/permits", "/experts/permits"} <= sources
    assert {"/group-1/permits", "/empty/permits"} <= sources
    for fact in home.facts():
        written = f"{fact.source} {fact.subject} {body(fact)}".lower()
        assert "resource" not in written
        assert "admin" not in written


def test_the_example(home: Home) -> None:
    answer = home.run(MAPPINGS / "example", MAPPINGS / "example" / "data")
    assert answer["rejected"] == []
    assert answer["by_type"] == {
        "commitment.honoured": 5,
        "commitment.made": 6,
        "customer.chased": 3,
    }
    assert answer["skipped"] == {"commitment.honoured": 1}


def test_the_guide_shows_the_example() -> None:
    """What the guide has its reader write is what is in the folder, file by file."""
    shown = dict(
        re.findall(
            r"<!-- file: bicycles/(\S+) -->\n```\w+\n(.*?)```",
            GUIDE.read_text(encoding="utf-8"),
            re.DOTALL,
        )
    )
    example = MAPPINGS / "example"
    files = [*example.glob("*.sql"), *example.glob("data/*.csv")]
    there = {
        path.relative_to(example).as_posix(): path.read_text(encoding="utf-8") for path in files
    }
    assert {name.replace("bicycles/", ""): text for name, text in shown.items()} == there
