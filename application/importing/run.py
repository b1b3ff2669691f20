"""Importing: a folder of SELECTs over a folder of data, into a ledger.

The ids of the facts come from the names of the folder and the file and from the row's key, so an
import that runs again repeats ids and adds nothing. Facts go to the ledger in batches, each of them
durable as a whole before the next one starts: an interruption leaves whole batches, and running the
import again finishes it.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypedDict

import pyarrow as pa

from application.emit import Appending
from application.importing.columns import columns_problem
from application.importing.rows import Sealer
from application.importing.select_process import SelectFailed, running
from domain.positions import Reach, holds
from ledger.port import Receipt, Sealed
from projections.reach import shown, shown_reach
from schemas import catalogue

_PRELUDE = "_prelude.sql"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GETVARIABLE = re.compile(r"getvariable\s*\(\s*'([^']*)'\s*\)", re.IGNORECASE)

#: Told how many rows are done, and how many there are in all.
OnProgress = Callable[[int, int], None]


class ImportRefused(ValueError):
    """An import that can't be run as it was called: what was expected, seen, what to do."""


class RejectedRow(TypedDict):
    """A row that was not kept. ``line`` counts the rows of the file's SELECT from 1; ``id`` is None
    for a row without a key."""

    file: str
    line: int
    id: str | None
    why: str


class Imported(TypedDict):
    """The answer of ``import``. ``by_type`` counts the facts of the import, whether this run added
    them or found them there already, so it is the same when the import runs again. ``skipped``
    counts, by type too, the rows without a time. Types without any are left out."""

    accepted: int
    duplicates: int
    rejected: list[RejectedRow]
    head: int | str
    by_type: dict[str, int]
    skipped: dict[str, int]


class Importer(NamedTuple):
    """A mapping folder as it was read: SQL by file name, and the type of each file's facts."""

    name: str
    selects: Mapping[str, str]
    types: Mapping[str, str]
    prelude: tuple[str, str] | None


def import_folder(
    ledger: Appending,
    folder: Path,
    data: Path,
    *,
    settings: Mapping[str, str],
    name: str | None = None,
    on_progress: OnProgress | None = None,
) -> Imported:
    """Appends what the SELECTs of ``folder`` make of the files in ``data``. ``settings`` are read
    in SQL by ``getvariable``; ``name`` replaces the folder's name in the ids. Files run in the
    order of their names. With ``on_progress``, rows are counted before they are read. Memory holds
    a few batches of rows, and the rejections.

    Raises ``ImportRefused``: before anything is written where the call, the SQL or its columns are
    wrong; later where DuckDB can't go on reading the data, and then says what was kept."""
    importer = read_importer(folder, name)
    _check_data(data)
    _check_settings(importer, settings)
    run = _Run(ledger, importer, ledger.head())
    try:
        with running(
            importer.selects,
            data,
            prelude=importer.prelude,
            variables=settings,
            count=on_progress is not None,
        ) as selecting:
            for file, columns in selecting.columns.items():
                problem = columns_problem(importer.types[file], columns)
                if problem is not None:
                    raise ImportRefused(f"{file}: {problem}")
            for file, batch in selecting.batches:
                run.take(file, batch)
                if on_progress is not None and selecting.total is not None:
                    on_progress(run.read.total(), selecting.total)
    except SelectFailed as failed:
        raise ImportRefused(_failed(failed, data, run)) from None
    return run.answer()


def read_importer(folder: Path, name: str | None) -> Importer:
    """The files of a mapping folder, in the order of their names. Raises ``ImportRefused``."""
    if not folder.is_dir():
        raise ImportRefused(f"expected a folder with one TYPE.sql a kind of fact, saw no {folder}")
    paths = sorted(path for path in folder.glob("*.sql") if not path.name.startswith("."))
    texts = {path.name: _text(path) for path in paths}
    prelude = texts.pop(_PRELUDE, None)
    if not texts:
        raise ImportRefused(
            f"expected at least one TYPE.sql in {folder}, saw none: name a file after a type of"
            " the catalogue, as in commitment.made.sql"
        )
    named = folder.resolve().name if name is None else name
    if not named or "/" in named:
        raise ImportRefused(
            f'expected a name without / for the importer, saw "{named}": give one with --name'
        )
    return Importer(
        name=named,
        selects=texts,
        types={file: _type_of(file) for file in texts},
        prelude=None if prelude is None else (_PRELUDE, prelude),
    )


