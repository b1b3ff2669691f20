"""The nightly form, and that its dice can be thrown once more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import ROOT

DICE = """
def test_well(record_property):
    record_property("dice", "seed 17")

def test_ill(record_property):
    record_property("dice", "seed 18")
    assert False
"""


@pytest.mark.parametrize("more", [(), ("-n", "2")])
def test_the_dice_are_told_whatever_becomes_of_a_test(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    (tmp_path / "test_dice.py").write_text(DICE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.dice", *more, "test_dice.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.count("test_dice.py::test_well: seed 17: passed\n") == 1, done.stdout
    assert done.stdout.count("test_dice.py::test_ill: seed 18: failed\n") == 1, done.stdout


@pytest.mark.parametrize(("asked", "faults"), [(None, "50"), ("70", "70")])
def test_every_night_there_are_fifty_faults(tmp_path: Path, asked: str | None, faults: str) -> None:
    folder = tmp_path / ".ci"
    folder.mkdir()
    (folder / "nightly").write_bytes((ROOT / ".ci" / "nightly").read_bytes())
    sizes = "$PLEDGER_FUZZ_LINES $PLEDGER_TAMPERINGS $PLEDGER_KILLS $PLEDGER_LOAD_SECONDS"
    (folder / "run").write_text(f'#!/bin/sh\necho "$PWD $PLEDGER_CHAOS_FAULTS {sizes} $*"\n')
    (folder / "run").chmod(0o755)
    environment = {"PATH": os.environ["PATH"]}
    if asked is not None:
        environment["PLEDGER_CHAOS_FAULTS"] = asked
    command = ["bash", str(folder / "nightly"), "--maxfail=1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    files = (
        "tests/chaos tests/privacy/test_fuzz.py tests/application/test_tampering.py"
        " tests/ledger/test_sqlite_crash.py tests/http/test_load.py"
    )
    assert done.stdout == f"{tmp_path} {faults} 10000 1000 300 120 {files} -s --maxfail=1\n"
    assert os.access(ROOT / ".ci" / "nightly", os.X_OK)
