"""The two times of a page: what it says of an earlier day, and of what was known then."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

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
