"""Every page in the browser: in the language that was asked for and no other, on a desk and on a
phone, by light and in the dark, by keyboard alone, with nothing that keeps anybody from reading it.
Pages are opened once in either language, for all of this."""

from __future__ import annotations

from typing import Literal

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Page, ViewportSize, expect

from entrypoints.pages.language import Code
from entrypoints.pages.site import PAGES
from tests.browser.conftest import Opening
from tests.browser.looks import look, violations
from tests.browser.phrases import foreign, names_of_phrases
from tests.browser.site import PLACES, Place
from tests.browser.windows import DESK, PHONE, Window

pytestmark = pytest.mark.xdist_group("browser")

Scheme = Literal["light", "dark"]
#: How a page is looked at in either language: colours do not depend on that, so the two share them.
STATES: dict[Code, tuple[tuple[ViewportSize, Scheme], ...]] = {
    "en": ((DESK, "light"), (PHONE, "dark")),
    "fr": ((DESK, "dark"), (PHONE, "light")),
}


def test_every_page_is_looked_at() -> None:
    routes = [route for module in PAGES for route in module.router.routes]
    paths = [place.path.partition("?")[0] for place in PLACES]
    unseen = [
        route.path
        for route in routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
        if not any(route.path_regex.fullmatch(path) for path in paths)
    ]
    assert unseen == ["/today/{id:path}"]  # a part of a page


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)
def test_a_page_can_be_read(opening: Opening, place: Place, language: Code) -> None:
    looking = opening(language)
    assert looking.open(place.path).status == 200
    page = looking.page
    expect(page.locator("h1")).to_contain_text(place.heading(language))
    assert page.title().endswith(" · Pledger")
    assert page.locator("html").get_attribute("lang") == language
    if language == "en":
        expect_keyboard_reaches_everything(page)
    look(page, "unfold")
    words = look(page, "words")
    assert names_of_phrases(words) == []
    assert foreign(words, language) == []
    for size, scheme in STATES[language]:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        assert look(page, "sideways") == []
        assert look(page, "labels") == []
        assert violations(page) == []
    if language == "en":
        page.get_by_role("searchbox").fill("ROSEBUSH")
        page.get_by_role("searchbox").press("Enter")
        expect(page.locator("h1")).to_have_text("Found for “ROSEBUSH”")


def expect_keyboard_reaches_everything(page: Page) -> None:
    """Each control of a page has its turn, and is seen to have it; marks of pictures have none, and
    lead where links of the page do."""
    assert look(page, "forPointersAlone") == []
    controls = look(page, "follow")
    for _ in range(4 * len(controls)):  # a date has several parts, each of which it stops at
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
    followed = page.evaluate("window.followed")
    assert [number for number, _, _ in followed] == list(range(len(controls)))
    assert [said for _, visible, said in followed if not visible] == []


def test_one_can_skip_what_every_page_begins_with(looking: Window) -> None:
    looking.open("/today")
    page = looking.page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main a").first).to_be_focused()


def test_the_language_can_be_switched(looking: Window) -> None:
    looking.open("/today?show=soon")
    looking.page.get_by_role("link", name="Français").click()
    expect(looking.page.locator("h1")).to_have_text("Que faire aujourd’hui")
    assert "show=soon" in looking.path
    looking.open("/")
    expect(looking.page.locator("h1")).to_have_text("Tenons-nous parole ?")


def test_what_is_not_there_is_a_page_like_the_others(opening: Opening) -> None:
    looking = opening("fr")
    assert looking.open("/commitments/NONE").status == 404
    expect(looking.page.locator("h1")).to_have_text("Cela n’existe pas")
    assert foreign(look(looking.page, "words"), "fr") == []
    assert violations(looking.page) == []
    looking.forgive("status of 404")
