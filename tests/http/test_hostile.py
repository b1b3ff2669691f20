"""Every hostile line is refused here for the reason for which ``emit`` refuses it, and nothing of
it is quoted."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dice import DICE
from tests.helpers import run
from tests.http.client import BATCH, ONE, door, told
from tests.privacy.planted import fuzzed, lines, traces

COUNT = int(os.environ.get("PLEDGER_FUZZ_LINES", "500"))
#: So many lines of those that are made by hand.
EACH = 500


def emitted(home: Path, hostile: list[bytes]) -> dict[int, dict[str, object]]:
    """What ``emit`` refuses of some lines, by where they stand."""
    answer = json.loads(run(home, ["emit", "-", "--json"], b"\n".join(hostile)).out)
    return {one["line"] - 1: {"id": one["id"], "why": one["why"]} for one in answer["rejected"]}


def one_line(text: bytes) -> bool:
    return b"\n" not in text and bool(text.strip())


@pytest.fixture
def chance(record_property: Callable[[str, object], None]) -> random.Random:
    seed = int(os.environ.get("PLEDGER_FUZZ_SEED", random.SystemRandom().randrange(2**32)))
    record_property(DICE, f"PLEDGER_FUZZ_SEED={seed} PLEDGER_FUZZ_LINES={COUNT}")
    return random.Random(seed)


def test_one_by_one(tmp_path: Path, chance: random.Random) -> None:
    everything = [*filter(one_line, lines())]
    hostile = [*chance.sample(everything, EACH), *fuzzed(chance, COUNT)]
    expected = emitted(tmp_path / "emitted", hostile)
    with door(tmp_path / "posted") as client:
        for number, line in enumerate(hostile):
            answer = client.post("/v1/facts", content=line, headers=ONE)
            assert (answer.status_code == 200) == (number not in expected), (line, answer.text)
            if number in expected:
                assert answer.status_code in {400, 409, 413, 422}
                assert not traces(answer.text)
                if "rejected" in answer.json():  # what is too deep is not looked at
                    (seen,) = answer.json()["rejected"]
                    assert seen == {"index": 0, **expected[number]}


def test_together(tmp_path: Path, chance: random.Random) -> None:
    """What can stand in an array does not concern what stands beside it."""

    def is_element(text: bytes) -> bool:
        try:
            json.loads(text.decode())
        except (ValueError, RecursionError):
            return False
        return len(text) < 100_000

    hostile = [*filter(is_element, fuzzed(chance, COUNT)), *filter(is_element, lines())]
    hostile = chance.sample(hostile, min(len(hostile), 4 * EACH))
    expected = emitted(tmp_path / "emitted", hostile)
    with door(tmp_path / "posted") as client:
        answer = client.post("/v1/facts", content=b"[" + b",".join(hostile) + b"]", headers=BATCH)
    found = told(answer)
    seen = {one["index"]: {"id": one["id"], "why": one["why"]} for one in found["rejected"]}
    assert seen == expected
    assert len(seen) + found["accepted"] + found["duplicates"] == len(hostile)
    assert not traces(answer.text)
