"""No page says in English to who reads French what we could have said in French."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from entrypoints.http.problem_pages import KINDS
from entrypoints.pages.language import language
from entrypoints.pages.messages import messages
from projections.metrics.registry import FAMILIES, metrics
from projections.metrics.translations import READ
from tests.pages.test_pages import PATHS, Page, page

EN, FR = language("en"), language("fr")

#: A metric of each kind; the pages of families have the texts of all.
METRICS = sorted({one.kind: name for name, one in metrics().items()}.values())
EVERY = (
    *PATHS,
    *(f"/families/{family}" for family in FAMILIES),
    *(f"/metrics/{name}" for name in METRICS),
    *(f"/metrics/{name}/units" for name in METRICS),
    "/metrics/kept_agreed?where=channel=web&where=internal=false&where=month=2026-01",
    "/?as_of=2026-01-20&known_at=@20",
    "/?known_at=@0",
    "/login",
    "/login?ticket=used",
    "/logout",
    "/problems",
    *(f"/problems/{kind}" for kind in KINDS),
)
#: What has more than two words is a sentence, or a part of one.
_WORDS = re.compile(r"\w+")
_PLACE = re.compile(r"\{\w+\}")


def texts() -> Iterator[str]:
    """Whatever we say in English: phrases, definitions, messages, kinds of problems."""
    for name, phrase in EN.phrases.items():
        if phrase != FR.phrases[name]:
            yield from [phrase] if isinstance(phrase, str) else phrase.values()
    for metric in metrics().values():
        yield from (text for name in READ if name != "source" and (text := metric.texts[name]))
    yield from messages("fr").plain
    for kind in KINDS.values():
        yield from kind


ENGLISH = {
    part
    for text in texts()
    for whole in _PLACE.split(text)
    if len(_WORDS.findall(part := " ".join(whole.split()))) > 2
}


def test_what_is_looked_for_is_found_on_an_english_page(browser: TestClient) -> None:
    assert len(ENGLISH) > 1_000
    assert any(part in page(browser, "/").text for part in ENGLISH)
    assert any(part in page(browser, "/families/word").text for part in ENGLISH)


@pytest.mark.parametrize("path", dict.fromkeys(EVERY))
def test_no_french_page_says_in_english_what_is_ours(browser: TestClient, path: str) -> None:
    response = browser.get(path, headers={"Accept-Language": "fr"})
    assert response.status_code in (200, 401), response.text
    assert '<html lang="fr">' in response.text
    told = Page(response.text).text
    assert not [part for part in ENGLISH if part in told]
    assert 'lang="en">' not in response.text.replace('lang="en" hreflang="en">', "")


def test_no_french_page_names_facts_or_choices_as_programs_do(browser: TestClient) -> None:
    for path in ("/commitments/CALL", "/customers/customer:8412", "/families/word"):
        told = page(browser, path, "fr").text
        assert not re.findall(
            r"\b(?:commitment|customer|touchpoint|issue|payment)\.[a-z_]+\b", told
        )
