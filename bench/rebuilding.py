"""Building the views: from nothing, and as facts come."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from application.embedded_home import EmbeddedHome
from application.home import LEDGER_FILE
from bench.business import BUSINESS
from bench.commitments import COLUMNS, INSTANTS, NUMBERS, digest
from bench.material import ALONE, LATER, home_of, sealed
from bench.measured import Measured, Watch
from consumers.embedded_projector import GULP
from ledger.sqlite.ledger import SQLiteLedger
from projections.duckdb.store import FILE
from projections.fold.affected_keys import customers_of, forget, keys_in, touch
from projections.fold.run import FRESH, fold_commitments, fold_journeys, fold_opened
from projections.view_registry import create_touched


def rebuild(folder: Path, digested: bool = False) -> Measured:
    """Every view from nothing: reading the ledger, decoding, landing, folding, swapping."""
    home = home_of(folder)
    watch = Watch()
    with watch.lap():
        facts = home.rebuild(lambda done, total: None).facts
    measured = watch.measured(facts)
    return replace(measured, digest=commitments(home)) if digested else measured


def read(folder: Path, checked: bool) -> Measured:
    """All facts as columns, as a rebuild reads them; with or without holding them to the digests
    that are stored with them."""
    watch = Watch()
    sound = nullcontext() if checked else patch("ledger.sqlite.arrow.is_sound", lambda *_: True)
    with sound, SQLiteLedger.open_readonly(folder / LEDGER_FILE) as ledger, watch.lap():
        facts = sum(batch.num_rows for batch in ledger.columns(batch=GULP))
    return watch.measured(facts)


def commitments(home: EmbeddedHome) -> str:
    """A digest of the view ``commitment``."""
    values = [
        f"epoch_us({name})"
        if name in INSTANTS
        else f"CAST({name} AS {'BIGINT' if name in NUMBERS else 'VARCHAR'})"
        for name in COLUMNS
    ]
    with home.views().reading() as session:
        return digest(session.rows(f"SELECT {', '.join(values)} FROM commitment"))


def keep_up(folder: Path, batch: int) -> Measured:
    """The facts that come later, so many at a time: each batch is appended, which is not measured,
    and taken into the views, which is."""
    facts = iter(sealed(folder / LATER))
    watch = Watch()
    with _copy(folder) as home:
        while taken := list(islice(facts, batch)):
            with home.writing() as ledger:
                ledger.append(taken)
            with watch.lap():
                home.catch_up(lambda done, total: None)
    return watch.measured(batch)


def rebuild_business(folder: Path) -> Measured:
    """Every view from nothing, in a home that knows the business account alone."""
    return rebuild(folder / ALONE)


def fold_business(folder: Path) -> Measured:
    """The views of the business account folded again, in the home of the whole company: nothing is
    read from the ledger, decoded or landed."""
    watch = Watch()
    with _copy(folder) as home, home.views().writing("the bench") as session:
        with watch.lap():
            create_touched(session)
            forget(session)
            session.execute(f"{FRESH} WHERE f.subject = '{BUSINESS}'")
            for table, query in keys_in("fresh").items():
                touch(session, table, query)
            touch(session, "touched_customer", customers_of("fresh"))
            fold_commitments(session, empty=False)
            fold_opened(session, empty=False)
            fold_journeys(session, empty=False)
        ((facts,),) = session.rows("SELECT count(*) FROM fresh")
        return watch.measured(facts)


@contextmanager
def _copy(folder: Path) -> Iterator[EmbeddedHome]:
    with TemporaryDirectory(dir=folder) as place:
        for name in (LEDGER_FILE, FILE):
            shutil.copy(folder / name, place)
        yield home_of(Path(place))
