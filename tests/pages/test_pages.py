"""The pages as a browser gets them: what they say, that they are sound, and that they lead on."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from application.access.principals import Principal
from application.ask import Promises, promises
from entrypoints.pages.render import POLICY
from entrypoints.pages.routes import customers
from tests.entrypoints.small import FACTS, in_batches
from tests.helpers import emit
from tests.homes import embedded_home
from tests.http.doors import NONE, PRINCIPALS, client_of, door_to
from tests.pages.conftest import NOW
from tests.pages.drawn import expect_sound

PATHS = (
    "/",
    "/today",
    "/today?show=soon",
    "/today?show=nobodys",
    "/commitments/ROSE",
    "/commitments/CALL",
    "/commitments/INNER",
    "/commitments/LILY",
    "/customers/customer:8412",
    "/customers/customer:5",
    "/customers/customer:9000",
    "/metrics",
    "/metrics/kept_agreed",
    "/metrics/around_due",
    "/metrics/kept_agreed/units",
    "/search?q=customer:8",
    "/search?q=nothing",
    "/suspense",
    "/set-aside",
    "/status",
    "/journeys",
    "/families/trust",
    "/families/judgement",
    "/families/resolution",
    "/families/voice",
    "/families/cooperation",
    "/families/people",
)
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Page(HTMLParser):
    """A page that was read: its elements are closed in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.inline: list[str] = []
        self.unlabelled: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.ids += [given["id"]] if "id" in given else []
        if tag == "a":
            self.links.append(given["href"])
        if tag in {"script", "link"}:
            self.loaded.append(given.get("src") or given["href"])
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(browser: TestClient, path: str, language: str = "en") -> Page:
    response = browser.get(path, headers={"Accept-Language": language})
    assert response.status_code == 200, response.text
    assert response.headers["content-security-policy"] == POLICY
    for svg in re.findall(r"<svg.*?</svg>", response.text, re.DOTALL):
        expect_sound(svg)
    found = Page(response.text)
    assert not found.inline
    assert len(found.ids) == len(set(found.ids))
    assert all(one.startswith("/static/") for one in found.loaded)
    assert f'<html lang="{language}">' in response.text
    return found


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_sound_in_both_languages(
    browser: TestClient, path: str, language: str
) -> None:
    page(browser, path, language)


def test_every_link_of_every_page_leads_somewhere(browser: TestClient) -> None:
    links = {link for path in PATHS for link in page(browser, path).links}
    # Of links that differ in an id or a value alone, the first.
    kinds: dict[tuple[str, ...], str] = {}
    for link in sorted(link.partition("#")[0] for link in links if link.startswith("/")):
        path, _, query = link.partition("?")
        names = [pair.partition("=")[0] for pair in query.split("&")]
        kinds.setdefault((path.rpartition("/")[0], *names), link)
    assert len(kinds) > 10
    for link in kinds.values():
        assert browser.get(link).status_code == 200, unquote(link)


def test_the_first_page_has_the_numbers_of_the_answer(browser: TestClient, home: Path) -> None:
    whole = promises(embedded_home(home), Promises(as_of=NOW))
    agreed = whole["kept_rate"]["agreed"]
    text = page(browser, "/").text
    assert f"We kept {agreed['kept']} of the {agreed['due']} promises" in text
    counts = whole["counts"]
    still = counts["pending"] + counts["overdue"] + counts["undated"] + counts["disputed"]
    assert f"of {still} promises that are outstanding; {counts['made']} made in all" in text
    unprompted = whole["unprompted"]
    assert f"{unprompted['unprompted']} of {unprompted['kept']} kept, also of those" in text


def test_the_story_of_a_promise_is_told_in_sentences(browser: TestClient) -> None:
    text = page(browser, "/commitments/CALL").text
    assert "care promised: callback, by 12 January 2026." in text
    assert "care moved the date to 20 January 2026 without the customer's consent." in text
    assert "It was honoured on 15 January 2026, 10:00; agreed was 12 January 2026, 10:00." in text
    assert "no: the agreed date stays" in text
    french = page(browser, "/commitments/CALL", "fr").text
    assert "care a promis : callback, pour le 12 janvier 2026." in french


def test_no_page_shows_what_is_personal(browser: TestClient) -> None:
    wording = next(fact["data"]["wording"] for fact in FACTS if "wording" in fact["data"])
    for path in PATHS:
        assert wording not in page(browser, path).text


