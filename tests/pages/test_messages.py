"""What problems and refusals say on French pages: whatever pages can show has French words."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st
from starlette.testclient import TestClient

from domain.desk.decider import Refused
from domain.desk.verbs import PROMISE_VERBS
from domain.errors import Wrong
from domain.facts import Fact
from entrypoints.http.problem_pages import KINDS
from entrypoints.pages.deciding import Said
from entrypoints.pages.language import language
from entrypoints.pages.messages import messages, remedy, told
from tests.domain.desk.desk import given
from tests.domain.given import day
from tests.domain.histories import histories
from tests.entrypoints.small import FACTS
from tests.helpers import ROOT, emit
from tests.http.doors import NONE, client_of, door_to
from tests.pages.test_pages import BROWSER, Page

EN, FR = language("en"), language("fr")
IN_FRENCH = {**BROWSER, "Accept-Language": "fr"}

#: The modules whose problems pages show as they are.
SHOWN = (
    "application/question.py",
    "entrypoints/http/guard.py",
    "entrypoints/http/quotas.py",
    "entrypoints/http/routes/login.py",
    "entrypoints/http/scopes.py",
    "entrypoints/pages",
    "projections/queries/commitments.py",
    "projections/queries/unknown.py",
)
RAISED = {"Wrong", "Unknown", "Unavailable", "Refused"}


def raised(module: Path) -> Iterator[tuple[str, str]]:
    """Each text that a module gives to an error, where that says it in place: a value in it is
    ``x``. And where it stands."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED:
            for argument in node.args:
                text = written(argument)
                # A kind of problem is one word, and a value alone is in no language.
                if " " in text:
                    yield text, f"{module.relative_to(ROOT)}:{node.lineno}"


