"""Coming in and going: the address that is good for once, keys, a session that ends in the middle
of something, and leaving."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.access.given import key_of, somebody
from tests.browser.conftest import Opening
from tests.browser.served import Served
from tests.browser.test_acting import deciding, first_of, history
from tests.browser.windows import Window

pytestmark = pytest.mark.xdist_group("browser")

#: Where a key is typed. Forms have a field of the same name, which nobody sees.
KEY = "input[name=key]:not([type=hidden])"


@contextmanager
def later(served: Served, hours: float) -> Iterator[None]:
    """So many hours later, as long as the block lasts."""
    served.clock.move(hours=hours)
    try:
        yield
    finally:
        served.clock.move(hours=-hours)


@pytest.fixture(scope="module")
def key(demo: Served) -> str:
    """A key that may everything."""
    return key_of(demo.access, "desk", "ask", "desk", departments=["*"])


def log_in(page: Page, key: str) -> None:
    """Log in by a key, on the page that asks for one."""
    field = page.locator(KEY)
    expect(field).to_be_visible()
    field.fill(key)
    field.press("Enter")


def test_an_address_lets_one_in_once(opening: Opening, demo: Served, key: str) -> None:
    address = demo.ticket()
    first, second = opening(who=None), opening(who=None)
    first.page.goto(address)
    expect(first.page.locator("h1")).to_have_text("Do we keep our word?")
    assert first.path == "/"
    second.page.goto(address)
    expect(second.page.get_by_role("alert")).to_contain_text("once")
    second.forgive("status of 401")
    log_in(second.page, key)
    expect(second.page.locator("h1")).to_have_text("Do we keep our word?")


def test_a_wrong_key_is_told_and_can_be_mended(opening: Opening, key: str) -> None:
    looking = opening(who=None)
    looking.open("/journeys")
    log_in(looking.page, key[:-1])
    expect(looking.page.get_by_role("alert")).to_be_visible()
    looking.forgive("status of 401")
    log_in(looking.page, key)
    expect(looking.page.locator("h1")).to_have_text("What customers go through")


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_whose_session_ends_comes_back_to_where_they_were(
    opening: Opening, demo: Served, key: str, scripts: bool
) -> None:
    looking = opening(scripts=scripts)
    id, page = first_of(looking, "soon"), looking.page
    form = deciding(looking, id, "It is done")
    with later(demo, hours=9):
        form.get_by_role("button").click()
        log_in(page, key)
        done = page.get_by_role("form", name="It is done", exact=True)
        expect(done).to_be_visible()  # at the line that they acted from, and it is not done yet
        assert looking.path.startswith("/today?show=soon")
        assert f"open={id}" in looking.path
        assert "commitment.honoured" not in history(looking, id)
        if scripts:
            looking.forgive("status of 401")
        page.get_by_role("link", name="Journeys").click()
        expect(page.locator("h1")).to_have_text("What customers go through")


def test_a_link_that_is_followed_after_the_session_leads_on(
    opening: Opening, demo: Served, key: str
) -> None:
    looking = opening()
    looking.open("/")
    with later(demo, hours=9):
        looking.page.get_by_role("link", name="Waiting").click()
        log_in(looking.page, key)
        expect(looking.page.locator("h1")).to_have_text("What waits for a missing fact")


def test_who_leaves_is_out(looking: Window) -> None:
    looking.open("/")
    page = looking.page
    page.get_by_role("link", name="Log out").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.locator(KEY)).to_be_visible()
    page.go_back()
    page.go_back()
    looking.open("/today")
    expect(page.locator(KEY)).to_be_visible()


def test_who_only_asks_sees_nothing_to_decide(opening: Opening) -> None:
    looking = opening(who=somebody("ask"))
    looking.open("/today")
    expect(looking.page.locator("table.cards tbody").first).to_be_visible()
    expect(looking.page.get_by_role("link", name="Decide")).to_have_count(0)
    expect(looking.page.get_by_role("link", name="Status")).to_have_count(0)
    assert looking.open("/status").status == 403
    expect(looking.page.locator("h1")).to_have_text("You may not see this")
    looking.forgive("status of 403")
