"""What pages tell of promises in words."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from entrypoints.pages.language import language
from entrypoints.pages.stories import fact_text
from tests.entrypoints.small import FACTS
from tests.helpers import emit
from tests.http.doors import client_of, door_to
from tests.pages.conftest import NOW
from tests.pages.test_pages import BROWSER, page


@pytest.mark.parametrize(
    ("wished_by", "told", "consent"),
    [
        ("company", "and the customer agreed; the agreed date had passed by then", "only after"),
        (
            "customer",
            "At the customer's wish, care moved the date to 20 January",
            "own wish, after",
        ),
    ],
)
def test_consent_that_came_too_late_is_told_as_such(
    tmp_path: Path, wished_by: str, told: str, consent: str
) -> None:
    moved = next(one for one in FACTS if one["type"] == "commitment.rescheduled")
    late = {**moved["data"], "initiated_by": wished_by, "customer_agreed": wished_by == "company"}
    early = {**moved, "id": str(UUID(int=7)), "time": "2026-01-11T12:00:00Z"}
    early["data"] = {**late, "due_at": "2026-01-13T10:00:00Z"}
    kept = [one for one in FACTS if one != moved and one["type"] != "commitment.honoured"]
    emit(tmp_path / "home", [*kept, early, {**moved, "data": late}])
    with client_of(door_to(tmp_path / "home", clock=lambda: NOW)) as browser:
        browser.headers.update(BROWSER)
        story = page(browser, "/commitments/CALL").text
        assert "and is still open" in story
        assert told in story
        assert f"{consent} the agreed date had passed: that date stays" in story
        assert story.count("had passed by then, and stays") == 1
        customer = page(browser, f"/customers/{moved['subject']}").text
        assert told in customer
        assert (
            "la date convenue, déjà passée, reste" in page(browser, "/commitments/CALL", "fr").text
        )


@pytest.mark.parametrize("path", ["/commitments/INNER", "/customers/customer:77"])
def test_bars_of_promises_are_not_said_to_be_on_time(browser: TestClient, path: str) -> None:
    told = page(browser, path).text
    assert "made to when it ended or to now" in told
    assert not re.search(r"promises? in time", told)


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("payment.captured", {}, "shop took a payment of 49.80 EUR (P-2)."),
        ("payment.refunded", {}, "shop paid back 49.80 EUR (P-2)."),
        ("charge.repeated", {}, "shop charged the customer a second time: 49.80 EUR (P-2)."),
        (
            "charge.repeated",
            {"first_payment_id": "P-1"},
            "shop charged the customer a second time: 49.80 EUR (P-2, after P-1).",
        ),
    ],
)
def test_what_is_told_of_a_payment_names_it(kind: str, data: dict[str, str], told: str) -> None:
    paid = {"payment_id": "P-2", "amount_minor": 4980, "currency": "EUR", **data}
    assert fact_text(kind, "shop", paid, language("en"), late=False) == told


def test_a_payment_that_was_found_is_named() -> None:
    found = fact_text("payment.linked", "shop", {"payment_id": "P-2"}, language("en"), late=False)
    assert found == "shop found what the payment was for (P-2)."
