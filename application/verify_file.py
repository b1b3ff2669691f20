"""The check of what the ledger of an embedded home holds, and whether its views are of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from application.errors import Unknown
from application.home import LEDGER_FILE
from application.in_processes import each, processes_for
from domain.positions import offset_of, partition_of
from ledger.errors import Damaged, NoLedger, NotALedger
from ledger.faults import Fault, Faults, Kind
from ledger.repeated_ids import seen_ids
from ledger.sqlite import verify
from ledger.sqlite.damage import cut, damage
from ledger.sqlite.layout import check_layout
from ledger.sqlite.migration import check_old
from ledger.sqlite.suspects import Suspect, judged

if TYPE_CHECKING:
    from application.embedded_home import EmbeddedHome
    from application.home import OnProgress
    from application.verify import Views
    from projections.duckdb.store import State

#: Kinds by which a ledger holds something else than was stored.
OTHER: frozenset[Kind] = frozenset(
    {"gap", "cut", "order", "checksum", "unreadable", "id", "damaged"}
)


class Found(NamedTuple):
    """What a ledger holds: how many facts were there, its last position, and whether the views are
    of it."""

    facts: int
    head: int
    views: Views


def look_through(home: EmbeddedHome, first: int, faults: Faults, on_progress: OnProgress) -> Found:
    """Look at all facts of a ledger from a position on. Raises ``NoHome``, and ``Unknown`` for a
    position behind the last one."""
    # The views first: what they take in meanwhile lies before a head that is asked for later.
    state = home.views().state()
    path = home.folder / LEDGER_FILE
    try:
        with home.reading():
            pass
    except Damaged as error:
        # What can still be read is looked at.
        if (old := check_old(path, first)) is not None:
            facts, head, more = old
            faults.add(more or [Fault(None, "damaged", error.expected, error.seen)])
            return Found(facts, head, "unknown")
    except (NoLedger, NotALedger) as error:
        faults.add(cut(path) or [Fault(None, "damaged", error.expected, error.seen)])
        return Found(0, 0, "unknown")
    was_cut = bool(cut(path))
    head, more = verify.head(path)
    if not more:
        _expect_there(first, max(head, 0 if state is None else state.position))
    with ThreadPoolExecutor(max_workers=1) as thread:
        # SQLite looks through its pages while the rows are read.
        damaged = thread.submit(damage, path)
        faults.add(more)
        facts = _read(path, first, head, faults, on_progress)
        faults.add([*damaged.result(), *check_layout(path)])
    faults.add(cut(path) if was_cut else [])
    return Found(facts, head, _views(path, first, head, state, faults))


def _expect_there(first: int, last: int) -> None:
    """Nothing would be looked at from a position that neither the ledger nor the views know."""
    last = max(1, last)
    if first > last:
        partition = partition_of(first)
        raise Unknown(
            f"a position from 1 to {last:,}, to look at the facts from there on",
            f"{partition}:{offset_of(first) + 1}" if partition else f"{first:,}",
            "name one of these, or none to look at all",
        )


def _read(path: Path, first: int, head: int, faults: Faults, on_progress: OnProgress) -> int:
    """Look at all rows; answers how many there are."""
    facts = 0
    total = max(0, head - first + 1)
    last = None
    suspects: list[Suspect] = []
    gaps: list[tuple[int, int]] = []
    with seen_ids() as ids:
        parts = verify.stretches(path, first - 1, head)
        for found in each(verify.check, parts, processes_for(total)):
            faults.add([*verify.order(last, found.first), *found.faults])
            suspects += found.suspects
            gaps += found.gaps
            ids.add(found.ids, found.positions)
            facts += len(found.positions)
            last = found.last or last
            on_progress(found.stretch.upto - first + 1, total)
        faults.add(verify.repeated(path, ids.repeated()))
    faults.add(verify.strays(path, first - 1, head))
    faults.add([*verify.missing(gaps), *judged(suspects)])
    return facts


def _views(path: Path, first: int, head: int, state: State | None, faults: Faults) -> Views:
    """Whether the views are of these facts; if they are of others, that is a fault."""
    if state is None:
        return "none"
    position = state.position
    if position > head:
        expected = f"facts up to position {position}, which the views know"
        faults.add([Fault(head + 1, "cut", expected, f"that the last one is at {head}")])
        return "other"
    if position and state.digest is None:
        return "unknown"
    if position and verify.digest(path, position) != state.digest:
        expected = f"the facts that the views are of, up to position {position}"
        faults.add([Fault(position, "views", expected, "others, by the digest of all of them")])
        return "other"
    if OTHER & faults.kinds.keys():
        return "other"
    return "same" if first == 1 else "unknown"