def test_a_promise_is_shown_as_it_stood_and_says_so(browser: TestClient) -> None:
    then = page(browser, "/commitments/CALL?as_of=2026-01-13").text
    assert "As of 13 January 2026, 23:59:59, not now." in then
    assert "It fell due on 12 January 2026, 10:00 and is still open." in then
    assert page(browser, "/commitments/CALL").text.count("not now") == 0


def test_the_slider_leads_to_a_moment(browser: TestClient) -> None:
    stood = browser.get("/commitments/CALL?happened=1", follow_redirects=False)
    assert stood.status_code == 303
    assert stood.headers["location"] == "/commitments/CALL?as_of=2026-01-11T10%3A00%3A00Z"
    assert "It falls due on 12 January 2026" in page(browser, stood.headers["location"]).text
    last = browser.get("/commitments/CALL?happened=3", follow_redirects=False)
    assert last.headers["location"] == "/commitments/CALL"


def test_links_hand_on_the_two_times(browser: TestClient) -> None:
    links = page(browser, "/?as_of=2026-01-20&known_at=@20").links
    assert "/today?as_of=2026-01-20&known_at=%4020" in links


def test_a_chain_names_the_first_break(tmp_path: Path) -> None:
    for batch in in_batches():
        emit(tmp_path / "home", batch)
    later = NOW.replace(month=4)
    with client_of(door_to(tmp_path / "home", clock=lambda: later)) as browser:
        assert "First broke: INNER." not in page(browser, "/commitments/ROSE").text
        assert "First broke: LILY." in page(browser, "/commitments/LILY").text


def test_search_goes_to_what_is_found_alone(browser: TestClient) -> None:
    found = browser.get("/search?q=ROSE", follow_redirects=False)
    assert (found.status_code, found.headers["location"]) == (303, "/commitments/ROSE")
    assert "Nothing is called so" in page(browser, "/search?q=nothing").text


def test_search_says_that_there_is_more(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = page(browser, "/search?q=customer:")
    assert "only the first are shown" not in whole.text
    every = [one for one in whole.links if one.startswith("/customers/")]
    monkeypatch.setattr(customers, "HITS", len(every) - 1)
    cut = page(browser, "/search?q=customer:")
    assert f"More than {len(every) - 1} are called so or begin so" in cut.text
    assert [one for one in cut.links if one.startswith("/customers/")] == every[:-1]


def test_the_worklist_can_be_one_department(browser: TestClient) -> None:
    whole = page(browser, "/today").text
    assert "LILY" in whole
    assert "LILY" not in page(browser, "/today?department=care").text


def test_a_language_that_is_chosen_stays(browser: TestClient) -> None:
    assert "Tenons-nous parole" in browser.get("/?language=fr").text
    assert "Tenons-nous parole" in browser.get("/", headers={"Accept-Language": "en"}).text
    assert "Do we keep our word" in browser.get("/?language=en").text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/commitments/NONE", 404, "There is no such thing"),
        ("/customers/customer:none", 404, "There is no such thing"),
        ("/families/none", 404, "There is no such thing"),
        ("/metrics/none", 404, "There is no such thing"),
        ("/?as_of=tomorrow", 400, "This can't be answered"),
        ("/?as_of=2026-02-31", 400, "This can't be answered"),
        ("/?known_at=@9999", 400, "This can't be answered"),
        ("/today?show=all", 400, "This can't be answered"),
        ("/metrics/kept_agreed?where=x", 400, "This can't be answered"),
    ],
)
def test_a_problem_is_a_page(browser: TestClient, path: str, status: int, says: str) -> None:
    response = browser.get(path)
    assert response.status_code == status
    assert says in Page(response.text).text
    assert response.headers["content-security-policy"] == POLICY


def test_who_has_no_session_is_sent_to_log_in_and_comes_back(home: Path) -> None:
    with client_of(door_to(home)) as nobody:
        del nobody.headers["Authorization"]
        sent = nobody.get("/today?show=soon", headers=BROWSER, follow_redirects=False)
        assert sent.status_code == 303
        assert sent.headers["location"] == "/login?next=/today%3Fshow%3Dsoon"


def test_an_address_that_is_none_is_a_page_for_a_browser_alone(browser: TestClient) -> None:
    found = browser.get("/nowhere")
    assert found.status_code == 404
    assert "There is no such thing" in Page(found.text).text
    other = browser.get("/nowhere", headers={"Accept": "application/json"})
    assert other.headers["content-type"] == "application/problem+json"


