"""Killed while it appends: nothing acknowledged is lost, nothing is half-written."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.port import RecordedEvent
from ledger.sqlite import known_ids
from ledger.sqlite.ledger import SQLiteLedger
from tests.dice import DICE
from tests.ledger.making import batch_of, flat, sealed
from tests.ledger.processes import acknowledged, expect_kept, start_appender

#: How often a process is killed. Every night it is three hundred times.
KILLS = int(os.environ.get("PLEDGER_KILLS", "20"))
#: Ids that come into their table together.
STEP = 100


def test_killed_again_and_again(
    path: Path, record_property: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_ids, "STEP", STEP)
    seed = int(os.environ.get("PLEDGER_KILL_SEED", random.SystemRandom().randrange(2**32)))
    record_property(DICE, f"PLEDGER_KILL_SEED={seed} PLEDGER_KILLS={KILLS}")
    chance = random.Random(seed)
    kept: list[RecordedEvent] = []
    for life in range(KILLS):
        writer = f"life-{life}"
        output = killed_after(chance, path, writer)
        before = len(kept)
        if not path.exists():
            continue  # killed before it came to open it
        with SQLiteLedger(path, lambda: 0) as ledger:
            assert ledger.verify() == []
            now = flat(list(ledger.read()))
        assert now[:before] == kept, "what was there before this life changed"
        kept = now
        batches = acknowledged(output)
        expect_kept(kept, writer, batches)
        # What came in this life is whole batches, in order: the acknowledged ones, and at most
        # one more, whose acknowledgement was not written in time.
        written = 0
        at = before
        while at < len(kept):
            batch = batch_of(writer, written)
            assert [sealed(fact) for fact in kept[at : at + len(batch)]] == batch, (writer, written)
            at += len(batch)
            written += 1
        assert len(batches) <= written <= len(batches) + 1
    assert kept, "no life was long enough to write anything"


def killed_after(chance: random.Random, path: Path, writer: str) -> bytes:
    """Let a writer live until it has written a random number of bytes of acknowledgements, and
    then for as long as a random number of turns of a loop takes. All that it has said."""
    pages = chance.choice(("1", "20", "8192"))
    cache = chance.choice(("16", "16", "65536"))
    child = start_appender(f"sqlite:{path}", writer, 1_000_000, pages, cache, f"{STEP}")
    assert child.stdout is not None
    assert child.stderr is not None
    wanted = chance.randint(0, chance.choice((0, 10, 300, 300, 300, 5_000)))
    said = b""
    while len(said) < wanted:
        more = os.read(child.stdout.fileno(), wanted - len(said))
        assert more, f"the writer ended by itself: {child.stderr.read().decode()}"
        said += more
    for _ in range(chance.randrange(1_000_000)):
        pass
    child.kill()
    rest, errors = child.communicate(timeout=60)
    assert errors == b"", errors.decode()
    return said + rest
