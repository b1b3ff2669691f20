"""Questions to a home in a warm process: on an open session, and through the command line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from application.health import health
from application.question import Question
from application.what_if import File, WhatIf, what_if
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
        for id in ids(session, question, WARM):
            ask(session, moment, id)
        for id in ids(session, question, times):
            with watch.lap():
                ask(session, moment, id)
    return watch.measured(1)


def command_line(folder: Path, question: str, times: int) -> Measured:
    """The command line's own function, from its arguments to the JSON: it looks for new facts and
    opens the views each time."""
    with home_of(folder).views().reading() as session:
        warm, asked = (ids(session, question, count) for count in (WARM, times))
    for id in warm:
        _call(folder, question, id)
    watch = Watch()
    for id in asked:
        with watch.lap():
            _call(folder, question, id)
    return watch.measured(1)


#: A policy on call-backs, with half the time that they have.
_RULE = {
    "specversion": "1.0",
    "id": "0195d000-0000-7000-8000-000000000001",
    "type": "policy.published",
    "source": "/care/mail",
    "subject": "department:care",
    "time": "2022-01-01T00:00:00Z",
    "data": {
        "policy_id": "policy-callback",
        "version": 1,
        "about": "callback",
        "due": "PT24H",
        "clock_starts": "made",
    },
}


def other_policy(folder: Path, times: int) -> Measured:
    """What if all call-backs had had another deadline: the function that every door calls, which
    looks for new facts and opens the views each time."""

    def ask() -> None:
        file = File("rules", io.BytesIO(json.dumps(_RULE).encode()))
        found = what_if(home_of(folder), WhatIf(files=[file], as_of=END))
        if not found["changed"]:
            raise RuntimeError("expected a policy that changes promises, saw one that changes none")

    return _timed(ask, times)


def look_at_what_came_in(folder: Path, times: int) -> Measured:
    """What may be wrong with what was fed in, as above."""
    return _timed(lambda: health(home_of(folder), Question(as_of=END)), times)


def _timed(ask: Callable[[], object], times: int) -> Measured:
    ask()  # imports what the others find there
    watch = Watch()
    for _ in range(times):
        with watch.lap():
            ask()
    return watch.measured(1)


def _call(folder: Path, question: str, id: str) -> None:
    words = [*question.split(), *([id] if id else [])]
    argv = [*words, "--json", "--home", str(folder), "--as-of", END.isoformat()]
    out, err = io.StringIO(), io.StringIO()
    if main(argv, io.BytesIO(), out, err) != 0:
        raise RuntimeError(f"expected an answer to {words}, saw {err.getvalue()}")


def ids(session: DuckDBSession, question: str, count: int) -> Sequence[str]:
    """Whom to ask so many questions about; of one about nobody, nothing."""
    if question not in _IDS:
        return [""] * count
    found = [str(id) for (id,) in session.rows(_IDS[question])]
    return [found[at * len(found) // count] for at in range(count)]
