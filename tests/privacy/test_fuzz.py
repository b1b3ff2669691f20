"""Lines of chance through ``emit``: nothing breaks it, and what it refuses it does not quote."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

from tests.dice import DICE
from tests.helpers import run
from tests.privacy.planted import fuzzed, traces

#: Some hundreds here; every night ten thousand (``.ci/nightly``).
COUNT = int(os.environ.get("PLEDGER_FUZZ_LINES", "500"))


def test_lines_of_chance_are_refused_and_never_quoted(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    seed = int(os.environ.get("PLEDGER_FUZZ_SEED", random.SystemRandom().randrange(2**32)))
    record_property(DICE, f"PLEDGER_FUZZ_SEED={seed} PLEDGER_FUZZ_LINES={COUNT}")
    everything = list(fuzzed(random.Random(seed), COUNT))
    outcome = run(tmp_path / "home", ["emit", "-", "--json"], b"\n".join(everything))
    answer = json.loads(outcome.out)
    refused = {one["line"]: one for one in answer["rejected"]}
    assert not outcome.err
    assert len(refused) + answer["accepted"] + answer["duplicates"] == COUNT
    assert len(refused) > COUNT // 4
    wrong = {line: one for line, one in refused.items() if traces(str(one))}
    assert not wrong, {line: everything[line - 1] for line in wrong}
