"""Several processes at one home: some emit, some ask, one builds everything anew."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from consumers.embedded_projector import catalogue_of_types
from projections.duckdb.store import DuckDBStore
from tests.consumers.processes import fill, finished, line_of, promises_kept, start
from tests.helpers import ask, emit

AS_OF = ["--as-of", "9000-01-01T00:00:00Z"]
Answer = tuple[int, int, int]


def asked(home: Path) -> Answer:
    answer = ask(home, ["promises", *AS_OF])
    return answer["known_at"], answer["counts"]["made"], answer["counts"]["kept"]


def expect_consistent(answers: list[Answer]) -> None:
    """Each answer is that of its position, and nobody goes back."""
    assert [(made, kept) for _, made, kept in answers] == [
        ((known + 1) // 2, known // 2) for known, _, _ in answers
    ]
    assert answers == sorted(answers)


def read_answers(text: str) -> list[Answer]:
    found = [tuple(int(word) for word in line.split()) for line in text.splitlines()]
    return [(known, made, kept) for known, made, kept in found]


def test_asking_while_another_process_emits(tmp_path: Path) -> None:
    emit(tmp_path, [])
    emitter = start("tests.consumers.emitter", str(tmp_path), "10", stdin=subprocess.PIPE)
    acknowledged = int(line_of(emitter))
    other = start("tests.consumers.asker", str(tmp_path), "5")
    answers: list[Answer] = []
    while other.poll() is None or len(answers) < 5:
        acknowledged = int(line_of(emitter))
        answers.append(asked(tmp_path))
        assert answers[-1][0] >= acknowledged, "an acknowledged fact is not seen"
    code, said, errors = finished(emitter)
    assert (code, errors) == (0, "")
    acknowledged = int(said.split()[-1])
    code, said, errors = finished(other)
    assert (code, errors) == (0, "")
    answers.append(asked(tmp_path))
    assert answers[-1][0] == acknowledged
    expect_consistent(answers)
    expect_consistent(read_answers(said))
    assert len(read_answers(said)) == 5
    assert len({known for known, _, _ in answers}) > 3, "nothing was emitted meanwhile"


def test_asking_while_others_build_anew(tmp_path: Path) -> None:
    facts = promises_kept(1_500)
    fill(tmp_path, facts[:1_000])
    asked(tmp_path)
    rebuilders = [
        start("entrypoints", "rebuild", "--home", str(tmp_path), "--json") for _ in range(2)
    ]
    askers = [start("tests.consumers.asker", str(tmp_path), "3") for _ in range(2)]
    answers: list[Answer] = []
    for first in range(1_000, 3_000, 400):
        fill(tmp_path, facts[first : first + 400])
        answers.append(asked(tmp_path))
        assert answers[-1][0] >= first + 400
    for child in rebuilders:
        code, _, errors = finished(child)
        assert code == 0, errors  # that one waits for the other may be said
    for child in askers:
        code, said, errors = finished(child)
        assert (code, errors) == (0, "")
        expect_consistent(read_answers(said))
    expect_consistent(answers)
    assert asked(tmp_path) == (3_000, 1_500, 1_500)


def test_two_processes_that_find_the_same_facts_pending_both_answer(tmp_path: Path) -> None:
    facts = promises_kept(300)
    fill(tmp_path, facts[:400])
    first = [start("tests.consumers.asker", str(tmp_path), "1") for _ in range(3)]
    assert [finished(child) for child in first] == [(0, "400 200 200\n", "")] * 3
    fill(tmp_path, facts)
    then = [start("tests.consumers.asker", str(tmp_path), "1") for _ in range(3)]
    assert [finished(child) for child in then] == [(0, "600 300 300\n", "")] * 3


def test_who_reads_facts_slowly_keeps_nobody_waiting(tmp_path: Path) -> None:
    facts = promises_kept(3_000)
    fill(tmp_path, facts[:5_500])
    asked(tmp_path)
    pager = start("entrypoints", "facts", "--home", str(tmp_path))
    first = line_of(pager)
    # The rest of a page is more than a pipe takes: the process now waits for us.
    fill(tmp_path, facts)
    home = DuckDBStore(tmp_path, catalogue_of_types(), patience_s=10)
    with home.writing("a test"):
        pass
    assert asked(tmp_path) == (6_000, 3_000, 3_000)
    code, rest, errors = finished(pager)
    assert (code, errors) == (0, "")
    positions = [json.loads(line)["position"] for line in [first, *rest.splitlines()]]
    assert positions == list(range(1, 5_501)), "facts that came later were shown"
