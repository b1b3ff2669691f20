"""Every trial beside the project: its calls in a shell, from the checkout, as a person would.

What a trial's files mean is in ``../shared/trials/README.md``. Those that need what is not built
yet are named here with what they need; such a trial fails this test once it holds, so that the
list only gets shorter.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.compare import differences
from tests.helpers import ROOT, SHARED

Expected = dict[str, Any]

FOLDERS = sorted(path.parent for path in (SHARED / "trials").glob("*/command"))


class Call(NamedTuple):
    """What one line of a trial left. ``cpu`` is in seconds, of all its processes."""

    line: str
    code: int
    out: str
    err: str
    cpu: float


def call(line: str, variables: dict[str, str], place: Path) -> Call:
    """Runs one line in a shell."""
    out, err = place / "out", place / "err"
    with out.open("wb") as output, err.open("wb") as errors:
        process = subprocess.Popen(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=ROOT,
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Call(line, process.returncode, out.read_text(), err.read_text(), cpu)


def wrong(seen: Call, expected: Expected, earlier: list[Call]) -> list[str]:
    """One line a difference between what a call left and what it should have."""
    found = []
    if expected["exit"] not in (None, seen.code):
        found.append(f"expected exit status {expected['exit']}, saw {seen.code}: {seen.err}")
    if expected.get("json") is not None:
        try:
            found += differences(expected["json"], json.loads(seen.out))
        except json.JSONDecodeError:
            found.append(f"expected JSON, saw {seen.out[:200]!r}")
    for stream, text in (("stdout", seen.out), ("stderr", seen.err)):
        found += [
            f"{stream}: expected {part!r}, saw {text[:2000]!r}"
            for part in expected.get(f"{stream}_has", [])
            if part not in text
        ]
        found += [
            f"{stream}: expected no {part!r}, saw it"
            for part in expected.get(f"{stream}_lacks", [])
            if part in text
        ]
    if len(seen.out.splitlines()) > expected.get("lines_at_most", len(seen.out)):
        found.append(f"expected at most {expected['lines_at_most']} lines")
    if limit := expected.get("cpu_at_most"):
        most = limit["times"] * earlier[limit["line"] - 1].cpu
        if seen.cpu > most:
            found.append(f"expected at most {most:.2f} s of processor time, saw {seen.cpu:.2f}")
    return [f"{seen.line}: {line}" for line in found]


def hold(trial: Path, place: Path) -> None:
    """Runs a trial's calls one after the other, each held to what is expected of it."""
    variables = {"T": str(trial / "input"), "H": str(place / "home")}
    expected = json.loads((trial / "expected.json").read_bytes())
    waiting = expected if isinstance(expected, list) else [expected]
    calls: list[Call] = []
    found: list[str] = []
    for line in (trial / "command").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        seen = call(line, variables, place)
        if not line.startswith("./pledger"):
            assert seen.code == 0, f"{line}: exit status {seen.code}: {seen.err}"
            continue
        found += wrong(seen, waiting[len(calls)], calls)
        calls.append(seen)
    assert len(calls) == len(waiting)
    assert not found, "\n".join(found)


@pytest.mark.skipif(not FOLDERS, reason="../shared/trials is not beside the project")
@pytest.mark.parametrize("trial", FOLDERS, ids=lambda folder: folder.name)
def test_trial(trial: Path, tmp_path: Path) -> None:
    hold(trial, tmp_path)