@dataclass
class _Run:
    """One import under way."""

    ledger: Appending
    importer: Importer
    head: Reach
    read: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    rejected: list[RejectedRow] = field(default_factory=list)
    accepted: int = 0
    duplicates: int = 0

    def take(self, file: str, batch: pa.RecordBatch) -> None:
        """Appends the facts of a batch. When this returns, they are durable."""
        type = self.importer.types[file]
        sealer = Sealer(type, self.importer.name, file.removesuffix(".sql"))
        rows = sealer.seal(batch, self.read[file] + 1)
        receipts = self.ledger.append(rows.facts) if rows.facts else []
        outcomes = Counter(receipt.outcome for receipt in receipts)
        self.accepted += outcomes["accepted"]
        self.duplicates += outcomes["duplicate"]
        self.kept[type] += outcomes["accepted"] + outcomes["duplicate"]
        self.skipped[type] += rows.skipped
        rejected = [(each.line, each.id, each.why) for each in rows.rejected]
        if outcomes["conflict"]:
            rejected += self._conflicts(rows.facts, rows.lines, receipts)
        for line, id, why in sorted(rejected):
            self.rejected.append({"file": file, "line": line, "id": id, "why": why})
        self.read[file] += batch.num_rows

    def _conflicts(
        self, facts: Sequence[Sealed], lines: Sequence[int], receipts: Sequence[Receipt]
    ) -> list[tuple[int, str | None, str]]:
        return [
            (line, fact.id, _conflict(receipt.position, self.head))
            for fact, line, receipt in zip(facts, lines, receipts, strict=True)
            if receipt.outcome == "conflict"
        ]

    def answer(self) -> Imported:
        """What became of all rows."""
        return {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "head": shown_reach(self.ledger.head()),
            "by_type": {type: n for type, n in sorted(self.kept.items()) if n},
            "skipped": {type: n for type, n in sorted(self.skipped.items()) if n},
        }


def _conflict(position: int, head: Reach) -> str:
    if not holds(head, position):
        return (
            "key: expected each key once in a file, saw it again with other content (the first is"
            f" at position {shown(position, head)}): make the key of all that tells the rows apart"
        )
    return (
        "expected the row as it was when it was imported, saw other content under the same key (its"
        f" fact is at position {shown(position, head)}): a fact is never changed. If it was wrong,"
        " retract it (fact.retracted with this id) and import the row under another key"
    )


# --- what may be wrong with the call -------------------------------------------------------------


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ImportRefused(
            f"{path.name}: expected SQL in UTF-8, saw other bytes: save it as UTF-8"
        ) from None
    except OSError as problem:
        raise ImportRefused(
            f"{path.name}: expected a file that can be read, saw {problem.strerror}"
        ) from None


def _type_of(file: str) -> str:
    """The longest type at the start of a file's name."""
    words = file.removesuffix(".sql").split(".")
    for count in range(len(words), 0, -1):
        if (type := ".".join(words[:count])) in catalogue.TYPES:
            return type
    nearest = difflib.get_close_matches(".".join(words[:2]), catalogue.TYPES, n=1, cutoff=0.5)
    if file.startswith("_"):
        advice = f"what the SELECTs share goes into {_PRELUDE}"
    else:
        advice = f"did you mean {nearest[0]}.sql?" if nearest else "see the catalogue of facts"
    raise ImportRefused(
        f"{file}: expected TYPE.sql or TYPE.NAME.sql with a type of the catalogue, saw none at"
        f" the start of the name: {advice}"
    )


def _check_data(data: Path) -> None:
    if not data.is_dir():
        raise ImportRefused(f"expected a folder of data, saw no {data}: name it with --data")


def _check_settings(importer: Importer, settings: Mapping[str, str]) -> None:
    texts = [*importer.selects.values(), importer.prelude[1] if importer.prelude else ""]
    read = {name for text in texts for name in _GETVARIABLE.findall(text)}
    for name in settings:
        if not _VARIABLE.fullmatch(name):
            raise ImportRefused(
                f'--set: expected NAME=VALUE with a NAME of letters, digits and _, saw "{name}"'
            )
        if not any(re.search(rf"\b{name}\b", text) for text in texts):
            known = ", ".join(sorted(read)) or "no setting"
            raise ImportRefused(
                f"--set: expected a setting that the SQL reads ({known}), saw {name}: correct the"
                " name, or leave it out"
            )


def _failed(failed: SelectFailed, data: Path, run: _Run) -> str:
    """DuckDB's message, and what helps beside it."""
    lines = [str(failed)]
    if "No files found" in failed.why:
        names = sorted(path.name for path in data.iterdir())
        shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        lines.append(f"{data} holds {shown or 'nothing'}.")
    if "file system operations are disabled" in failed.why:
        lines.append(
            f"An importer reads files in {data} only, by their names: read_csv('orders.csv')."
        )
    if run.accepted:
        lines.append(
            f"The {run.accepted:,} facts that were read before are kept: correct the SQL or the"
            " data, and import again to add the rest."
        )
    return "\n".join(lines)
