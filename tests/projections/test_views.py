"""The fingerprint by which a home knows that its views were built by other rules."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from consumers.projector import catalogue_of_types
from projections import tables, views
from tests.helpers import ROOT

DECIDES = [
    "projections/views/commitment_history.sql",
    "projections/landing.py",
    "domain/calendars.py",
    "domain/retractions.py",
    "requirements.txt",
]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what decides about rows, in place of it."""
    for name in ("projections", "domain"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    monkeypatch.setattr(views, "FOLDER", tmp_path / "projections" / "views")
    monkeypatch.setattr(views, "DOMAIN", tmp_path / "domain")
    monkeypatch.setattr(views, "PINS", tmp_path / "requirements.txt")
    return tmp_path


def definition() -> str:
    return views.definition(tables.statements(catalogue_of_types()))


def test_the_fingerprint_is_the_same_in_every_checkout(checkout: Path) -> None:
    copied = definition()
    views.FOLDER, views.DOMAIN, views.PINS = (
        ROOT / "projections" / "views",
        ROOT / "domain",
        ROOT / "requirements.txt",
    )
    assert definition() == copied


@pytest.mark.parametrize("name", DECIDES)
def test_what_decides_about_rows_changes_the_fingerprint(checkout: Path, name: str) -> None:
    before = definition()
    path = checkout / name
    text = path.read_text(encoding="utf-8")
    changed = text.replace("holidays==", "holidays==9") if name.endswith(".txt") else f"{text}\n"
    path.write_text(changed, encoding="utf-8")
    assert definition() != before


def test_a_pin_that_decides_nothing_leaves_it(checkout: Path) -> None:
    before = definition()
    pins = checkout / "requirements.txt"
    pins.write_text(pins.read_text(encoding="utf-8").replace("rich==", "rich==9"), encoding="utf-8")
    assert definition() == before


def test_another_column_changes_it() -> None:
    catalogue = dict(catalogue_of_types())
    before = views.definition(tables.statements(catalogue))
    catalogue["commitment.made"] = catalogue["commitment.made"][:-1]
    assert views.definition(tables.statements(catalogue)) != before
