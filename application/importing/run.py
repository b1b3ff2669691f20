"""An import, from the first look at its SQL to the last fact.

The ids of the facts come from the names of the folder and the file and from the row's key, so an
import that runs again repeats ids and adds nothing. Facts go to the ledger in batches, each of them
durable as a whole before the next one starts: an interruption leaves whole batches, and running the
import again finishes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypedDict

from application.emit import Rejection, conflicts
from application.errors import ImportRefused, Problem
from application.importing.columns import check_columns
from application.importing.importer import Importer, read_importer
from application.importing.rows import RowReader, Rows
from application.importing.select_process import (
    FilesRead,
    Found,
    Origin,
    Origins,
    SelectFailed,
    selected,
)
from application.importing.tally import FileRows, Tally
from domain.positions import Reach, holds
from projections.known_positions import shown, shown_reach

if TYPE_CHECKING:
    from application.home import Appending, OnProgress
    from ledger.port import EventData, Receipt


@dataclass(frozen=True, kw_only=True)
class Import:
    """What the SELECTs of ``folder`` make of the files in ``data``. ``settings`` are read in SQL
    by ``getvariable``; ``name`` takes the place of the folder's name in the ids."""

    folder: Path
    data: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None


class RejectedRow(Rejection):
    """A row that was not kept: a line of a file of data, from 1, or, where that is not known, a
    row of a SELECT. ``id`` is None for a row without a key, and for one that could not be read."""

    file: str


class Imported(TypedDict):
    """What became of the rows. ``by_type`` counts the facts of the import, whether this run added
    them or found them there already, so it is the same when the import runs again. ``skipped``
    counts, by type too, the rows without a time. Types without any are left out. ``rows`` has two
    kinds of keys: SELECTs, each with what it read by file, and files, each with what all did."""

    accepted: int
    duplicates: int
    rejected: list[RejectedRow]
    head: int | str
    by_type: dict[str, int]
    skipped: dict[str, int]
    rows: dict[str, FileRows | dict[str, FileRows]]


class Sink(Protocol):
    """Where the facts of an import go, a batch at a time."""

    accepted: int
    duplicates: int

    def take(self, select: str, rows: Rows) -> list[Rejection]:
        """The facts of a batch of a SELECT; of those that can't be kept, why."""

    def finish(self, read: FilesRead) -> None:
        """A SELECT is at its end."""


def import_folder(
    ledger: Appending, asked: Import, on_progress: OnProgress | None = None
) -> Imported:
    """Append what an importer's SELECTs find. Files run in the order of their names. With
    ``on_progress``, rows are counted before they are read. Memory holds a few batches of rows, and
    the rejections.

    Raises ``ImportRefused``: before anything is written where the request, the SQL or its columns
    are wrong; later where DuckDB can't go on reading the data, with a note of what was kept."""
    importer = expected(asked)
    run = Run(importer, Appended(ledger))
    run.read_all(asked, on_progress)
    return run.answer(ledger.head())


def expected(asked: Import) -> Importer:
    """The importer of a request. Raises ``ImportRefused`` where that can't be run."""
    importer = read_importer(asked.folder, asked.name)
    if not asked.data.is_dir():
        raise ImportRefused("a folder of data", f"no {asked.data}", "{name the data}")
    importer.check_settings(asked.settings)
    return importer


