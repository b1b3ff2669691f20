"""An import of files that say how things stand, not what happened.

What the files say is first compared with the facts in force, all of it, and then written: a
snapshot that looks cut off must not have been half taken in when that is noticed. Nothing is
remembered between two snapshots but the facts themselves.

What is compared are the views, which hold what the ledger has; whoever imports a snapshot is alone
in that. Each fact that is written follows from what the ledger has and what the files say, its id
too. So after a kill, at whatever moment, the same snapshot finds what is still missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from application.emit import Rejection
from application.errors import ImportRefused, Problem
from application.home import silent
from application.importing.editions import (
    CHANGED,
    VANISHED,
    Edition,
    Editions,
    Outcome,
    TakenBack,
    outcome,
    outdated,
    retraction,
    taken_back,
)
from application.importing.importer import Importer
from application.importing.rows import RowReader, Rows
from application.importing.run import Import, Imported, Run, expected
from application.importing.seen_select import SeenSelect
from application.importing.select_process import FilesRead, Origin
from application.importing.spool import Spool, Waiting
from projections import imported_facts

if TYPE_CHECKING:
    from application.home import Appending, Home, OnProgress, Progress
    from ledger.port import EventData, Receipt
    from projections.session import Session

#: So many facts may vanish, or a tenth of the importer's, without a word.
FEW = 10
_TENTH = 10

_ALONE = TakenBack()


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """An import whose files say how things stand. With ``keep_vanished``, facts stay whose rows are
    not there any more; ``accept_vanished`` is how many may go, where it is more than a few."""

    files: Import
    keep_vanished: bool = False
    accept_vanished: int | None = None


class SnapshotImported(Imported):
    """As ``Imported``; ``accepted`` counts retractions too, ``by_type`` does not. ``changed`` and
    ``returned`` are rows of which there is a further edition, ``vanished`` facts that were taken
    back since their rows are not there; ``kept`` those of them that stay all the same."""

    changed: int
    vanished: int
    returned: int
    kept: int


def import_snapshot(
    home: Home, ledger: Appending, asked: Snapshot, progress: Progress
) -> SnapshotImported:
    """Have the facts of an importer's SELECTs in force be those that the files say. ``ledger`` is
    that of the home. Memory holds some 200 bytes a row.

    Raises ``ImportRefused``, before anything is written: as ``import_folder`` does, and where too
    many facts would vanish. Raises ``Unavailable`` where the views can't be brought up to the
    ledger, or another process imports a snapshot for long."""
    importer = expected(asked.files)
    with home.importing(), TemporaryFile() as file:
        with progress("taking in the ledger") as on_progress:
            home.take_in(on_progress)
        compared = Compared(home, importer, Spool(file), keep_vanished=asked.keep_vanished)
        run = Run(importer, compared)
        with progress("comparing") as on_progress:
            run.read_all(asked.files, on_progress, keys=True)
        compared.expect_few_vanished(asked.accept_vanished)
        with progress("writing") as on_progress:
            compared.write(ledger, run, on_progress)
    counted = compared.counted
    return {
        **run.answer(ledger.head()),
        "changed": counted["changed"],
        "vanished": counted["vanished"],
        "returned": counted["returned"],
        "kept": counted["kept"],
    }


class Compared:
    """Compares rows with the facts in force, and keeps what is to be written: a ``Sink``."""

    def __init__(
        self, home: Home, importer: Importer, spool: Spool, *, keep_vanished: bool
    ) -> None:
        self._home = home
        self._importer = importer
        self._spool = spool
        self._keep_vanished = keep_vanished
        self._selects: dict[str, SeenSelect] = {}
        self._standing = 0
        self.counted: Counter[str] = Counter()
        self.accepted = self.duplicates = 0

    def take(self, select: str, rows: Rows) -> list[Rejection]:
        """See ``Sink``. Rejects a key that comes again with other content."""
        with self._session() as session:
            of = self._select(session, select)
            rejected, fresh = self._once(of, rows)
            found = of.editions.of(session, [rows.facts[at].id for at in fresh])
            if parked := session.parked():
                fresh = self._apart(rows, fresh, found, parked, rejected)
            gone = [each[-1].fact.id for each in found.values() if each and not each[-1].in_force]
            back = taken_back(session, gone)
            steps = _Steps(of, session)
            for at in fresh:
                fact = rows.facts[at]
                editions = found[fact.id]
                self._standing += sum(each.unmarked for each in editions)
                latest = back.get(editions[-1].fact.id, _ALONE) if editions else _ALONE
                become = outcome(fact, editions, latest)
                self._count(become)
                row = Origin(f"{select}.sql", rows.lines[at])
                steps.add(fact, rows.keys[at], row, editions, become)
            self._spool.add(steps.facts())
        for key in rows.rejected_keys:
            of.seen.setdefault(of.reader.id_of(key), None)
        of.nameless = of.nameless or any(each["id"] is None for each in rows.rejected)
        return rejected

    def finish(self, read: FilesRead) -> None:
        """See ``Sink``. Takes back what has vanished, if it is known to have."""
        with self._session() as session:
            of = self._select(session, read.file.removesuffix(".sql"))
            standing = of.editions.in_force(session)
            self._standing += len(standing)
            any_of_them = not of.recognises(read.keys, standing.values()) or of.nameless
            missing = [id for id, first in standing.items() if first not in of.seen]
            if self._keep_vanished or any_of_them:
                # A record that can't be read may be that of any of them, as a row without a key.
                self.counted["kept"] += len(missing)
                return
            before = taken_back(session, missing)
            # Of those, somebody has taken back a retraction by a snapshot: that stands.
            gone = [id for id in missing if id not in before or not before[id].ids]
            self.counted["kept"] += len(missing) - len(gone)
            parked = session.parked()
            for start in range(0, len(gone), _AT_ONCE):
                some = imported_facts.envelopes(session, gone[start : start + _AT_ONCE])
                free = [each for each in some if each.subject not in parked]
                self.counted["vanished"] += len(free)
                self.counted["kept"] += len(some) - len(free)
                self._spool.add(
                    [Waiting(retraction(each, VANISHED, _ALONE), None) for each in free]
                )

    def expect_few_vanished(self, accepted: int | None) -> None:
        """Raises ``ImportRefused`` where so many facts would vanish that the files look cut off,
        unless just that number is accepted."""
        vanished, standing = self.counted["vanished"], self._standing
        if vanished <= max(FEW, standing // _TENTH) or vanished == accepted:
            return
        raise ImportRefused(
            f"files with a row for nearly all of the {standing:,} facts of {self._importer.name},"
            " as the last snapshot had",
            f"none for {vanished:,} of them",
            "nothing was written. Look whether the files are whole; if these rows are gone indeed,"
            f" {{accept vanished}} {vanished}",
        )

    def write(self, ledger: Appending, run: Run, on_progress: OnProgress | None) -> None:
        """Append what is to be written.

        A retraction stands before the edition that takes the place of its fact. A batch is one
        transaction of an embedded home, which a kill leaves whole or not at all. On Kafka it may
        leave a retraction without what was to follow: the row has no fact in force then, and the
        next snapshot, which finds that its last edition was retracted as changed, makes the further
        one, of the same id. The other way round there would be two facts of one row meanwhile.
        """
        for batch in self._spool.batches():
            receipts = self._appended(ledger, [each.fact for each in batch])
            for (fact, row), receipt in zip(batch, receipts, strict=True):
                if receipt.outcome == "accepted":
                    self.accepted += 1
                elif receipt.outcome == "conflict" and row is not None:
                    run.kept[fact.type] -= 1
                    run.reject(row, {"line": row.line, "id": fact.id, "why": _ANOTHER})
                elif row is not None:
                    self.duplicates += 1
            if on_progress is not None:
                on_progress(self.accepted, self._spool.facts)

    def _appended(self, ledger: Appending, facts: Sequence[EventData]) -> Sequence[Receipt]:
        try:
            return ledger.append(facts)
        except Problem as problem:
            problem.add_note(
                f"{self.accepted:,} of {self._spool.facts:,} facts are kept and safe. Import the"
                " same snapshot again to add the rest."
            )
            raise

    @contextmanager
    def _session(self) -> Iterator[Session]:
        # A new one for each batch: who holds one for long keeps others from taking facts in.
        with self._home.asking(silent) as (session, _):
            yield session

    def _select(self, session: Session, select: str) -> SeenSelect:
        found = self._selects.get(select)
        if found is None:
            type, mapping = self._importer.types[f"{select}.sql"], self._importer.name
            editions = Editions(session, f"{mapping}/{select}", type)
            found = SeenSelect(RowReader(type, mapping, select), editions)
            self._selects[select] = found
        return found

    def _once(self, of: SeenSelect, rows: Rows) -> tuple[list[Rejection], list[int]]:
        """The rows whose key came before with other content, and the places of those whose key
        comes for the first time."""
        rejected: list[Rejection] = []
        fresh = []
        for at, fact in enumerate(rows.facts):
            said = hash(fact[:-1])
            before = of.seen.get(fact.id)
            if before is None:
                of.seen[fact.id] = said
                fresh.append(at)
            elif before == said:
                self.duplicates += 1
            else:
                rejected.append({"line": rows.lines[at], "id": fact.id, "why": _TWICE})
        return rejected, fresh

    def _apart(
        self,
        rows: Rows,
        fresh: Sequence[int],
        found: Mapping[str, Sequence[Edition]],
        parked: Collection[str],
        rejected: list[Rejection],
    ) -> list[int]:
        """The rows that can be compared. Of a parked subject the views lack facts, so that a row
        may look new, or unchanged, and is not: it is rejected, and its facts stay."""
        free = []
        for at in fresh:
            fact = rows.facts[at]
            subjects = {fact.subject, *(each.fact.subject for each in found[fact.id])}
            if subjects.isdisjoint(parked):
                free.append(at)
            else:
                self._standing += sum(each.unmarked for each in found[fact.id])
                rejected.append({"line": rows.lines[at], "id": fact.id, "why": _PARKED})
        return free

    def _count(self, become: Outcome) -> None:
        if become == "same":
            self.duplicates += 1
        else:
            self.counted[become] += 1


class _Steps:
    """What is to be written for the rows of a batch, in their order."""

    def __init__(self, of: SeenSelect, session: Session) -> None:
        self._of, self._session = of, session
        self._rows: list[tuple[EventData, str, Origin, Sequence[Edition], Outcome]] = []

    def add(
        self,
        fact: EventData,
        key: str,
        row: Origin,
        editions: Sequence[Edition],
        become: Outcome,
    ) -> None:
        """A row, and what becomes of it."""
        self._rows.append((fact, key, row, editions, become))

    def facts(self) -> list[Waiting]:
        """For each row the retractions of what is in force and should not be, and its new
        edition."""
        gone = [outdated(editions, become) for *_, editions, become in self._rows]
        before = taken_back(self._session, [each.id for old in gone for each in old])
        numbers = self._numbers()
        waiting = []
        for (fact, key, row, _, become), old in zip(self._rows, gone, strict=True):
            for each in old:
                known = before.get(each.id, _ALONE)
                waiting.append(Waiting(retraction(each, CHANGED, known), None))
            if become != "same":
                waiting.append(Waiting(self._edition(fact, key, numbers.get(fact.id, 1)), row))
        return waiting

    def _numbers(self) -> dict[str, int]:
        """Which edition each row is to have, by the id of its first, where it is a later one. An id
        that another row's fact has is passed over."""
        of = self._of
        tried = {
            fact.id: (key, editions[-1].number + 1 if editions else 2)
            for fact, key, _, editions, become in self._rows
            if become != "same" and (editions or fact.id in of.editions.taken | of.given)
        }
        found: dict[str, int] = {}
        while tried:
            ids = {first: of.reader.id_of(f"{key}#{n}") for first, (key, n) in tried.items()}
            known = imported_facts.known(self._session, list(ids.values()))
            for first, id in ids.items():
                key, number = tried[first]
                if id in known or id in of.given or id in of.seen:
                    tried[first] = key, number + 1
                else:
                    found[first] = number
                    of.given.add(id)
                    del tried[first]
        return found

    def _edition(self, fact: EventData, key: str, number: int) -> EventData:
        if number == 1:
            return fact
        of = self._of
        return fact._replace(
            id=of.reader.id_of(f"{key}#{number}"),
            extensions=of.editions.extensions(number, fact.id),
        )


#: How many facts that vanish are in one batch.
_AT_ONCE = 20_000

_TWICE = (
    "key: expected each key once in a file, saw it again with other content: make the key of all"
    " that tells the rows apart"
)
_PARKED = (
    "expected a subject whose facts are all in the views, saw one that is parked: nothing was"
    " written of the row, and its facts stay. {parked list} says why; {unpark} its subject, and"
    " import again"
)
_ANOTHER = (
    "expected that no other fact has the id of this row's, saw one with other content: it was"
    " emitted by another way, or is left out of the views"
)
