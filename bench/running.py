"""Makes what the pieces work on, and runs each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.plan import Bench, Call, Group, Piece, Results, Seen

ROOT = Path(__file__).resolve().parent.parent

#: Hears what is under way, and how long it took once it is done.
Say = Callable[[str], None]


class Failed(RuntimeError):
    """A piece that did not run to its end, or gave another result than it should."""


class Found(NamedTuple):
    """What was seen of each piece, by its name; and why pieces are not among them, by their
    titles."""

    results: dict[str, Seen]
    without: dict[str, str]


def measure(bench: Bench, scratch: Path, say: Say, begin: Say = lambda sentence: None) -> Found:
    """Runs everything; the pieces of a group take turns: all of them once, then all again.
    ``begin`` hears what is under way. Raises ``Failed``; where it is another's piece that fails,
    that piece is left out."""
    found = Found({}, dict(bench.without))
    steps = sum(len(group.pieces) for group in bench.groups) * bench.runs
    step = 0
    for group in bench.groups:
        for material in dict.fromkeys(piece.material for piece in group.pieces):
            _make(material, bench.materials[material], scratch, say)
        for run in range(bench.runs):
            for piece in group.pieces:
                step += 1
                doing = f"[{step}/{steps}] {group.title}: {piece.title}, run {run + 1}"
                if piece.title not in found.without:
                    begin(f"{doing} …")
                    say(f"{doing}: {_run(piece, scratch, found)}")
    expect_equal(bench.groups, found.results)
    return found


def _run(piece: Piece, scratch: Path, found: Found) -> str:
    """Run a piece once and add what was seen of it; how long it took, in words."""
    try:
        answer = call(piece.call, scratch / piece.material)
    except Failed as failed:
        if piece.call.python is None:
            raise
        found.results.pop(piece.name, None)
        found.without[piece.title] = str(failed)
        return f"left out: {failed}"
    found.results[piece.name] = _added(found.results.get(piece.name), answer)
    return _took(piece, answer)


def _make(name: str, making: Call, scratch: Path, say: Say) -> None:
    if not (scratch / name).exists():
        numbers = {key: value for key, value in making.arguments.items() if key != "broker"}
        facts = ", ".join(f"{key} {value}" for key, value in numbers.items())
        say(f"making what the next pieces work on ({facts}) …")
        (scratch / name).mkdir()
        call(making, scratch / name)


def call(what: Call, folder: Path) -> Any:
    """What a function returned that ran in a process of its own. Raises ``Failed``."""
    question = {"function": what.function, "folder": str(folder), "arguments": what.arguments}
    done = subprocess.run(
        [what.python or sys.executable, "-P", "-m", "bench.child"],
        input=json.dumps(question) + "\n",
        stdout=subprocess.PIPE,
        # What goes wrong with somebody else's piece belongs in the table.
        stderr=subprocess.PIPE if what.python else None,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(what.root or ROOT)},
    )
    if done.returncode != 0:
        last = (done.stderr or "").strip().rpartition("\n")[2]
        told = f": {last}" if last else ""
        status = f"exit status {done.returncode}"
        raise Failed(f"expected {what.function} to end well, saw {status}{told}")
    return json.loads(done.stdout.rpartition("\n")[0].rpartition("\n")[2])


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
    if piece.tail:
        return f"{seen.median * 1000:,.1f} ms, p99 {seen.p99 * 1000:,.1f} ms"
    if piece.unit is None:
        return f"{seen.median * 1000:,.1f} ms"
    return f"{seen.median:,.2f} s, {seen.rate:,.0f} {piece.unit}/s"


def expect_equal(groups: Sequence[Group], results: Results) -> None:
    """Raises ``Failed`` where results that must be equal are not."""
    digests: dict[tuple[str, str], dict[str, str | None]] = {}
    for group in groups:
        for piece in group.pieces:
            if piece.equal is not None and piece.name in results:
                alike = digests.setdefault((piece.equal, piece.material), {})
                alike[piece.name] = results[piece.name].digest
    for (what, _), seen in digests.items():
        if len(set(seen.values())) > 1:
            raise Failed(f"{what}: expected equal results from all sides, saw {seen}")
