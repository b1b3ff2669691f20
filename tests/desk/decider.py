"""A process that decides at random about ten promises, and says what came of it:

    python -m tests.desk.decider HOME SEED COUNT [MODULE:OBJECT.METHOD before|after TIMES]

Each outcome is a line of JSON on standard output. With a place it kills itself there, at the call
of that number.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from application.desk import Outcome, decide_at
from application.home_factory import open_home
from domain.desk.verbs import PROMISE_VERBS
from tests.consumers.crash import die_at
from tests.desk.deciding import SAYING, deciding
from tests.homes import RUNTIME

PROMISES = [f"P{number}" for number in range(10)]
#: Those that change a state are said most.
VERBS = [
    *(PROMISE_VERBS.keys() - {"make", "decline"}),
    *("honour", "release", "abandon", "reopen") * 2,
]


def line_of(verb: str, id: str, outcome: Outcome) -> dict[str, Any]:
    """What is said of an outcome."""
    if outcome.refused is not None:
        why = outcome.refused
        return {"verb": verb, "id": id, "why": why.why, "remedy": why.remedy, "state": why.state}
    assert outcome.decision is not None
    (fact,) = outcome.decision["facts"]
    version, state = outcome.decision["version"], outcome.decision["state"]
    return {"verb": verb, "id": id, "fact": fact["id"], "version": version, "state": state}


def main(folder: str, seed: str, count: str, *deadly: str) -> None:
    chance = random.Random(seed)
    home = open_home(Path(folder), RUNTIME, os.environ, lambda sentence: None)
    if deadly:
        what, when, times = deadly
        die_at(what, when, int(times))
    with home.desk() as desk:
        for _ in range(int(count)):
            verb, id = chance.choice(VERBS), chance.choice(PROMISES)
            data = dict(SAYING.get(verb, {}))
            if verb == "reschedule":
                data["due_at"] = f"2027-01-{chance.randrange(1, 29):02}T00:00:00Z"
            if verb in {"hand-over", "settle"}:
                field = "to_department" if verb == "hand-over" else "outcome"
                among = ("care", "network") if verb == "hand-over" else ("upheld", "rejected")
                data[field] = chance.choice(among)
            by = chance.choice(["care", "network"])
            outcome = decide_at(desk, deciding(verb, id=id, by=by, data=data))
            sys.stdout.write(json.dumps(line_of(verb, id, outcome)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
