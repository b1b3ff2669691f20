"""Carrying the tables out: all that an export writes, its tables alone, and DuckDB's own copies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from application.export.dictionary import all_tables
from application.export.run import Export, export, write_tables
from bench.material import home_of
from bench.measured import Measured, Watch
from projections.duckdb.session import literal
from simulator.simulation import END


def whole(folder: Path) -> Measured:
    """Every file of an export."""
    watch = Watch()
    with _place(folder) as place:
        wanted = Export(as_of=END, folder=place / "export")
        with watch.lap():
            done = export(home_of(folder), wanted)
    (facts,) = (file["rows"] for file in done["files"] if file["path"] == "fact.parquet")
    return watch.measured(facts or 0)


def tables(folder: Path) -> Measured:
    """The tables of an export, without what is made of them."""
    watch = Watch()
    public = [table.public() for table in all_tables()]
    with _place(folder) as place:
        wanted = Export(as_of=END, folder=place)
        with watch.lap():
            contents = write_tables(home_of(folder), wanted, public, place)
    return watch.measured(contents.rows["fact"])


def copied(folder: Path) -> Measured:
    """The same tables as DuckDB's own COPY writes them: all columns, in no order."""
    watch = Watch()
    with _place(folder) as place, home_of(folder).views().reading() as session:
        ((facts,),) = session.rows("SELECT count(*) FROM fact")
        with watch.lap():
            for table in all_tables():
                path = literal(place / f"{table.name}.parquet")
                session.execute(f"COPY {table.name} TO {path} (FORMAT parquet)")
    return watch.measured(facts)


@contextmanager
def _place(folder: Path) -> Iterator[Path]:
    """A folder to write to, which is gone afterwards."""
    place = folder / "exported"
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place)
