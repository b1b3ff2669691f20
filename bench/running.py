"""Makes what the pieces work on, and runs each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.plan import Call, Group, Piece, Results, Seen

ROOT = Path(__file__).resolve().parent.parent

#: Hears what is under way, and how long it took once it is done.
Say = Callable[[str], None]


class Failed(RuntimeError):
    """A piece that did not run to its end, or gave another result than it should."""


def measure(
    groups: Sequence[Group],
    materials: Mapping[str, Call],
    scratch: Path,
    runs: int,
    say: Say,
) -> dict[str, Seen]:
    """What was seen of each piece, by its name. The pieces of a group take turns: all of them
    once, then all again. Raises ``Failed``."""
    results: dict[str, Seen] = {}
    steps = sum(len(group.pieces) for group in groups) * runs
    step = 0
    for group in groups:
        for material in dict.fromkeys(piece.material for piece in group.pieces):
            _make(material, materials[material], scratch, say)
        for run in range(runs):
            for piece in group.pieces:
                step += 1
                answer = call(piece.call, scratch / piece.material)
                results[piece.name] = _added(results.get(piece.name), answer)
                took = _took(piece, answer)
                say(f"[{step}/{steps}] {group.title}: {piece.title}, run {run + 1}: {took}")
        _expect_equal(group, results)
    return results


def _make(name: str, making: Call, scratch: Path, say: Say) -> None:
    if not (scratch / name).exists():
        facts = ", ".join(f"{key} {value}" for key, value in making.arguments.items())
        say(f"making what the next pieces work on ({facts}) …")
        (scratch / name).mkdir()
        call(making, scratch / name)


def call(what: Call, folder: Path) -> Any:
    """What a function returned that ran in a process of its own. Raises ``Failed``."""
    question = {"function": what.function, "folder": str(folder), "arguments": what.arguments}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bench.child"],
        input=json.dumps(question) + "\n",
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    if done.returncode != 0:
        raise Failed(f"expected {what.function} to end well, saw exit status {done.returncode}")
    return json.loads(done.stdout)


def _added(before: Seen | None, answer: Mapping[str, Any]) -> Seen:
    seen = Seen(**answer)
    if before is None:
        return seen
    if (before.work, before.digest) != (seen.work, seen.digest):
        raise Failed(f"expected every run to do the same, saw {before} and {seen}")
    seconds, peak = [*before.seconds, *seen.seconds], max(before.peak_kib, seen.peak_kib)
    return Seen(seconds, seen.work, peak, seen.digest)


def _took(piece: Piece, answer: Mapping[str, Any]) -> str:
    seen = Seen(**answer)
    if piece.unit is None:
        return f"{seen.median * 1000:,.1f} ms"
    return f"{seen.median:,.2f} s, {seen.rate:,.0f} {piece.unit}/s"


def _expect_equal(group: Group, results: Results) -> None:
    digests = {piece.name: results[piece.name].digest for piece in group.pieces}
    if len(set(digests.values()) - {None}) > 1:
        raise Failed(f"{group.title}: expected equal results from all sides, saw {digests}")
