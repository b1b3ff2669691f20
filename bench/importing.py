"""Importing a folder of files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from application.importing import Import, import_folder
from bench.material import home_of
from bench.measured import Measured, Watch

MAPPING = Path(__file__).parent / "mapping"
ROOT = Path(__file__).resolve().parent.parent


def generated(folder: Path) -> Measured:
    """The orders that were made for it, by three SELECTs."""
    return _imported(folder, MAPPING, folder)


def olist(folder: Path, data: str) -> Measured:
    """A real shop's orders, payments and reviews, by the importer that comes with the project."""
    return _imported(folder, ROOT / "mappings" / "olist", Path(data))


def _imported(folder: Path, mapping: Path, data: Path) -> Measured:
    watch = Watch()
    with (
        TemporaryDirectory(dir=folder.parent) as place,
        watch.lap(),
        home_of(Path(place)).writing() as ledger,
    ):
        found = import_folder(ledger, Import(folder=mapping, data=data))
    if found["rejected"]:
        raise RuntimeError(f"expected no row to be rejected, saw {found['rejected'][:3]}")
    return watch.measured(found["accepted"])
