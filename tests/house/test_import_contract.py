"""The contract type that holds the folders apart, on a small graph."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from grimp import ImportGraph

from tests.helpers import ROOT
from tools.import_contract import MayImport


def strangers(imported: str, **options: Any) -> list[str]:
    """What is wrong with ``shop.till`` importing that module."""
    graph = ImportGraph()
    graph.add_module("shop.till")
    graph.add_module(imported, is_squashed=not imported.startswith("shop"))
    graph.add_import(
        importer="shop.till", imported=imported, line_number=3, line_contents=f"import {imported}"
    )
    contract = MayImport("shop", {}, {"package": "shop", "allowed": ["stock", "rich"], **options})
    check = contract.check(graph, verbose=False)
    assert check.kept == (not check.metadata["strangers"])
    found: list[str] = check.metadata["strangers"]
    return found


@pytest.mark.parametrize("imported", ["shop.scales", "stock", "rich", "json", "sqlite3"])
def test_what_is_allowed(imported: str) -> None:
    assert strangers(imported) == []


@pytest.mark.parametrize("imported", ["duckdb", "bank", "richer", "shopping"])
def test_what_is_not_named_is_not_allowed(imported: str) -> None:
    assert strangers(imported) == [f"shop.till:3 imports {imported}"]


def test_a_part_of_the_standard_library_can_be_closed() -> None:
    assert strangers("sqlite3", never=["sqlite3"]) == ["shop.till:3 imports sqlite3"]


def test_every_folder_of_the_product_has_its_contract() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    settings = table["tool"]["importlinter"]
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    packages |= {path.parent.name for path in ROOT.glob("sdk/src/*/__init__.py")}
    assert packages == set(settings["root_packages"])
    assert packages == {contract["package"] for contract in settings["contracts"]}
    allowed = {contract["package"]: contract["allowed"] for contract in settings["contracts"]}
    assert [name for name in packages if "entrypoints" in allowed[name]] == ["bench"]
    assert not any("bench" in names for names in allowed.values())
