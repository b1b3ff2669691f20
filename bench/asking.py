"""Questions to a home in a warm process: on an open session, and through the command line."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.material import home_of
from bench.measured import Measured, Watch
from entrypoints.cli.main import main
from projections.duckdb.session import DuckDBSession
from projections.duckdb.store import read_state
from projections.queries.as_of import Moment
from projections.queries.commitments import commitment
from projections.queries.journeys import customer
from projections.queries.scoreboard import promises
from simulator.simulation import END

#: Answers before the first one that counts.
WARM = 3

#: Whom to ask about: spread evenly over the ids there are, in their order.
_IDS = {
    "commitment": "SELECT commitment_id FROM commitment ORDER BY 1",
    "customer": "SELECT customer FROM customer WHERE customer LIKE 'customer:%' ORDER BY 1",
}

Ask = Callable[[DuckDBSession, Moment, str], object]
_ASKS: dict[str, Ask] = {
    "promises": lambda session, moment, _: promises(session, moment),
    "promises --by department": lambda session, moment, _: promises(
        session, moment, by=("department",)
    ),
    "commitment": commitment,
    "customer": customer,
}


def open_session(folder: Path, question: str, times: int) -> Measured:
    """The function that answers, on a session that is open."""
    watch = Watch()
    with home_of(folder).views().reading() as session:
        head = read_state(session).position
        moment = Moment(END, head, head)
        ask = _ASKS[question]
        for id in _ids(session, question, WARM):
            ask(session, moment, id)
        for id in _ids(session, question, times):
            with watch.lap():
                ask(session, moment, id)
    return watch.measured(1)


def command_line(folder: Path, question: str, times: int) -> Measured:
    """The command line's own function, from its arguments to the JSON: it looks for new facts and
    opens the views each time."""
    with home_of(folder).views().reading() as session:
        warm, asked = (_ids(session, question, count) for count in (WARM, times))
    for id in warm:
        _call(folder, question, id)
    watch = Watch()
    for id in asked:
        with watch.lap():
            _call(folder, question, id)
    return watch.measured(1)


def _call(folder: Path, question: str, id: str) -> None:
    words = [*question.split(), *([id] if id else [])]
    argv = [*words, "--json", "--home", str(folder), "--as-of", END.isoformat()]
    out, err = io.StringIO(), io.StringIO()
    if main(argv, io.BytesIO(), out, err) != 0:
        raise RuntimeError(f"expected an answer to {words}, saw {err.getvalue()}")


def _ids(session: DuckDBSession, question: str, count: int) -> Sequence[str]:
    if question not in _IDS:
        return [""] * count
    found = [str(id) for (id,) in session.rows(_IDS[question])]
    return [found[at * len(found) // count] for at in range(count)]
