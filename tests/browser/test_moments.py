"""Looking back: the sliders of a promise, and the two times that every page takes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opening
from tests.browser.windows import Window

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_the_slider_shows_a_promise_as_it_stood(opening: Opening, scripts: bool) -> None:
    looking = opening(scripts=scripts)
    looking.open("/commitments/ROSEBUSH")
    page = looking.page
    slider = page.get_by_label("things had happened")
    assert slider.input_value() == slider.get_attribute("max")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".lead .tag")).to_have_text("pending")
    made = looking.ask("/v1/commitments/ROSEBUSH")["made_at"]
    assert looking.path.startswith(f"/commitments/ROSEBUSH?as_of={made[:10]}")
    expect(page.locator(".story li")).to_have_count(1)
    expect(page.locator("details.times summary")).to_contain_text("not now")
    assert slider.input_value() == "1"
    page.get_by_role("link", name="Back to now").click()
    expect(page.locator(".lead .tag")).to_have_text("kept")


def test_the_slider_shows_a_promise_as_it_was_known(looking: Window) -> None:
    looking.open("/today")
    page = looking.page
    id = page.locator("table.cards tbody th").first.inner_text()
    looking.open(f"/commitments/{id}")
    before = looking.ask(f"/v1/commitments/{id}")["history"]
    page.get_by_role("button", name="It is done", exact=True).click()
    expect(page.locator(".lead .tag")).to_have_text("kept late")
    slider = page.get_by_label("Known when the ledger had learned")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".lead .tag")).to_have_text("overdue")
    assert "known_at=" in looking.path
    expect(page.locator(".story li")).to_have_count(len(before))
    expect(page.get_by_role("form", name="It is done")).to_have_count(0)


def test_a_day_that_was_chosen_goes_along(looking: Window) -> None:
    looking.open("/")
    page = looking.page
    page.locator("details.times summary").click()
    page.get_by_label("What was so at the end of").fill("2025-06-30")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("details.times summary")).to_contain_text("30 June 2025")
    page.get_by_role("link", name="Today", exact=True).click()
    expect(page.locator("h1")).to_have_text("What to do today")
    assert looking.path == "/today?as_of=2025-06-30"
    expect(page.get_by_role("link", name="Decide")).to_have_count(0)
    page.get_by_role("searchbox").fill("ROSEBUSH-DELIVERY")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("h1")).to_contain_text("ROSEBUSH-DELIVERY")
    assert "as_of=2025-06-30" in looking.path
