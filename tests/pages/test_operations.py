"""What waits, what was set aside, and how far the home is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from application import quarantine
from application.access.principals import Principal
from application.embedded_home import EmbeddedHome
from entrypoints.pages.routes import operations
from projections.postgres.parked_subjects import Parked
from tests.entrypoints.small import FACTS
from tests.helpers import emit
from tests.http.doors import PRINCIPALS, client_of, door_to
from tests.pages.test_pages import BROWSER, page

AT = datetime(2026, 3, 1, tzinfo=UTC)
MESSAGE: quarantine.Message = {
    "partition": 3,
    "offset": 1042,
    "recorded_at": AT,
    "first_seen": AT,
    "reason": "expected a magic byte",
    "state": "open",
    "settled_at": None,
    "why": None,
}


def test_what_waits_is_listed_with_what_it_waits_for(browser: TestClient) -> None:
    text = page(browser, "/suspense").text
    assert "NOBODY the fact that made the promise 22 January 2026, 10:00 1 month" in text
    assert "P-1 what the payment was for" in text
    assert "le fait qui a fait la promesse" in page(browser, "/suspense", "fr").text
    before = page(browser, "/suspense?as_of=2026-01-02").text
    assert "Nothing waits: every fact has what it refers to." in before


def test_what_waits_leads_to_what_is_there_alone(browser: TestClient) -> None:
    links = [one for one in page(browser, "/suspense").links if one.startswith("/search")]
    assert links == ["/search?q=P-1"]
    assert "Nothing is called so" not in page(browser, links[0]).text


def test_a_promise_that_was_made_twice_can_be_found(tmp_path: Path) -> None:
    (made,) = [fact for fact in FACTS if fact["data"].get("due_at") == "2026-01-31T10:00:00Z"]
    again = {**made, "id": str(UUID(int=9)), "data": {**made["data"], "about": "another"}}
    emit(tmp_path / "home", [made, again])
    with client_of(door_to(tmp_path / "home")) as browser:
        browser.headers.update(BROWSER)
        assert "/search?q=LILY" in page(browser, "/suspense").links
        assert "Its story" in page(browser, "/search?q=LILY").text


def test_an_embedded_home_sets_nothing_aside_and_says_why(browser: TestClient) -> None:
    text = page(browser, "/set-aside").text
    assert "Nothing is set aside here. This home is embedded" in text
    assert 'name="verb"' not in browser.get("/set-aside").text
    refused = browser.post("/set-aside", data={"verb": "retry-all"})
    assert refused.status_code == 400


def test_status_says_how_far_it_is(browser: TestClient) -> None:
    text = page(browser, "/status").text
    assert "The views are 0 facts behind the ledger." in text
    assert f"Ledger goes to {len(FACTS)}" in text
    assert "as this program builds them" in text


def test_what_was_set_aside_can_be_retried_dismissed_and_unparked(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Any] = []
    pages: quarantine.MessagePage = {"quarantined": [MESSAGE], "next": (3, 1042)}
    waiting = [Parked("customer:<b>", "a division by nought", AT, 4)]
    monkeypatch.setattr(operations, "ServerHome", EmbeddedHome)
    monkeypatch.setattr(quarantine, "listed", lambda home, asked: pages)
    monkeypatch.setattr(quarantine, "parked", lambda home: waiting)
    for name in ("retry", "dismiss", "unpark"):
        monkeypatch.setattr(quarantine, name, lambda home, asked: done.append(asked))
    shown = page(browser, "/set-aside")
    assert "3:1042 1 March 2026, 00:00 expected a magic byte" in shown.text
    assert "customer:<b> 1 March 2026, 00:00 4 a division by nought" in shown.text
    assert "/set-aside?after=3%3A1042" in shown.links
    said: list[dict[str, str]] = [
        {"verb": "retry", "place": "3:1042"},
        {"verb": "dismiss", "place": "3:1042", "reason": "a test message"},
        {"verb": "unpark", "subject": "customer:<b>"},
    ]
    for one in said:
        sent = browser.post("/set-aside", data=one, follow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (303, "/set-aside")
    assert done == [
        (3, 1042),
        quarantine.Dismissal(place=(3, 1042), reason="a test message"),
        quarantine.Unparking(subject="customer:<b>"),
    ]


def test_who_does_not_run_the_home_sees_neither(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRINCIPALS, "pk_asks", Principal("asks", frozenset({"ask"})))
    with client_of(door_to(home), key="pk_asks") as browser:
        browser.headers.update(BROWSER)
        links = page(browser, "/today").links
        assert not {"/set-aside", "/status"} & set(links)
        for path in ("/set-aside", "/status"):
            assert browser.get(path).status_code == 403
