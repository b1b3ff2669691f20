"""Importing a folder of files."""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

from application.home import unseen
from application.importing import Import, Snapshot, import_folder, import_snapshot
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


def again(folder: Path) -> Measured:
    """The same orders once more: nothing is added."""
    watch = Watch()
    with TemporaryDirectory(dir=folder.parent) as place:
        home, asked = home_of(Path(place)), Import(folder=MAPPING, data=folder)
        with home.writing() as ledger:
            import_folder(ledger, asked)
        with watch.lap(), home.writing() as ledger:
            found = import_folder(ledger, asked)
    if found["accepted"]:
        raise RuntimeError(f"expected nothing to be added, saw {found['accepted']:,} facts")
    return watch.measured(found["duplicates"])


def snapshot(folder: Path, changed: int) -> Measured:
    """The same orders as a snapshot, of which so many are in another city now. The views have not
    been asked since the first import, so they take that in as well."""
    watch = Watch()
    with TemporaryDirectory(dir=folder.parent) as place:
        home, data = home_of(Path(place) / "home"), Path(place)
        with home.writing() as ledger:
            import_folder(ledger, Import(folder=MAPPING, data=folder))
        _move(folder / "orders.csv", data / "orders.csv", changed)
        asked = Snapshot(files=Import(folder=MAPPING, data=data))
        with watch.lap(), home.writing() as ledger:
            found = import_snapshot(home, ledger, asked, unseen)
    if found["changed"] != changed:
        raise RuntimeError(f"expected {changed:,} rows to be changed, saw {found['changed']:,}")
    return watch.measured(found["duplicates"])


def _move(orders: Path, to: Path, count: int) -> None:
    """A copy of a table of orders, in which some customers have moved."""
    with orders.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    place = header.index("city")
    for row in rows[:: len(rows) // count][:count]:
        row[place] = "Rennes"
    with to.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


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
