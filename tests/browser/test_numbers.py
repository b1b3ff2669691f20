"""What the pages show is what the API answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Locator

from tests.browser.looks import look
from tests.browser.windows import Window

pytestmark = pytest.mark.xdist_group("browser")

_NUMBER = re.compile(r"[−+]?\d[\d,]*(?:\.\d+)?")


def numbers(text: str) -> list[float]:
    """All numbers of a text."""
    return [float(one.replace(",", "").replace("−", "-")) for one in _NUMBER.findall(text)]


def column(table: Locator, head: str) -> list[str]:
    """The cells under a head."""
    heads = table.locator("thead th").all_inner_texts()
    return table.locator(f"tbody tr > :nth-child({heads.index(head) + 1})").all_inner_texts()


def links(cells: Locator) -> list[str]:
    """Where the links of some cells lead."""
    found: list[str] = cells.locator("a").evaluate_all("all => all.map(one => one.pathname)")
    return found


def percent(rate: float) -> float:
    """A rate as pages write it."""
    return round(100 * rate, 1)


def big(looking: Window) -> Sequence[str]:
    """The figures that stand at the head of a page."""
    return looking.page.locator(".figures .big").all_inner_texts()


def test_our_word(looking: Window) -> None:
    whole = looking.ask("/v1/promises?by=month_due")
    agreed, counts = whole["kept_rate"]["agreed"], whole["counts"]
    looking.open("/")
    look(looking.page, "unfold")
    said = numbers(looking.page.locator(".lead").inner_text())
    rate, low, high = (percent(agreed[end]) for end in ("rate", "low", "high"))
    assert said == [agreed["kept"], agreed["due"], rate, 95, low, high]
    assert [numbers(text)[0] for text in big(looking)] == [
        percent(agreed["rate"]),
        percent(whole["slip_gap"]),
        percent(whole["unprompted"]["rate"]),
        counts["overdue"],
    ]
    table = looking.page.get_by_role(
        "region", name="The numbers of: Promises kept by the agreed date"
    )
    months = [one["kept_rate"]["agreed"] for one in whole["groups"] if one["key"]["month_due"]]
    shown = [numbers(text)[0] for text in column(table, "Value")]
    rates = [percent(month["rate"]) for month in months if month["rate"] is not None]
    assert len(shown) >= 30
    assert shown == rates[: len(shown)]


def test_the_balance_adds_up(looking: Window) -> None:
    looking.open("/")
    look(looking.page, "unfold")
    table = looking.page.get_by_role("region", name="The numbers of: What is outstanding")
    *steps, closing = (numbers(text)[0] for text in column(table, "Promises"))
    counts = looking.ask("/v1/promises")["counts"]
    waiting = sum(counts[one] for one in ("pending", "overdue", "undated", "disputed"))
    assert sum(steps) == closing == waiting


@pytest.mark.parametrize(
    ("key", "metric"),
    [("month", "kept_agreed"), ("department", "around_due"), ("about", "kept_agreed")],
)
def test_a_point_leads_to_its_units(looking: Window, key: str, metric: str) -> None:
    looking.open("/")
    point = looking.page.locator(f"svg a[href^='/metrics/{metric}/units?where={key}']").first
    named = (point.get_attribute("aria-label") or "").partition(":")[0]
    assert named
    # The middle of a link of SVG is that of its mark.
    point.click()
    looking.page.wait_for_url(f"**/metrics/{metric}/units?**")
    assert looking.page.locator(".tag").inner_text().endswith(f": {named}")
    assert looking.page.locator("tbody tr").count()


def test_today(looking: Window) -> None:
    waiting = looking.ask("/v1/commitments?status=overdue&limit=1000")["commitments"]
    looking.open("/today")
    page = looking.page
    count = page.get_by_role("link", name="Overdue").locator("strong").inner_text()
    assert int(count) == len(waiting)
    shown = page.locator("table.cards tbody th").all_inner_texts()
    assert shown == [one["commitment_id"] for one in waiting]


def test_a_commitment(looking: Window) -> None:
    found = looking.ask("/v1/commitments/ROSEBUSH")
    looking.open("/commitments/ROSEBUSH")
    table = looking.page.get_by_role("region", name="All facts")
    assert [numbers(text)[0] for text in column(table, "Position")] == [
        one["position"] for one in found["history"]
    ]
    assert links(table.locator("tbody th")) == [
        f"/v1/facts/{one['id']}" for one in found["history"]
    ]
    assert looking.page.locator(".lead .tag").inner_text() == found["status"] == "kept"
    assert looking.page.locator(".story li").count() == len(found["history"])


def test_a_customer(looking: Window) -> None:
    found = looking.ask("/v1/customers/customer:counter-17")
    looking.open("/customers/customer:counter-17")
    look(looking.page, "unfold")
    counts = [count for kind, count in found["promises"].items() if count and kind != "made"]
    assert sorted(map(int, big(looking))) == sorted(counts)
    happened = looking.page.get_by_role("region", name="The numbers of: What happened")
    steps = [step for journey in found["journeys"] for step in journey["steps"]]
    assert happened.locator("tbody tr").count() == len(steps)


@pytest.mark.parametrize("name", ["kept_agreed", "wrongful_suspicion", "undated"])
def test_a_share(looking: Window, name: str) -> None:
    value = looking.ask(f"/v1/metrics/{name}")["value"]
    looking.open(f"/metrics/{name}")
    assert numbers(big(looking)[0]) == [percent(value["rate"])]
    rests_on = looking.page.locator(".figures .small").all_inner_texts()[1]
    assert numbers(rests_on)[:2] == [value["count"], value["of"]]


def test_the_registry(looking: Window) -> None:
    names = [one["name"] for one in looking.ask("/v1/metrics")["metrics"]]
    looking.open("/metrics")
    assert links(looking.page.locator("main tbody th")) == [f"/metrics/{name}" for name in names]


def test_the_units_behind_a_number(looking: Window) -> None:
    found = looking.ask("/v1/metrics/kept_agreed/units?where=department=payments")
    looking.open("/metrics/kept_agreed/units?where=department=payments")
    shown = looking.page.locator("main tbody th").all_inner_texts()
    assert shown == [one["unit"] for one in found["units"]]
    assert shown


@pytest.mark.parametrize("family", ["trust", "resolution"])
def test_a_family(looking: Window, family: str) -> None:
    looking.open(f"/families/{family}")
    names = [one["name"] for one in looking.ask(f"/v1/metrics?family={family}")["metrics"]]
    articles = looking.page.locator("article")
    assert articles.evaluate_all("found => found.map(one => one.id)") == names
    shares = [
        name for name in names if looking.ask(f"/v1/metrics/{name}")["value"]["kind"] == "share"
    ]
    for name in shares:
        value = looking.ask(f"/v1/metrics/{name}")["value"]
        if value["rate"] is not None:
            shown = looking.page.locator(f"#{name} .big").inner_text()
            assert numbers(shown) == [percent(value["rate"])], name
    assert shares


def test_journeys(looking: Window) -> None:
    rows = looking.ask("/v1/metrics/department_graph")["value"]["rows"]
    looking.open("/journeys")
    look(looking.page, "unfold")
    table = looking.page.locator("#department_graph table")
    assert [numbers(text)[0] for text in column(table, "Times")] == [row["count"] for row in rows]


def test_suspense(looking: Window) -> None:
    found = looking.ask("/v1/suspense")
    looking.open("/suspense")
    counts = [count for count in found["by_reason"].values() if count]
    assert sorted(map(int, big(looking))) == sorted(counts)
    assert looking.page.locator("main tbody tr").count() == min(100, len(found["items"]))


def test_status(looking: Window) -> None:
    found = looking.ask("/v1/status")
    looking.open("/status")
    shown = looking.page.locator("dl.facts dd").all_inner_texts()
    assert numbers(shown[1]) == [found["head"]]
    assert numbers(shown[2]) == [found["position"]]
