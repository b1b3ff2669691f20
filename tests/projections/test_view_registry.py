"""The fingerprint by which a home knows that its views were built by other rules."""

from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path

import pytest

from consumers.embedded_projector import catalogue_of_types
from projections import fact_tables, view_registry
from projections.postgres import store as postgres_store

COMMENTED = "-- As it 'was.\nCREATE TABLE commitment AS\n"


def definition() -> str:
    return view_registry.definition(fact_tables.statements(catalogue_of_types()))


@pytest.fixture
def views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the SQL files of the views, in place of them."""
    folder = tmp_path / "views"
    shutil.copytree(view_registry.FOLDER, folder)
    monkeypatch.setattr(view_registry, "FOLDER", folder)
    monkeypatch.setattr(view_registry, "_text", view_registry._text.__wrapped__)
    return folder


def change(views: Path, name: str, old: str, new: str) -> None:
    text = (views / name).read_text(encoding="utf-8")
    assert old in text
    (views / name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("-- One row", "-- A row"),
        ("CREATE TABLE commitment AS\n", COMMENTED),
        ("    m.subject,\n", "    m.subject, -- as it was\n    /* and\n    so on */\n"),
        ("    m.about,\n    m.kind,", "    m.about,  m.kind,"),
    ],
)
def test_what_decides_nothing_leaves_it(views: Path, old: str, new: str) -> None:
    before = definition()
    change(views, "commitment.sql", old, new)
    assert definition() == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("commitment.sql", "m.subject)", "m.about)"),
        ("commitment_history.sql", "'rejected'", "'rejected '"),
        ("commitment_history.sql", "'rejected'", "'-- rejected'"),
        ("suspense.sql", "'unknown_'", "'unknown  '"),
    ],
)
def test_other_sql_changes_it(views: Path, name: str, old: str, new: str) -> None:
    before = definition()
    change(views, name, old, new)
    assert definition() != before


def test_each_text_in_quotes_counts_to_the_letter() -> None:
    texts = ["SELECT 'a -- b'", "SELECT 'a  -- b'", "SELECT 'it''s  --'", "SELECT 'it''s --'"]
    assert len({view_registry.bare(text) for text in texts}) == len(texts)


def test_another_fold_version_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = definition()
    monkeypatch.setattr(view_registry, "FOLD_VERSION", view_registry.FOLD_VERSION + 1)
    assert definition() != before


@pytest.mark.parametrize(
    ("package", "embedded", "server"),
    [
        ("duckdb", True, True),
        ("holidays", True, True),
        ("tzdata", True, True),
        ("sqlglot", False, True),
        ("rich", False, False),
    ],
)
def test_a_package_that_rows_depend_on_changes_it(
    monkeypatch: pytest.MonkeyPatch, package: str, embedded: bool, server: bool
) -> None:
    before = definition(), postgres_store.definition(catalogue_of_types())

    def version(name: str) -> str:
        return "later" if name == package else metadata.version(name)

    monkeypatch.setattr(view_registry, "_version", version)
    after = definition(), postgres_store.definition(catalogue_of_types())
    assert (after[0] != before[0], after[1] != before[1]) == (embedded, server)


def test_versions_are_those_of_the_installed_packages() -> None:
    for package in postgres_store.PACKAGES:
        assert view_registry._version(package) == metadata.version(package)


def test_another_column_changes_it() -> None:
    catalogue = dict(catalogue_of_types())
    before = view_registry.definition(fact_tables.statements(catalogue))
    catalogue["commitment.made"] = catalogue["commitment.made"][:-1]
    assert view_registry.definition(fact_tables.statements(catalogue)) != before
