"""What a head of customer care asks on a Monday morning, answered from the pages alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.testclient import TestClient

from domain.measures.tables import around_due
from entrypoints.pages.language import language
from entrypoints.pages.table_pictures import just_before
from tests.pages.drawn import expect_picture
from tests.pages.test_pages import page


def test_who_waits_longest(browser: TestClient) -> None:
    first = page(browser, "/")
    assert "/today" in first.links
    english = (
        "customer:5 has waited longest. Promised was delivery, due on 31 January 2026: 1 month"
    )
    assert english in page(browser, "/today").text
    french = (
        "customer:5 attend depuis le plus longtemps. Promis : delivery, pour le 31 janvier 2026"
    )
    assert french in page(browser, "/today", "fr").text
    assert "has waited longest" not in page(browser, "/today?show=soon").text
    assert "has waited longest" not in page(browser, "/today?department=care").text


def test_what_became_of_what_was_promised_to_a_customer(browser: TestClient) -> None:
    found = page(browser, "/customers/customer:8412")
    assert "2 January 2026, 10:00 shop promised: delivery, by 10 January 2026. ROSE" in found.text
    assert "9 January 2026, 10:00 logistics honoured it. delivery ROSE" in found.text
    assert "/customers/customer%3A8412?as_of=2026-01-09T10%3A00%3A00Z" in found.links


def test_what_was_known_of_a_payment_on_the_day(browser: TestClient) -> None:
    then = page(browser, "/customers/customer:77?as_of=2026-01-24").text
    assert "P-1 waits since 23 January 2026, 09:00 for this: what the payment was for." in then
    assert "payments took a payment of 42.00 EUR (P-1)." in then
    assert "P-1" not in page(browser, "/customers/customer:77?as_of=2026-01-22").text
    assert "P-1 attend depuis" in page(browser, "/customers/customer:5", "fr").text


def test_whose_dates_move_just_before_they_fall_due(browser: TestClient) -> None:
    heading = "Dates moved just before they fell due, by department"
    for path in ("/", "/metrics/around_due"):
        shown = page(browser, path)
        assert heading in shown.text
        assert any(
            link.startswith("/metrics/around_due/units?where=department") for link in shown.links
        )
    groups = [
        _group("billing", moved=30, honoured=10),
        _group("care", moved=1, honoured=60),
        _group("field", moved=2, honoured=70),
        _group("network", moved=3, honoured=80),
        _group(None, moved=0, honoured=0),
    ]
    found = just_before(groups, language("en"), lambda department: f"/units-of/{department}")
    expect_picture(found)
    assert "billing (above the 9" in found.says
    assert [row[1].href for row in found.table.rows][:2] == ["/units-of/billing", "/units-of/care"]
    assert [row[2].text for row in found.table.rows] == [
        "30 of 40",
        "1 of 61",
        "2 of 72",
        "3 of 83",
        "0 of 0",
    ]


def test_a_unit_that_is_a_fact_leads_to_it(browser: TestClient) -> None:
    units = browser.get("/v1/metrics/moved_without_consent/units").json()["units"]
    assert units
    links = page(browser, "/metrics/moved_without_consent/units").links
    for unit in units:
        assert f"/v1/facts/{unit['unit']}" in links
        assert browser.get(f"/v1/facts/{unit['unit']}").status_code == 200


def _group(department: str | None, moved: int, honoured: int) -> Mapping[str, Any]:
    """What a department did just before its dates; what it did a week before does not count."""
    value = around_due(
        [(0, "moved", moved), (-1, "honoured", honoured), (-6, "moved", 9), (1, "moved", 9)]
    )
    return {"key": {"department": department}, "value": value}


def test_a_share_of_scores_is_written_in_per_cent(browser: TestClient) -> None:
    assert "100.0 % over 1 answer" in page(browser, "/families/voice").text
