"""What is copied into the package is the checkout's, whole, and stands on its own."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import pledger_sdk
from domain.events import BODIES
from pledger_sdk import facts
from pledger_sdk._contract.schemas import catalogue as copied_catalogue
from schemas import catalogue
from sdk.hatch_build import TARGET, Incomplete, contract, write_contract
from tests.helpers import ROOT

PACKAGE = Path(pledger_sdk.__file__).parent
MAY_IMPORT = {
    *("fastavro", "kafka", "opentelemetry", "pledger_sdk", "pydantic", "pydantic_core"),
    "httpx2",  # the extra
}


@pytest.mark.parametrize("type", sorted(BODIES))
def test_a_model_is_the_model_of_the_checkout(type: str) -> None:
    model = facts.BODIES[type]
    assert model.model_json_schema() == BODIES[type].model_json_schema()
    assert model.__name__ in facts.__all__
    assert getattr(facts, model.__name__) is model
    assert facts.TYPES[model] == type


def test_every_type_is_there() -> None:
    assert len(facts.BODIES) == len(BODIES) == 69
    assert copied_catalogue.TYPES == catalogue.TYPES
    assert all(copied_catalogue.avsc(type) == catalogue.avsc(type) for type in catalogue.TYPES)


def test_the_package_imports_nothing_of_the_checkout() -> None:
    strangers = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in _needed(tree):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [each.name for each in node.names]
            )
            strangers |= {name.partition(".")[0] for name in names}
    assert strangers - sys.stdlib_module_names <= MAY_IMPORT


def _needed(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """The imports, but those that only type checkers carry out."""
    checked = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in checked
    ]


def test_the_copies_are_in_step() -> None:
    files = {name: (TARGET / name).read_text(encoding="utf-8") for name in contract(ROOT)}
    assert files == contract(ROOT)


def test_writing_again_changes_nothing_and_removes_what_is_old(tmp_path: Path) -> None:
    write_contract(ROOT, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    (tmp_path / "schemas" / "gone.py").write_text("x = 1\n")
    write_contract(ROOT, tmp_path)
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.parametrize(
    "line",
    ["import domain.facts", "from domain import facts", "from domain.facts import Fact"],
)
def test_a_module_that_needs_more_than_is_copied_is_named(tmp_path: Path, line: str) -> None:
    for name in contract(ROOT):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    assert contract(tmp_path) == contract(ROOT)
    with (tmp_path / "ledger/envelope.py").open("a") as module:
        module.write(f"{line}\n")
    with pytest.raises(Incomplete, match=r"ledger/envelope\.py imports of domain"):
        contract(tmp_path)
    (tmp_path / "schemas/ids.json").unlink()
    with pytest.raises(Incomplete, match=r"expected schemas/ids\.json"):
        contract(tmp_path)


def test_the_licence_is_the_projects() -> None:
    assert (ROOT / "sdk/LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