def written(node: ast.expr) -> str:
    """A text as code has it, with ``x`` for each value in it; "" where it is made elsewhere."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            said = [str(p.value) if isinstance(p, ast.Constant) else "x" for p in parts]
            return "".join(said)
    return ""


def modules() -> Iterator[Path]:
    for name in SHOWN:
        path = ROOT / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


TEXTS = sorted({found for path in modules() for found in raised(path)})


@pytest.mark.parametrize(("text", "where"), TEXTS)
def test_what_such_a_module_says_has_french_words(text: str, where: str) -> None:
    assert told(text, FR).code == "fr", where


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_problem_has_french_words(kind: str) -> None:
    assert all(told(text, FR).code == "fr" for text in KINDS[kind])


def test_the_counterpart_has_the_values_of_the_english() -> None:
    for path in (ROOT / "entrypoints/pages/phrases").glob("messages.*.toml"):
        assert path.name == "messages.fr.toml"
    catalogue = messages("fr")
    assert not {text for text, other in catalogue.plain.items() if "{" in other and "{" not in text}
    for pattern in catalogue.patterns:
        named = {name for _, name, _, _ in Formatter().parse(pattern.other) if name}
        # Of what a list has, a remedy may name less.
        assert named <= set(pattern.english.groupindex), pattern.other


SAID: Mapping[str, dict[str, Any]] = {
    "pause": {"waiting_for": "customer"},
    "reschedule": {"due_at": day(5), "initiated_by": "company"},
    "hand-over": {"to_department": "network"},
    "settle": {"outcome": "rejected"},
}


@examples(
    histories(),
    st.sampled_from(sorted(PROMISE_VERBS.keys() - {"make", "decline"})),
    st.sampled_from(["care", "network", "billing"]),
    st.integers(0, 14),
)
def test_whatever_the_desk_refuses_is_told_in_french(
    facts: list[Fact], verb: str, by: str, on: int
) -> None:
    verdict = given(*facts).when(verb, on, by=by, **SAID.get(verb, {})).verdict
    if isinstance(verdict, Refused):
        assert told(verdict.why, FR).code == "fr", verdict.why


def test_values_are_told_as_the_language_has_them() -> None:
    assert told("honoured on 3 March 2026", FR).text == "elle a été honorée le 3 mars 2026"
    assert told("expected 'a', 'b' or 'c', saw something else", FR).text.split() == (
        ["attendu", ":", "'a',", "'b'", "ou", "'c'", ";", "reçu", ":", "autre", "chose"]
    )
    problem = Wrong("a family of metrics", "'x'", "{metrics} has them all")
    assert remedy(problem, EN).text == "“Every number, and what it means” has them all"
    assert (
        remedy(problem, FR).text
        == "«\u00a0Chaque chiffre, et ce qu’il veut dire\u00a0» les a toutes"
    )


def test_what_has_no_french_words_is_shown_as_english() -> None:
    assert told("something that nobody foresaw", FR).code == "en"


ROWS = ("/today/LILY?show=overdue", "/commitments/LILY")
HONOUR = {"verb": "honour", "department": "logistics", "key": "once"}
MOVED = {**HONOUR, "verb": "reschedule"}


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    emit(tmp_path / "home", FACTS)
    with client_of(door_to(tmp_path / "home")) as browser:
        browser.headers.update(IN_FRENCH)
        yield browser


def english_in(response: Any) -> list[str]:
    """What a page marks as English, but for the link to the English page."""
    said = response.text.replace('lang="en" hreflang="en"', "")
    Page(response.text)
    return [part.partition("<")[0] for part in said.split('lang="en">')[1:]]


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({**HONOUR, "department": "a/b"}, 400),
        ({**HONOUR, "department": "two words"}, 400),
        ({**HONOUR, "department": ""}, 400),
        ({**HONOUR, "key": ""}, 400),
        ({**HONOUR, "key": "k" * 101}, 400),
        ({**HONOUR, "verb": "make"}, 400),
        ({**HONOUR, "other": "field"}, 400),
        ({"verb": "honour"}, 400),
        ({**MOVED, "due_at": ""}, 400),
        ({**MOVED, "due_at": "soon"}, 400),
        ({**MOVED, "due_at": "2030-01-01T10:00", "consent": "perhaps"}, 400),
        ({**HONOUR, "verb": "hand-over"}, 400),
        ({**HONOUR, "verb": "hand-over", "to_department": "a/b"}, 400),
        ({**HONOUR, "verb": "hand-over", "to_department": "logistics"}, 409),
        ({**HONOUR, "verb": "hand-over", "to_department": "x" * 101}, 400),
        ({**HONOUR, "verb": "settle"}, 409),
        ({**HONOUR, "verb": "settle", "outcome": "both"}, 400),
        ({**HONOUR, "verb": "accept"}, 409),
    ],
)
def test_whatever_a_form_can_cause_is_told_in_french(
    browser: TestClient, row: str, said: dict[str, str], status: int
) -> None:
    response = browser.post(row, data=said)
    assert response.status_code == status, Page(response.text).text
    assert not english_in(response)


def test_a_form_that_is_sent_to_say_something_else_is_told_in_french(browser: TestClient) -> None:
    browser.post("/today/LILY", data=HONOUR)
    again = browser.post("/commitments/LILY", data={**HONOUR, "verb": "reopen"})
    assert again.status_code == 409
    assert not english_in(again)
    assert "ce formulaire a déjà servi" in Page(again.text).text


@pytest.mark.parametrize(
    "path",
    [
        "/commitments/NONE",
        "/commitments/lily",
        "/commitments/ROSE?known=0",
        "/customers/customer:none",
        "/customers/8412",
        "/customers/customer:8412?after=x",
        "/families/none",
        "/metrics/none",
        "/metrics/kept",
        "/metrics/kept_agreed?where=x",
        "/metrics/kept_agreed?where=x=y",
        "/metrics/kept_agreed/units?after=x",
        "/?as_of=tomorrow",
        "/?as_of=2026-02-31",
        "/?as_of=2026-02-01T10:00",
        "/?as_of=2026-02-01 10:00:00",
        "/?known_at=@9999",
        "/?known_at=12",
        "/?known_at=@x",
        "/today?show=all",
        "/today?page=0",
        "/suspense?after=x",
        "/search?q=" + "x" * 201,
        "/nowhere",
    ],
)
def test_whatever_an_address_can_cause_is_told_in_french(browser: TestClient, path: str) -> None:
    response = browser.get(path)
    assert response.status_code in (400, 404), Page(response.text).text
    assert '<html lang="fr">' in response.text
    assert not english_in(response)


def test_who_may_not_is_told_so_in_french(tmp_path: Path) -> None:
    emit(tmp_path / "home", FACTS[:2])
    with client_of(door_to(tmp_path / "home"), key=NONE) as nobody:
        for path in ("/", "/set-aside"):
            refused = nobody.get(path, headers=IN_FRENCH)
            assert refused.status_code == 403
            assert not english_in(refused)


def test_every_verb_of_a_form_is_one_of_the_desk() -> None:
    assert set(Said.model_fields["verb"].annotation.__args__) <= PROMISE_VERBS.keys()  # type: ignore[union-attr]
