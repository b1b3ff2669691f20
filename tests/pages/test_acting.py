"""Acting from ``/today``: with a script that puts an answer in place, and without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from application.access.principals import Principal
from tests.entrypoints.small import FACTS
from tests.helpers import emit
from tests.http.doors import PRINCIPALS, client_of, door_to
from tests.pages.test_pages import BROWSER, Page, page

HONOUR = {"verb": "honour", "department": "logistics", "key": "once"}
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    emit(tmp_path / "home", FACTS)
    with client_of(door_to(tmp_path / "home")) as client:
        client.headers.update(BROWSER)
        yield client


def test_a_line_opens_its_forms_without_a_script(browser: TestClient) -> None:
    links = page(browser, "/today").links
    assert "/today?show=overdue&page=1&open=LILY#open" in links
    assert 'name="verb"' not in browser.get("/today").text
    opened = browser.get("/today?show=overdue&page=1&open=LILY").text
    assert 'name="verb" value="honour"' in opened
    assert opened.count('value="honour"') == 1
    there = browser.get("/today/LILY?show=chased", follow_redirects=False)
    assert (there.status_code, there.headers["location"]) == (
        303,
        "/today?show=chased&page=1&open=LILY",
    )


def test_an_honoured_promise_leaves_the_list(browser: TestClient) -> None:
    for _ in range(2):  # sent twice, it is one decision
        sent = browser.post("/today/LILY?show=overdue", data=HONOUR, follow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (303, "/today?show=overdue&page=1")
    assert "LILY" not in page(browser, "/today").text
    assert "logistics honoured it." in page(browser, "/commitments/LILY").text


def test_a_script_gets_the_line_alone(browser: TestClient) -> None:
    forms = browser.get("/today/LILY", headers=SCRIPT)
    assert forms.status_code == 200
    assert "<html" not in forms.text
    assert 'value="reschedule"' in forms.text
    line = browser.post("/today/LILY", data=HONOUR, headers=SCRIPT)
    assert line.status_code == 200
    assert line.text.strip().startswith('<tbody class="told">')
    assert "Recorded." in line.text
    assert "kept late" in line.text
    assert 'name="verb"' not in line.text


def test_the_second_of_two_windows_is_told_what_is_so(browser: TestClient) -> None:
    browser.post("/today/LILY", data=HONOUR, headers=SCRIPT)
    again = {**HONOUR, "key": "twice"}
    line = browser.post("/today/LILY", data=again, headers=SCRIPT)
    assert line.status_code == 409
    assert "This was not done:" in line.text
    assert "honoured on" in line.text
    assert 'value="honour"' not in line.text
    assert 'value="reopen"' in line.text
    whole = browser.post("/today/LILY", data={**again, "key": "thrice"})
    assert whole.status_code == 409
    said = Page(whole.text)
    assert "This was not done:" in said.text
    assert "/commitments/LILY" in said.links


def test_consent_after_the_date_leaves_the_agreed_date_and_says_so(browser: TestClient) -> None:
    later = {**HONOUR, "verb": "reschedule", "due_at": "2030-01-01T12:00", "consent": "agreed"}
    line = browser.post("/today/LILY", data=later, headers=SCRIPT)
    assert "31 January 2026, 10:00" in line.text
    assert "(moved to 1 January 2030, 12:00 without consent in time)" in line.text


def test_a_promise_is_handed_over_and_accepted(browser: TestClient) -> None:
    over = {**HONOUR, "verb": "hand-over", "to_department": "field"}
    assert browser.post("/today/LILY", data=over, headers=SCRIPT).status_code == 200
    assert "LILY" in page(browser, "/today?show=nobodys").text
    assert 'value="accept"' in browser.get("/today/LILY", headers=SCRIPT).text
    accept = {**HONOUR, "verb": "accept", "department": "field", "key": "accepted"}
    assert "field" in browser.post("/today/LILY", data=accept, headers=SCRIPT).text
    assert "LILY" in page(browser, "/today?department=field").text


def test_who_speaks_for_one_department_accepts_for_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    care = Principal("care", frozenset({"ask", "desk"}), frozenset({"care"}))
    monkeypatch.setitem(PRINCIPALS, "pk_care", care)
    emit(tmp_path / "home", FACTS)
    with client_of(door_to(tmp_path / "home"), key="pk_care") as browser:
        browser.headers.update(BROWSER)
        forms = browser.get("/today/LILY", headers=SCRIPT).text
        assert "<option selected>care</option>" in forms
        assert browser.post("/today/LILY", data=HONOUR, headers=SCRIPT).status_code == 403


def test_a_problem_takes_the_place_of_the_whole_page(browser: TestClient) -> None:
    wrong = {**HONOUR, "verb": "reschedule", "due_at": "soon"}
    refused = browser.post("/today/LILY", data=wrong, headers=SCRIPT)
    assert refused.status_code == 400
    assert refused.headers["hx-retarget"] == "body"


def test_a_session_that_ended_leads_to_the_login(browser: TestClient) -> None:
    del browser.headers["Authorization"]
    scripted = browser.post("/today/LILY?show=soon", data=HONOUR, headers=SCRIPT)
    assert scripted.headers["hx-redirect"] == "/today/LILY?show=soon"
    plain = browser.post("/today/LILY?show=soon", data=HONOUR, follow_redirects=False)
    assert (plain.status_code, plain.headers["location"]) == (303, "/today/LILY?show=soon")
    login = browser.get("/today/LILY?show=soon", follow_redirects=False)
    assert login.headers["location"] == "/login?next=/today/LILY%3Fshow%3Dsoon"


def test_who_only_asks_sees_no_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRINCIPALS, "pk_asks", Principal("asks", frozenset({"ask"})))
    emit(tmp_path / "home", FACTS)
    with client_of(door_to(tmp_path / "home"), key="pk_asks") as browser:
        browser.headers.update(BROWSER)
        assert "Decide" not in page(browser, "/today?open=LILY").text
        assert browser.post("/today/LILY", data=HONOUR, headers=SCRIPT).status_code == 403
