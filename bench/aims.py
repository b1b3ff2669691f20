"""What is aimed at, and whether it was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.forms import FORMS
from bench.plan import Aim, Results, Sizes


@dataclass(frozen=True)
class Verdict:
    """An aim held against what was seen. ``factor`` is from 1 where it is met, else below."""

    aim: Aim
    figure: float

    @property
    def factor(self) -> float:
        """How the figure stands to the target."""
        if self.aim.at_most:
            return self.aim.target / self.figure
        return self.figure / self.aim.target

    @property
    def met(self) -> bool:
        """Whether the aim is reached."""
        return self.factor >= 1


def verdicts(results: Results, aims: Sequence[Aim]) -> list[Verdict]:
    """The aims whose pieces were all measured."""
    return [
        Verdict(aim, aim.figure(results)) for aim in aims if all(name in results for name in aim.of)
    ]


def aims(sizes: Sizes) -> list[Aim]:
    """All aims, in the order of the table."""
    return [
        *(_append(batch) for batch in (1, sizes.batch // 10, sizes.batch, 10 * sizes.batch)),
        _rate("decisions that are relayed, a second", "decide", 300, DECIDING),
        _deciding(),
        *(_read(form) for form in FORMS),
        _rate("import, facts a second", "import", 50_000, IMPORTING),
        _snapshot(sizes),
        _rate(f"rebuild of {sizes.small:,}, facts a second", "rebuild small", 200_000, REBUILDING),
        _rate(f"rebuild of {sizes.large:,}, facts a second", "rebuild large", 200_000, REBUILDING),
        _against_the_runner("rebuild small", sizes.small, "file"),
        _against_the_runner("rebuild small", sizes.small, "memory"),
        _against_the_runner("rebuild large", sizes.large, "file"),
        _against_the_runner("rebuild large", sizes.large, "memory"),
        _checking(sizes),
        _business(sizes),
        _rate(
            f"export of {sizes.large:,}, tables, facts a second", "export tables", 200_000, SORTING
        ),
        _rate(f"export of {sizes.large:,}, every file, facts a second", "export", 200_000, LOGGING),
        _answer("promises", "promises", 300, SCANNING),
        _answer("promises --by department", "promises --by department", 300, SCANNING),
        _answer("commitment", "commitment", 20, SCANNING),
        _answer("customer", "customer", 20, SCANNING),
        _answer("what-if, another deadline for one kind of promise", "what-if", 3_000, REDATING),
        _slowest("the slowest metric by department, as of now", "metrics now"),
        _slowest("the slowest page of units, as of now", "units now"),
        _slowest("the slowest metric by department, as of a past instant", "metrics past"),
        _slowest("the slowest page of units, as of a past instant", "units past"),
        _answer("./pledger --help, whole process", "help", 300, STARTING),
        _answer("an ask on a small home, whole process", "small ask", 600, STARTING),
        _answer("one more fact on a long promise, processor", "long one", 1_000, REFOLDING),
        _answer("all of a long promise's history, processor", "long page", 2_000, PRINTING),
        _memory(sizes),
    ]


APPENDING = (
    "what both sides do: waiting for the disk where batches are small, SQLite's inserts into the"
    " table and that of the ids where they are large"
)
DECIDING = (
    "waiting for the disk, which each decision does in two files at once, and the Python around it:"
    " reading the command, weighing it, two transactions more than the others have"
)
PROVING = "that each quote is looked at twice: first whether it stands where one may, then to read"
IMPORTING = "SQLite's inserts, then the ids and the rows made in Python, all on one core"
COMPARING = "taking the import before into the views, then reading the facts of each row back"
REBUILDING = (
    "the work of both cores: half of it reads, decodes and lands facts, half folds the views"
)
READING = "joining what is stored of each fact into one text, over which the checksum goes"
RUNNER = (
    "the rate of the rebuild, and that the runner passes over types that its table does not need"
)
SORTING = "sorting each table, so that two exports are the same, and writing it on one core"
LOGGING = (
    "the two event logs: several texts of JSON a fact, and SQLite's inserts of a row for each"
    " object that an event relates to, from Python on one core"
)
REFOLDING = "what a batch costs whatever it holds: the scans of the tables for touched keys"
SCANNING = "DuckDB finds keys by scanning columns, as far as their order does not rule rows out"
REDATING = (
    "reading the dates that the policy gives in Python, and walking the promises again whose dates"
    " change"
)
GATHERING = (
    "joining promises with the steps of their journeys and, as of a past instant, stitching those"
    " anew that may have been several journeys then"
)
STARTING = "the start of Python and the imports of the libraries that the command needs"
PRINTING = "the objects that each fact of the answer becomes before it is JSON"
BUFFERING = "DuckDB's own limit (projections/duckdb/store.py), and the heaps of the projector"

#: The bound of memory: DuckDB's own limit (``projections.duckdb.store.MEMORY_LIMIT``), and 1 GB for
#: what the process holds beside it.
BOUND_GB = 4 + 1


def _append(batch: int) -> Aim:
    ours, theirs = f"append {batch}", f"append {batch}, eventsourcing"
    return Aim(
        f"append in batches of {batch:,}, against eventsourcing's recorder",
        (ours, theirs),
        lambda seen: seen[ours].rate / seen[theirs].rate,
        1.2,
        "×",
        APPENDING,
    )


def _read(form: str) -> Aim:
    ours, theirs = f"read {form}", f"read {form}, DuckDB"
    return Aim(
        f"reading CSV {FORMS[form].title} by rows(), against DuckDB's read_csv",
        (ours, theirs),
        lambda seen: seen[ours].against(seen[theirs]),
        0.5,
        "×",
        PROVING,
    )


def _deciding() -> Aim:
    ours, theirs = "decide", "decide, eventsourcing"
    return Aim(
        "deciding and relaying, against eventsourcing's aggregates without checks",
        (ours, theirs),
        lambda seen: seen[ours].against(seen[theirs]),
        0.5,
        "×",
        DECIDING,
    )


def _rate(title: str, name: str, target: float, bound: str) -> Aim:
    return Aim(title, (name,), lambda seen: seen[name].rate, target, "/s", bound)


def _answer(title: str, name: str, target: float, bound: str) -> Aim:
    return Aim(title, (name,), lambda seen: seen[name].median * 1000, target, "ms", bound, True)


def _slowest(title: str, name: str) -> Aim:
    return Aim(
        title, (name,), lambda seen: max(seen[name].seconds) * 1000, 300, "ms", GATHERING, True
    )


def _against_the_runner(ours: str, facts: int, beside: str) -> Aim:
    runner, where = f"runner in {beside}", "a file" if beside == "file" else "memory"
    return Aim(
        f"rebuild of {facts:,}, against the projection runner with its table in {where}",
        (ours, runner),
        lambda seen: seen[ours].rate / seen[runner].rate,
        50,
        "×",
        RUNNER,
    )


def _snapshot(sizes: Sizes) -> Aim:
    snapshot, again = "snapshot", "import again"
    return Aim(
        f"a snapshot of {sizes.rows:,} rows, {sizes.changed} of them changed, against an import"
        " that changes nothing",
        (snapshot, again),
        lambda seen: seen[snapshot].median / seen[again].median,
        2,
        "×",
        COMPARING,
        True,
    )


def _checking(sizes: Sizes) -> Aim:
    whole = "rebuild large"
    return Aim(
        f"share of a rebuild of {sizes.large:,} that checking what is stored takes",
        ("read checked", "read unchecked", whole),
        lambda seen: (
            100 * (seen["read checked"].median - seen["read unchecked"].median) / seen[whole].median
        ),
        3,
        "%",
        READING,
        True,
    )


def _business(sizes: Sizes) -> Aim:
    batch, alone = "business batch", "business alone"
    return Aim(
        f"a batch that touches {sizes.business:,} facts, against a rebuild of those alone",
        (batch, alone),
        lambda seen: seen[batch].median / seen[alone].median,
        2,
        "×",
        REFOLDING,
        True,
    )


def _memory(sizes: Sizes) -> Aim:
    return Aim(
        f"memory at the peak of a rebuild of {sizes.large:,}",
        ("rebuild large",),
        lambda seen: seen["rebuild large"].peak_kib * 1024 / 1e9,
        BOUND_GB,
        "GB",
        BUFFERING,
        True,
    )
