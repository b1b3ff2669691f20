"""The catalogue for people: every column is on it, every link leads somewhere, and nothing is
asked of another host; in a browser, what is searched for is found and can be followed."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from application.export.dictionary import all_tables
from projections.metrics.registry import metrics
from tests.export.exported import export
from tests.helpers import installed_browser


class Page(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def ids(self, tag: str) -> list[str]:
        return [str(of["id"]) for name, of in self.elements if name == tag and "id" in of]


@pytest.fixture(scope="module")
def text(home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("catalogue") / "out"
    export(home, out, ["--as-of", "2027-01-01T00:00:00Z"])
    return (out / "catalogue.html").read_text(encoding="utf-8")


def test_every_column_and_every_metric_is_on_it(text: str) -> None:
    page = Page(text)
    tables = [table.public() for table in all_tables()]
    assert sorted(page.ids("tr")) == sorted(
        f"c-{table.name}.{column.name}" for table in tables for column in table.columns
    )
    assert sorted(page.ids("details")) == sorted(
        [*(f"t-{table.name}" for table in tables), *(f"m-{name}" for name in metrics())]
    )
    for table in tables:
        for column in table.columns:
            assert column.meaning.split(".")[0].split("'")[0].split('"')[0][:40] in text


def test_every_link_leads_to_a_place_on_the_page(text: str) -> None:
    page = Page(text)
    there = {f"#{of['id']}" for _, of in page.elements if "id" in of}
    links = {of["href"] for name, of in page.elements if name == "a"}
    assert len(links) > 150
    assert links <= there


def test_nothing_is_asked_of_another_host(text: str) -> None:
    page = Page(text)
    assert not [name for name, of in page.elements if "src" in of or name in ("link", "iframe")]
    assert not re.findall(r"https?://|//\w+\.|@import|url\(", text)
    assert "default-src 'none'" in text


def opened(text: str, folder: Path, at: str = "", searched: str = "") -> Page:
    """The page as a browser has it, with something typed into its search, at one of its places."""
    path = folder / "catalogue.html"
    path.write_text(text.replace('<input id="search"', f'<input id="search" value="{searched}"'))
    done = subprocess.run(
        [
            *(installed_browser(), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *(f"--user-data-dir={folder / 'profile'}", f"{path.as_uri()}{at}"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return Page(done.stdout)


def test_a_search_shows_the_columns_that_have_all_words(text: str, tmp_path: Path) -> None:
    page = opened(text, tmp_path, searched="agreed due")
    shown = {
        str(of["id"]) for name, of in page.elements if name == "details" and "hidden" not in of
    }
    assert {"t-commitment", "t-commitment_history"} <= shown
    assert "t-payment" not in shown
    found = [of["id"] for name, of in page.elements if name == "tr" and of.get("class") == "found"]
    assert "c-commitment.agreed_due_at" in found
    assert "c-commitment.owner" not in found
    (card,) = (of for _, of in page.elements if of.get("id") == "t-commitment")
    assert "open" in card


def test_a_link_opens_the_table_of_its_column(text: str, tmp_path: Path) -> None:
    page = opened(text, tmp_path, at="#c-commitment_made.due_at")
    places = {str(of["id"]): of for _, of in page.elements if "id" in of}
    assert "open" in places["t-commitment_made"]
    assert "open" not in places["t-commitment"]
    assert places["c-commitment_made.due_at"]["class"] == "found"
