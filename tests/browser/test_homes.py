"""Homes that are out of the common: with nothing in it, being rebuilt, and with a customer of whom
there are very many facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from application.home import Rebuilding
from tests.access.given import Clock
from tests.browser.conftest import Opening
from tests.browser.looks import look
from tests.browser.served import served
from tests.browser.site import PLACES
from tests.entrypoints.small import AS_OF, FACTS, id_of
from tests.helpers import emit
from tests.homes import embedded_home

pytestmark = pytest.mark.xdist_group("browser")

NOW = datetime.fromisoformat(AS_OF).astimezone(UTC)
MANY = 50_000


def test_every_page_of_an_empty_home_says_what_to_do(opening: Opening, tmp_path: Path) -> None:
    emit(tmp_path / "home", [fact for fact in FACTS if fact["type"] == "feedback.given"])
    with served(tmp_path / "home", Clock(NOW)) as door:
        looking = opening(at=door)
        named = [one.path for one in PLACES if "/commitments/" not in one.path]
        for path in [one for one in named if "/customers/" not in one]:
            assert looking.open(path).status == 200, path
            assert looking.page.locator("main").inner_text(), path
            assert look(looking.page, "labels") == [], path
        looking.open("/")
        expect(looking.page.get_by_text("No promise has been recorded yet")).to_be_visible()


def test_pages_answer_while_views_are_rebuilt(opening: Opening, tmp_path: Path) -> None:
    emit(tmp_path / "home", FACTS)
    with served(tmp_path / "home", Clock(NOW)) as door:
        looking = opening(at=door)
        looking.open("/")
        before, seen = looking.page.locator("main").inner_text(), []

        def look_in(done: int, total: int) -> None:
            looking.open("/")
            seen.append(looking.page.locator("main").inner_text())

        embedded_home(tmp_path / "home").rebuild(look_in, Rebuilding())
        look_in(0, 0)
        assert len(seen) > 1
        assert set(seen) == {before}
        assert looking.open("/status").status == 200


def _letters() -> Iterator[dict[str, Any]]:
    """So many facts of one customer and one order, each ten minutes one: a promise, and letters."""
    kinds = (
        "touchpoint.occurred",
        {"kind": "letter", "channel": "email", "initiated_by": "company"},
    )
    first = NOW - timedelta(days=360)
    for number in range(MANY):
        what, data = kinds
        if number == 0:
            due = (NOW + timedelta(days=30)).isoformat()
            what = "commitment.made"
            data = {
                "commitment_id": "LONG",
                "about": "delivery",
                "entry_point": "web",
                "due_at": due,
            }
        yield {
            **FACTS[0],
            "id": id_of(1_000 + number),
            "type": what,
            "subject": "customer:many",
            "time": (first + number * timedelta(minutes=10)).isoformat(),
            "data": {**data, "refs": ["order:1"]},
        }


def test_a_customer_of_very_many_facts_opens(opening: Opening, tmp_path: Path) -> None:
    emit(tmp_path / "home", list(_letters()))
    with served(tmp_path / "home", Clock(NOW)) as door:
        looking = opening(at=door)
        assert looking.open("/customers/customer:many").status == 200
        expect(looking.page.get_by_text("49,500 oldest facts are not shown")).to_be_visible()
        look(looking.page, "unfold")
        happened = looking.page.get_by_role("region", name="The numbers of: What happened")
        assert happened.locator("tbody tr").count() == 500
        assert look(looking.page, "sideways") == []
        looking.page.get_by_role("link", name="delivery").first.click()
        expect(looking.page.locator("h1")).to_have_text("delivery LONG")