def test_who_may_not_ask_sees_a_page_that_says_so(home: Path) -> None:
    with client_of(door_to(home), key=NONE) as nobody:
        refused = nobody.get("/", headers=BROWSER)
        assert refused.status_code == 403
        assert "You may not see this" in Page(refused.text).text


def test_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    emit(tmp_path / "home", [fact for fact in FACTS if fact["type"] == "feedback.given"])
    with client_of(door_to(tmp_path / "home", clock=lambda: NOW)) as browser:
        assert "No promise has been recorded yet" in page(browser, "/").text
        assert "all is well" in page(browser, "/today").text
        assert "Nobody has handed on to anybody yet." in page(browser, "/journeys").text
        assert "Nothing waits" in page(browser, "/suspense").text
        for family in ("trust", "cooperation", "people", "word"):
            page(browser, f"/families/{family}")


def test_what_a_name_holds_is_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    fact = next(one for one in FACTS if one["data"].get("commitment_id") == "ROSE")
    data = {**fact["data"], "commitment_id": evil, "about": evil, "owner": evil}
    emit(tmp_path / "home", [{**fact, "data": data}])
    with client_of(door_to(tmp_path / "home", clock=lambda: NOW)) as browser:
        for path in ("/", "/today", f"/commitments/{evil}", f"/customers/{fact['subject']}"):
            assert evil not in browser.get(path).text
            page(browser, path)


def test_files_of_pages_are_there(browser: TestClient) -> None:
    for name in ("pledger.css", "htmx.min.js", "icon.svg"):
        assert browser.get(f"/static/{name}").status_code == 200
    assert browser.get("/static/none").status_code == 404
    assert browser.get("/static/..%2Frender.py").status_code == 404


def test_a_promise_is_decided_about_from_its_page(tmp_path: Path) -> None:
    emit(tmp_path / "home", FACTS[:9])
    honour = {"verb": "honour", "department": "logistics", "key": "once"}
    with client_of(door_to(tmp_path / "home")) as browser:
        browser.headers.update(BROWSER)
        assert 'name="verb" value="honour"' in browser.get("/commitments/LILY").text
        for _ in range(2):  # sent twice, it is one decision
            sent = browser.post("/commitments/LILY", data=honour, follow_redirects=False)
            assert (sent.status_code, sent.headers["location"]) == (303, "/commitments/LILY")
        assert "logistics honoured it." in page(browser, "/commitments/LILY").text
        again = browser.post("/commitments/LILY", data={**honour, "key": "twice"})
        assert again.status_code == 409
        assert "This was not done:" in Page(again.text).text


def test_a_promise_offers_what_the_desk_would_take(tmp_path: Path) -> None:
    emit(tmp_path / "home", FACTS)
    offered = {
        "LILY": {"honour", "reschedule", "hand-over"},
        "ROSE": {"hand-over", "dispute", "reopen"},
        "SAID": {"honour", "reschedule", "hand-over", "settle"},
    }
    with client_of(door_to(tmp_path / "home")) as browser:
        browser.headers.update(BROWSER)
        for id, verbs in offered.items():
            text = browser.get(f"/commitments/{id}").text
            assert set(re.findall(r'name="verb" value="([a-z-]+)"', text)) == verbs
            then = browser.get(f"/commitments/{id}?as_of=2026-02-01").text
            assert 'name="verb"' not in then


def test_a_new_date_says_who_agreed(tmp_path: Path) -> None:
    emit(tmp_path / "home", FACTS[:9])
    asked = {"verb": "reschedule", "department": "shop", "key": "k", "consent": "agreed"}
    with client_of(door_to(tmp_path / "home")) as browser:
        browser.headers.update(BROWSER)
        browser.post("/commitments/LILY", data={**asked, "due_at": "2030-01-01T12:00"})
        text = page(browser, "/commitments/LILY").text
        assert "shop moved the date to 1 January 2030, and the customer agreed; the agreed" in text
        wrong = browser.post("/commitments/LILY", data={**asked, "due_at": "soon", "key": "l"})
        assert wrong.status_code == 400


def test_who_only_asks_sees_no_form_and_decides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRINCIPALS, "pk_asks", Principal("asks", frozenset({"ask"})))
    emit(tmp_path / "home", FACTS[:9])
    with client_of(door_to(tmp_path / "home"), key="pk_asks") as browser:
        browser.headers.update(BROWSER)
        assert 'name="verb"' not in browser.get("/commitments/LILY").text
        honour = {"verb": "honour", "department": "logistics", "key": "once"}
        assert browser.post("/commitments/LILY", data=honour).status_code == 403
