"""An emitting process that is killed at random: whatever ``emit`` returned from is on the topic, in
the order of emitting, and counts once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import ROOT
from tests.sdk.emitting import SOURCE, facts, once

EMITTING = """
import sys
from pledger_sdk import Emitter
from pledger_sdk.facts import CommitmentMade
broker, topic, outbox, source, first = sys.argv[1:]
emitter = Emitter(bootstrap_servers=broker, topic=topic, outbox=outbox, source=source, count=True)
for number in range(int(first), 10**9):
    delivery = emitter.emit(CommitmentMade(commitment_id=str(number), about="refund"),
                            subject=f"customer:{number % 3}")
    print(number, delivery.id, flush=True)
    if sys.stdin.readline() != "go on\\n":
        break
emitter.close(60.0)
"""
KILLS = 6


class Child:
    """A process that emits a fact whenever it is told to go on."""

    def __init__(self, broker: str, topic: str, outbox: Path, first: int) -> None:
        code = [sys.executable, "-W", "ignore", "-c", EMITTING]
        self.process = subprocess.Popen(
            [*code, broker, topic, str(outbox), SOURCE, str(first)],
            env=os.environ | {"PYTHONPATH": str(ROOT / "sdk/src")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.orders, self.told = self.process.stdin, self.process.stdout

    def emit(self, count: int) -> list[tuple[int, str]]:
        """Lets it emit so many facts; their numbers and ids, as far as it told."""
        # All orders at once: it is killed while it works, and not while it waits for us.
        self.orders.write("go on\n" * count)
        self.orders.flush()
        return [self._told() for _ in range(count)]

    def kill(self) -> list[tuple[int, str]]:
        """What else it told before it was killed."""
        self.orders.write("go on\n" * 50)
        self.orders.flush()
        self.process.send_signal(signal.SIGKILL)
        rest = [line.split() for line in self.told.read().splitlines(keepends=True)]
        self._bury()
        return [(int(words[0]), words[1]) for words in rest]

    def end(self) -> None:
        """Has it close its emitter, and waits for that."""
        self.orders.write("enough\n")
        self.orders.flush()
        assert self.process.wait(90) == 0
        self._bury()

    def _told(self) -> tuple[int, str]:
        number, id = self.told.readline().split()
        return int(number), id

    def _bury(self) -> None:
        self.process.wait(90)
        for stream in (self.orders, self.told):
            try:
                stream.close()
            except BrokenPipeError:
                continue


@pytest.mark.parametrize("seed", [20260302])
def test_kills_lose_and_disorder_nothing(
    broker: str, topic: str, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    told: list[tuple[int, str]] = []
    for _ in range(KILLS):
        child = Child(broker, topic, tmp_path / "facts.outbox", len(told))
        told += child.emit(dice.randrange(1, 120))
        told += child.kill()
        # What it was emitting when it died may be there under an id of which nobody heard.
    child = Child(broker, topic, tmp_path / "facts.outbox", len(told))
    told += child.emit(1)
    child.end()
    read = once(facts(broker, topic))
    ids = {id for _, id in told}
    unheard = [fact for fact in read if fact.id not in ids]
    assert len(unheard) <= KILLS
    for subject in range(3):
        expected = [id for number, id in told if number % 3 == subject]
        mine = [fact.id for fact in read if fact.subject == f"customer:{subject}"]
        assert [id for id in mine if id in ids] == expected, f"seed {seed}"
    assert sorted(int(fact.sequence or 0) for fact in read) == list(range(1, len(read) + 1))
