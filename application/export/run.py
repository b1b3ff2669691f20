"""Carrying out of a home all that can be asked: every view and table of facts as a file, with what
they mean, for the tools that data teams have.

Tables are written first, as Parquet, while a session on the home is open; all else is made of these
files. So a home is held no longer than its rows take to be read, and both kinds of home go the same
way.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from application.export import catalogue, odcs, osi
from application.export.contents import FORMATS, Contents, File, Format, file_at
from application.export.datapackage import NAME, datapackage
from application.export.dictionary import all_tables
from application.export.folder import filled
from application.home import silent
from application.question import Question, asked
from application.request_checks import expect_among

if TYPE_CHECKING:
    from application.home import Home, OnProgress
    from projections.dictionary.tables import Table

#: Where Parquet lies while all else is made of it.
STAGE = "stage"
#: How much of the work is done, for who watches, once the tables are written, and once the events
#: are in one of their logs.
TABLES, EVENTS = 0.3, 0.7


@dataclass(frozen=True, kw_only=True)
class Export(Question):
    """What to export, and to which folder. ``with_personal``: with the free text about people."""

    folder: Path
    with_personal: bool = False
    format: Format = "parquet"

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_among("formats", (self.format,), FORMATS)


class Exported(TypedDict):
    """What was written, and the moment that it shows."""

    files: list[File]
    as_of: datetime
    known_at: int | str


def export(home: Home, wanted: Export, on_progress: OnProgress = silent) -> Exported:
    """Write all files. Raises ``Wrong`` for a folder that is not empty, and ``NoRoom``; then, and
    when it is interrupted, nothing is left."""
    tables = [one if wanted.with_personal else one.public() for one in all_tables()]
    with filled(wanted.folder) as folder:
        stage = folder / STAGE
        stage.mkdir()
        contents = write_tables(home, wanted, tables, stage, on_progress)
        others = _write_logs(contents, stage, folder, on_progress)
        _finish_tables(contents, stage, folder)
        shutil.rmtree(stage)
        others |= _write_descriptions(contents, folder)
        files = _files(contents, folder, others)
        path = folder / NAME
        path.write_text(datapackage(contents, files, others), encoding="utf-8")
        files.append(file_at(path))
    return {"files": files, "as_of": contents.as_of, "known_at": contents.known_at}


def write_tables(
    home: Home,
    wanted: Export,
    tables: Sequence[Table],
    stage: Path,
    on_progress: OnProgress = silent,
) -> Contents:
    """Write every table as it was at the moment, as Parquet, into a folder."""
    from projections.export.rows import rows_of, show_all
    from projections.known_positions import shown_reach

    with asked(home, wanted, on_progress) as (session, moment):
        show_all(session, moment)
        ((facts,),) = session.rows("SELECT count(*) FROM fact")
        counts = {}
        for done, table in enumerate(tables):
            path = stage / f"{table.name}.parquet"
            counts[table.name] = session.write_parquet(rows_of(table, session, moment), path)
            on_progress(int(facts * TABLES * done / len(tables)), facts)
        return Contents(
            tables=tables,
            rows=counts,
            format=wanted.format,
            as_of=moment.as_of,
            known_at=shown_reach(moment.known_at),
            with_personal=wanted.with_personal,
        )


def _write_logs(
    contents: Contents, stage: Path, folder: Path, on_progress: OnProgress
) -> dict[str, str]:
    """Write the event logs, and answer what each file is."""
    from projections.duckdb.files import opened
    from projections.export.ocel_files import write_both

    facts = contents.rows["fact"]
    with opened(stage, [table.name for table in contents.tables]) as session:
        paths = folder / "ocel.json", folder / "ocel.sqlite"
        halfway = partial(on_progress, int(facts * EVENTS), facts)
        write_both(session, contents.tables, *paths, halfway)
        on_progress(facts, facts)
    return {
        "ocel.json": "The facts in force as events, with the objects that they relate to: an"
        " object-centric event log, by OCEL 2.0.",
        "ocel.sqlite": "The same event log, in the relational form of OCEL 2.0.",
    }


def _files(contents: Contents, folder: Path, others: Iterable[str]) -> list[File]:
    """What there is to say of the files. Two are read at once: hashing goes without Python's
    lock."""
    rows = {contents.path_of(table): contents.rows[table.name] for table in contents.tables}
    names = [*rows, *others]
    with ThreadPoolExecutor(2, thread_name_prefix="hash") as executor:
        return list(executor.map(file_at, map(folder.joinpath, names), map(rows.get, names)))


def _write_descriptions(contents: Contents, folder: Path) -> dict[str, str]:
    """Write what is said of the tables, and answer what each file is."""
    written = {
        osi.NAME: (osi.osi(contents), osi.SAYS),
        odcs.NAME: (odcs.odcs(contents), odcs.SAYS),
        catalogue.NAME: (catalogue.catalogue(contents), catalogue.SAYS),
    }
    for name, (text, _) in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: says for name, (_, says) in written.items()}


def _finish_tables(contents: Contents, stage: Path, folder: Path) -> None:
    """Put the tables into the folder, in the format that was asked for."""
    from projections.duckdb.files import opened, write_csv

    if contents.format == "parquet":
        for table in contents.tables:
            (stage / contents.path_of(table)).replace(folder / contents.path_of(table))
        return
    with opened(stage, [table.name for table in contents.tables]) as session:
        for table in contents.tables:
            types = {column.name: column.type for column in table.columns}
            write_csv(session, table.name, table.order, types, folder / contents.path_of(table))
