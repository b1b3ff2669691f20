"""Search: whatever one has at hand leads to whom it is about."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.windows import Window

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("customer:counter-17", "customer:counter-17"),
        ("PAYMENT-LOST", "customer:counter-17"),
        ("ROSEBUSH-DELIVERY", "delivery ROSEBUSH-DELIVERY"),
        ("order:ROSEBUSH-1", "Found for “order:ROSEBUSH-1”"),
        ("no such thing", "Found for “no such thing”"),
    ],
)
def test_a_search_goes_to_what_is_found_alone_and_lists_several(
    looking: Window, text: str, heading: str
) -> None:
    looking.open("/today")
    looking.page.get_by_role("searchbox").fill(text)
    looking.page.get_by_role("button", name="Search").click()
    expect(looking.page.locator("h1")).to_have_text(heading)


def test_of_several_one_is_chosen(looking: Window) -> None:
    looking.open("/search?q=ROSEBUSH")
    looking.page.get_by_role("link", name="ROSEBUSH", exact=True).click()
    expect(looking.page.locator(".lead .tag")).to_have_text("kept")
