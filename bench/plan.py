"""What the bench is made of: sizes, pieces, and what is seen of them.

Nothing large is imported here: pieces are named, and found by the process that runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles


@dataclass(frozen=True)
class Sizes:
    """How much each piece does, and how often."""

    runs: int = 3
    #: Facts of the smaller and of the larger ledger, of the one for whole processes, and of the one
    #: that the projection runner takes in with a sync to the disk for each.
    small: int = 100_000
    large: int = 1_000_000
    tiny: int = 1_000
    synced: int = 20_000
    #: Facts of the customer who has many, and rows of the file to import.
    business: int = 50_000
    rows: int = 100_000
    #: Of those, how many a snapshot changes.
    changed: int = 100
    #: Facts that come later: so many batches of so many.
    batch: int = 1_000
    batches: int = 10
    #: How often a question is put, and a process started, in one run.
    asked: int = 20
    started: int = 5
    #: How often each metric is answered in one run.
    each: int = 3
    #: Decisions, one after the other.
    decided: int = 1_000
    #: Facts of the home that whole processes ask, and of the promise that has many.
    asks: int = 20_000
    long: int = 100_000


FULL = Sizes()
QUICK = Sizes(
    runs=1,
    small=5_000,
    large=20_000,
    synced=1_000,
    business=2_000,
    rows=5_000,
    batches=3,
    asked=5,
    started=2,
    each=1,
    decided=200,
    long=1_000,
)


@dataclass(frozen=True)
class Call:
    """A function, as ``module:name``, and its arguments; it is given a folder to work in too.
    ``python`` is the interpreter of another environment than ours, if it runs there; ``root`` is
    another checkout of Pledger, if it is that one's function."""

    function: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    python: str | None = None
    root: Path | None = None


@dataclass(frozen=True)
class Piece:
    """One row of the table. ``name`` tells it from all others; ``material`` is what it works on.
    ``unit`` is what a repetition handles, or None where it is one answer. With ``tail``, each
    repetition is how long one of many took, and the slowest of them are of interest.

    ``equal`` says, as the beginning of a sentence, what must be equal to all that says the same of
    the same material."""

    name: str
    title: str
    material: str
    call: Call
    unit: str | None = "facts"
    tail: bool = False
    equal: str | None = None


@dataclass(frozen=True)
class Group:
    """Pieces that are run in turns, so that the machine's moods are shared out among them."""

    name: str
    title: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Seen:
    """What was seen of a piece: the seconds of each repetition of all its runs, the work of one,
    and the largest peak of memory."""

    seconds: Sequence[float]
    work: int
    peak_kib: int
    digest: str | None = None

    @property
    def median(self) -> float:
        """Seconds of the median repetition."""
        return median(self.seconds)

    @property
    def p99(self) -> float:
        """Seconds that 99 of 100 repetitions did not exceed."""
        return quantiles(self.seconds, n=100, method="inclusive")[98]

    @property
    def rate(self) -> float:
        """Work a second, at the median."""
        return self.work / self.median

    def against(self, other: Seen) -> float:
        """How many times as fast it was as the other, at the median of the runs: what ran in turn
        met the same moods of the machine."""
        turns = zip(self.seconds, other.seconds, strict=True)
        return median(self.work / own / (other.work / its) for own, its in turns)


#: What was seen, by the names of the pieces.
Results = Mapping[str, Seen]


@dataclass(frozen=True)
class Aim:
    """A figure, computed from what was seen of the pieces in ``of``, and what it should be at least
    (or, with ``at_most``, at most). ``bound`` says what holds it back where it is missed."""

    title: str
    of: tuple[str, ...]
    figure: Callable[[Results], float]
    target: float
    unit: str
    bound: str
    at_most: bool = False


@dataclass(frozen=True)
class Bench:
    """Everything that is measured of a home, in the order in which it is; ``materials`` are made
    before the first piece that works on them, ``aims`` are held against what was seen. ``pairs``
    names pieces of one group whose rates are of interest side by side, ours and theirs. ``without``
    says why a piece that should be there is not, by its title."""

    sizes: Mapping[str, object]
    groups: Sequence[Group]
    materials: Mapping[str, Call]
    runs: int
    aims: Sequence[Aim]
    pairs: Sequence[tuple[str, str]] = ()
    without: Mapping[str, str] = field(default_factory=dict)
