"""A process that decides at the desk of the company, one command after the other, until it is told
to stop:

    python -m tests.chaos.decider HOME SEED

Each decision that it was told of is a line on standard output: the id of its fact. What a fault
keeps from being decided is decided later; what it keeps from being published is for a relay.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from application.desk import Desk, decide_at
from application.errors import Problem
from application.home_factory import open_server_home
from consumers.runtime import Runtime
from tests.desk.decider import PROMISES, VERBS
from tests.desk.deciding import SAYING, deciding

#: Seconds between two commands, and until the next try where a server was away.
PACE = 0.05


def decide_once(desk: Desk, chance: random.Random) -> None:
    """One command; most are refused."""
    verb, id = chance.choice(["make", *VERBS]), chance.choice(PROMISES)
    asked = deciding(verb, id=id, by=chance.choice(["care", "network"]), data=SAYING.get(verb, {}))
    outcome = decide_at(desk, asked)
    if outcome.decision is not None:
        sys.stdout.write(f"{outcome.decision['facts'][0]['id']}\n")
        sys.stdout.flush()


def main(folder: str, seed: str) -> None:
    stop = Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    chance = random.Random(seed)
    runtime = Runtime(lambda: datetime.now(UTC), time.monotonic, chance.random, stop.wait)
    home = open_server_home(Path(folder), runtime, os.environ, lambda sentence: None)
    while not stop.wait(PACE):
        try:
            with home.desk() as desk:
                while not stop.wait(PACE):
                    decide_once(desk, chance)
        except Problem as problem:
            sys.stderr.write(f"{problem}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
