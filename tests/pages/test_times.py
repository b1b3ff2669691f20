"""The two times of a page: what it says of an earlier day, and of what was known then."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlencode

import pytest
from starlette.testclient import TestClient

from application.ask import Facts, facts
from entrypoints.pages.language import language
from tests.homes import embedded_home
from tests.pages.conftest import NOW
from tests.pages.test_pages import PATHS, Page, page

#: What shows the same whatever the two times.
TIMELESS = ("/set-aside", "/status")


def test_where_nothing_was_known_a_page_says_so_and_since_when_there_is_more(
    browser: TestClient, home: Path
) -> None:
    (first,) = facts(embedded_home(home), Facts(as_of=NOW, limit=1)).events
    since = language("en").instant(first["recordedtime"])
    for path in PATHS:
        if path in TIMELESS:
            continue
        asked = f"{path}{'&' if '?' in path else '?'}known_at=2025-06-19"
        told = page(browser, asked)
        assert f"its first fact was recorded on {since}" in told.text, path
        assert all_known(told) == path
        assert "Search" in told.text
    for path in TIMELESS:
        assert "Nothing was known" not in page(browser, f"{path}?known_at=2025-06-19").text
    assert "Rien n’était encore connu" in page(browser, "/?known_at=@0", "fr").text


def all_known(told: Page) -> str:
    """Where the link to the same page with all that is known leads."""
    (back,) = {link for link in told.links if "known_at" not in link} - {"#main", "/logout"}
    return unquote(back)


@pytest.mark.parametrize("path", ["/commitments/LILY", "/customers/customer:77"])
def test_what_was_not_known_then_is_no_dead_end(browser: TestClient, path: str) -> None:
    response = browser.get(f"{path}?as_of=2026-02-01&known_at=@2")
    assert response.status_code == 404
    told = Page(response.text)
    assert "Only what the ledger knew at position 2 counts here" in told.text
    assert "an id has its kind in front" not in told.text
    assert f"{path}?as_of=2026-02-01" in told.links
    page(browser, f"{path}?as_of=2026-02-01")


@pytest.mark.parametrize(
    ("path", "summary"),
    [
        ("/commitments/NONE?as_of=2026-01-20", "As of 20 January 2026"),
        ("/?known_at=@9999", "Only with what the ledger knew at position 9999"),
        ("/today?show=all&as_of=2026-01-20", "As of 20 January 2026"),
        ("/?as_of=tomorrow", "with all that is known"),
    ],
)
def test_the_page_of_a_problem_keeps_its_times_and_the_search(
    browser: TestClient, path: str, summary: str
) -> None:
    response = browser.get(path)
    told = Page(response.text)
    assert summary in told.text
    assert 'type="date" name="as_of"' in response.text
    assert 'role="search"' in response.text


def test_no_promise_then_is_not_no_promise_yet(browser: TestClient) -> None:
    assert "No promise had been made by then" in page(browser, "/?as_of=2025-06-19").text
    assert "all is well" not in page(browser, "/today?as_of=2025-06-19").text


def sent(text: str, form: str, **filled: str) -> str:
    """The address to which a form of a page leads, with some of its fields filled in."""
    (found,) = re.findall(form, text, re.DOTALL)
    action = re.search(r'action="([^"]*)"', found)
    assert action
    fields = []
    for tag in re.findall(r"<input[^>]*>", found):
        given = {name: unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}
        own = filled.pop(given["name"], given["value"])
        fields.append((given["name"], own))
    assert not filled
    return f"{action[1]}?{urlencode(fields)}"


TIMES_FORM = r'<details class="times.*?</details>'


@pytest.mark.parametrize(
    "path",
    [
        "/?as_of=2026-01-12T00:00:00Z",
        "/?as_of=2026-01-12T00:00:00.25%2B01:00&known_at=2027-01-01T00:00:00Z",
        "/?as_of=2026-01-12",
        "/?known_at=@20",
        "/today?show=soon&as_of=2026-01-12T09:00:00Z",
        "/metrics/kept_agreed/units?where=channel=web&where=month=2026-01&as_of=2026-01-20",
        "/search?q=customer:8&as_of=2026-01-12T09:00:00Z",
    ],
)
def test_show_untouched_shows_the_same(browser: TestClient, path: str) -> None:
    text = browser.get(path).text
    again = sent(text, TIMES_FORM)
    assert page(browser, again).text == Page(text).text
    assert (
        page(browser, again).text == page(browser, sent(browser.get(again).text, TIMES_FORM)).text
    )


def test_a_day_that_is_chosen_takes_the_place_of_an_instant(browser: TestClient) -> None:
    text = browser.get("/today?show=soon&as_of=2026-01-12T09:00:00Z").text
    then = page(browser, sent(text, TIMES_FORM, as_of="2026-01-08"))
    assert "As of 8 January 2026, 23:59:59, not now." in then.text
    assert "/suspense?as_of=2026-01-08" in then.links


def test_what_was_known_is_asked_of_now(browser: TestClient) -> None:
    told = page(browser, "/?known_at=@20").text
    assert "not now" not in told
    assert "As of 1 March 2026, 00:00. Only with what the ledger knew at position 20." in told


@pytest.mark.parametrize(
    "times", ["as_of=2026-02-01", "as_of=2026-01-13", "as_of=2026-02-01&known_at=2027-01-01", ""]
)
def test_a_slider_that_is_left_alone_keeps_the_time(browser: TestClient, times: str) -> None:
    here = f"/commitments/CALL?{times}".rstrip("?")
    address = sent(browser.get(here).text, r'<form class="slider".*?</form>')
    assert "happened=" in address
    found = browser.get(address, follow_redirects=False)
    assert (found.status_code, found.headers["location"]) == (303, here)


def test_a_slider_that_is_moved_leads_to_another_time(browser: TestClient) -> None:
    text = browser.get("/commitments/CALL?as_of=2026-01-14").text
    for step, leads in (("1", "?as_of=2026-01-11T10%3A00%3A00Z"), ("3", "")):
        address = sent(text, r'<form class="slider".*?</form>', happened=step)
        found = browser.get(address, follow_redirects=False)
        assert found.headers["location"] == f"/commitments/CALL{leads}"