@dataclass
class Run:
    """One import under way: what was read, and what became of it."""

    importer: Importer
    sink: Sink
    read: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    rejected: list[RejectedRow] = field(default_factory=list)
    known: set[tuple[str, int, str]] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    located: set[str] = field(default_factory=set)

    def read_all(
        self, asked: Import, on_progress: OnProgress | None, *, keys: bool = False
    ) -> None:
        """Give all rows to the sink; with ``keys``, those of rejected records too."""
        importer = self.importer
        try:
            with selected(
                importer.selects,
                asked.data,
                prelude=importer.prelude,
                variables=asked.settings,
                count=on_progress is not None,
                keys=keys,
            ) as found:
                for file, columns in found.columns.items():
                    sql = importer.selects[file] + (importer.prelude[1] if importer.prelude else "")
                    check_columns(file, importer.types[file], columns, sql)
                for each in found.batches:
                    if isinstance(each, FilesRead):
                        self.finish(each)
                        continue
                    self.take(each)
                    if on_progress is not None and found.total is not None:
                        on_progress(self.read.total(), found.total)
        except SelectFailed as failed:
            _add_notes(failed, asked.data, self.sink.accepted)
            raise

    def take(self, found: Found) -> None:
        """A batch of rows, made facts, to the sink."""
        type = self.importer.types[found.file]
        select = found.file.removesuffix(".sql")
        first = self.read[found.file] + 1
        rows = RowReader(type, self.importer.name, select).read(found.batch, first)
        refused = self.sink.take(select, rows)
        self.kept[type] += len(rows.facts) - len(refused)
        self.skipped[type] += rows.skipped
        rejected = rows.rejected + refused
        if found.origins is not None:
            self._trace(select, found.origins, first, rows.lines, rejected)
        for each in rejected:
            origin = found.origins.of(each["line"] - first) if found.origins is not None else None
            self.reject(origin or Origin(found.file, each["line"]), each)
        self.read[found.file] += found.batch.num_rows

    def reject(self, place: Origin, each: Rejection) -> None:
        """Takes note of a row that was not kept."""
        self.rejected.append(
            {"file": place.file, "line": place.line, "id": each["id"], "why": each["why"]}
        )

    def finish(self, found: FilesRead) -> None:
        """Takes note of what a SELECT read. A record that several can't read is rejected once."""
        select = found.file.removesuffix(".sql")
        self.tally.finish(select, found.files, select in self.located)
        for file, of_file in found.files.items():
            for line, why in of_file.rejected:
                if (file, line, why) not in self.known:
                    self.known.add((file, line, why))
                    self.rejected.append({"file": file, "line": line, "id": None, "why": why})
        self.sink.finish(found)

    def _trace(
        self,
        select: str,
        origins: Origins,
        first: int,
        lines: Sequence[int],
        rejected: Sequence[Rejection],
    ) -> None:
        """Counts records of which there are facts, those that were rejected left out."""
        self.located.add(select)
        self.tally.see(select, {file for file in origins.files if file is not None})
        refused = {each["line"] for each in rejected}
        self.tally.reject(select, origins.by_file(line - first for line in refused))
        used = (line - first for line in lines if line not in refused)
        self.tally.use(select, origins.by_file(used))

    def answer(self, head: Reach) -> Imported:
        """What became of all rows, in a ledger that goes so far."""
        return {
            "accepted": self.sink.accepted,
            "duplicates": self.sink.duplicates,
            "rejected": sorted(self.rejected, key=lambda each: (each["file"], each["line"])),
            "head": shown_reach(head),
            "by_type": {type: n for type, n in sorted(self.kept.items()) if n},
            "skipped": {type: n for type, n in sorted(self.skipped.items()) if n},
            "rows": self.tally.rows(),
        }


class Appended:
    """Appends each batch as it comes."""

    def __init__(self, ledger: Appending) -> None:
        self._ledger = ledger
        self._head = ledger.head()
        self.accepted = self.duplicates = 0

    def take(self, select: str, rows: Rows) -> list[Rejection]:
        """See ``Sink``. When this returns, the facts are durable."""
        del select
        receipts = self._receipts(rows.facts)
        outcomes = Counter(receipt.outcome for receipt in receipts)
        self.accepted += outcomes["accepted"]
        self.duplicates += outcomes["duplicate"]
        if not outcomes["conflict"]:
            return []
        return list(
            conflicts(rows.lines, rows.facts, receipts, lambda at: _conflict(at, self._head))
        )

    def finish(self, read: FilesRead) -> None:
        """See ``Sink``."""

    def _receipts(self, facts: Sequence[EventData]) -> list[Receipt]:
        try:
            return self._ledger.append(facts) if facts else []
        except Problem as problem:
            if kept := self.accepted + self.duplicates:
                problem.add_note(
                    f"The {kept:,} facts that were read before are kept and safe. Importing the"
                    " same again is safe too: what is there already counts as a duplicate."
                )
            raise


def _conflict(position: int, head: Reach) -> str:
    if not holds(head, position):
        return (
            "key: expected each key once in a file, saw it again with other content (the first is"
            f" at position {shown(position, head)}): make the key of all that tells the rows apart"
        )
    return (
        "expected the row as it was when it was imported, saw other content under the same key (its"
        f" fact is at position {shown(position, head)}): a fact is never changed. If the files say"
        " how things stand, {snapshot} retracts that fact and makes a new one of the row"
    )


def _add_notes(failed: SelectFailed, data: Path, accepted: int) -> None:
    """What helps beside DuckDB's message."""
    if "No files found" in failed.seen:
        names = sorted(path.name for path in data.iterdir())
        listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        failed.add_note(f"{data} holds {listed or 'nothing'}.")
    if "file system operations are disabled" in failed.seen:
        failed.add_note(
            f"An importer reads files in {data} only, by their names: rows('orders.csv')."
        )
    if accepted:
        failed.add_note(
            f"The {accepted:,} facts that were read before are kept: correct the SQL or the data,"
            " and import again to add the rest."
        )
