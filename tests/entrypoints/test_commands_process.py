"""The command line as a process: its help, what it loads, and readers that go away."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from entrypoints.cli.main import COMMANDS, _parser
from tests.entrypoints.children import finish, start
from tests.entrypoints.small import FACTS
from tests.helpers import ROOT, run

NAMES = [command.name for command in COMMANDS]

#: What is dear to load, and not needed to say what there is.
HEAVY = {"duckdb", "_duckdb", "pydantic", "pyarrow", "rich", "eventsourcing", "fastavro", "sqlite3"}


#: The same of a question to a home whose views are current: it needs the ledger's head, and
#: DuckDB itself without the package around it.
HEAVY_FOR_ASKS = {
    *("duckdb", "pydantic", "pyarrow", "rich", "fastavro", "pyruhvro"),
    *("zoneinfo", "holidays", "sqlglot", "psycopg", "confluent_kafka", "importlib.metadata"),
}
ASKS = (
    "promises",
    "commitment ROSE",
    "commitments",
    "due --within P7D",
    "balance --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z",
    "customer customer:8412",
    "journeys",
    "suspense",
    "health",
    "facts",
)


def loaded(argv: Sequence[str]) -> set[str]:
    """The modules that a call loads."""
    child = subprocess.run(
        [sys.executable, "-P", "-X", "importtime", "-m", "entrypoints", *argv],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
    )
    found = set(re.findall(r"\|\s+([\w.]+)$", child.stderr, re.MULTILINE))
    assert "argparse" in found
    return found | {name.partition(".")[0] for name in found}


def test_help_loads_nothing_that_is_dear() -> None:
    for argv in (["--help"], ["--version"], ["promises", "--help"], ["promises", "--as-of", "x"]):
        assert not loaded(argv) & HEAVY, argv


@pytest.mark.parametrize("ask", ASKS)
def test_a_question_loads_nothing_that_it_does_not_need(home: Path, ask: str) -> None:
    assert run(home, ["promises"]).code == 0  # takes in what is new
    found = loaded([*shlex.split(ask), "--json", "--home", str(home)])
    assert {"_duckdb", "sqlite3"} <= found
    assert not found & HEAVY_FOR_ASKS


def test_a_few_new_facts_load_nothing_more(home: Path, tmp_path: Path) -> None:
    assert run(home, ["promises"]).code == 0
    own = Path(shutil.copytree(home, tmp_path / "home"))
    one = {**FACTS[0], "id": "0c9f0b5e-7d0e-4b8e-9d5e-2f1f0f3f4a11"}
    (tmp_path / "one.jsonl").write_text(json.dumps(one))
    assert run(own, ["emit", str(tmp_path / "one.jsonl")]).code == 0
    found = loaded(["promises", "--json", "--home", str(own)])
    assert not found & HEAVY_FOR_ASKS


def test_time_zones_are_those_of_the_pinned_package() -> None:
    said = "import sys, entrypoints.__main__ as m; m.run(); import zoneinfo; print(zoneinfo.TZPATH)"
    child = subprocess.run(
        [sys.executable, "-P", "-c", said, "--version"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONTZPATH": "/usr/share/zoneinfo"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert child.stdout.endswith("()\n")


def test_help_lists_every_command() -> None:
    outcome = run(None, ["--help"])
    assert (outcome.code, outcome.err) == (0, "")
    for command in COMMANDS:
        assert re.search(rf"^    {command.name}\b", outcome.out, re.MULTILINE)
        assert command.help.split()[0] in outcome.out
    assert run(None, ["--version"]).out.startswith("Pledger ")


#: Their examples are about a server home; ``copy``'s is about two homes.
FOR_SERVERS = ("copy", "parked", "quarantine", "topic", "unpark", "worker")


@pytest.mark.parametrize("name", NAMES)
def test_help_shows_an_example_that_is_a_call(name: str) -> None:
    outcome = run(None, [name, "--help"])
    assert (outcome.code, outcome.err) == (0, "")
    example = re.search(r"^example:\n  (\./pledger .+)$", outcome.out, re.MULTILINE)
    assert example is not None
    launcher, *argv = shlex.split(example[1])
    args = _parser().parse_args(argv)
    assert (launcher, args.command.name) == ("./pledger", name)
    if name in {"promise", "issue", "key"}:  # their verbs have the options
        outcome = run(None, [*argv[:2], "--help"])
    own = {"copy": ["--json"], "mcp": ["--home"], "worker": ["--home"]}
    for option in own.get(name, ["--home", "--json"]):
        assert option in outcome.out


def test_the_examples_of_questions_are_answered(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path_factory.mktemp("examples")  # some of them write where they are run
    (place / "policies").symlink_to(ROOT / "policies")
    own = shutil.copytree(home, place / "home")  # and some of them decide
    monkeypatch.chdir(place)
    for command in COMMANDS:
        if command.name in {"demo", "emit", "import", "mcp", "serve", *FOR_SERVERS}:
            continue
        outcome = run(own, shlex.split(command.example)[1:])
        # An example may name what this home does not have.
        unknown = ("pledger: expected the id", "pledger: refused: no issue of that id is opened")
        assert outcome.code == 0 or outcome.err.startswith(unknown), outcome


def test_the_home_comes_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEDGER_HOME", str(home))
    found = json.loads(run(None, ["promises", "--json"]).out)
    assert found["known_at"] == len(FACTS)
    assert run(home / "other", ["promises"]).code == 2
    monkeypatch.delenv("PLEDGER_HOME")
    monkeypatch.chdir(home.parent)
    assert "saw none in 'pledger-home'" in run(None, ["promises"]).err


ANSWERS = {
    "a page": ["promises", "--by", "department"],
    "a list": ["journeys"],
    "JSON": ["promises", "--json"],
    "lines": ["commitments", "--lines"],
    "facts": ["facts"],
    "a table": ["sql", "FROM fact"],
    "CSV": ["sql", "FROM fact", "--format", "csv"],
    "parquet": ["sql", "FROM fact", "--format", "parquet"],
    "help": ["promises", "--help"],
}


@pytest.mark.parametrize("argv", ANSWERS.values(), ids=ANSWERS)
def test_a_reader_that_has_gone_is_no_error(home: Path, argv: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        child = start([*argv, "--home", home], stdout=writing)
    finally:
        os.close(writing)
    assert finish(child) == (0, "", "")


def test_a_reader_that_takes_one_line(home: Path) -> None:
    """More than a pipe holds is written to ``| head -1``."""
    query = "SELECT repeat('x', 1000) AS x FROM range(2000)"
    for argv in (["sql", query], ["sql", query, "--format", "csv"], ["sql", query, "--json"]):
        child = start([*argv, "--home", home])
        assert child.stdout is not None
        assert child.stdout.read(1)
        child.stdout.close()
        child.stdout = None
        assert finish(child) == (0, "", "")


def test_json_is_json_in_any_encoding(home: Path) -> None:
    argv = ["commitment", "ROSE", "--json", "--home", str(home)]
    for encoding in ("ascii", "latin-1", "utf-8"):
        child = subprocess.run(
            [sys.executable, "-P", "-m", "entrypoints", *argv],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=True,
        )
        found = json.loads(child.stdout.decode(encoding))
        assert found["history"][0]["data"]["wording"] == "Rosier rouge, l’hiver"


def test_a_named_pipe_can_be_emitted(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    content = "".join(json.dumps(fact) + "\n" for fact in FACTS)
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(content,))
    writer.start()
    try:
        outcome = run(tmp_path / "home", ["emit", str(tmp_path / "pipe"), "--json"])
    finally:
        writer.join(timeout=30)
    assert json.loads(outcome.out)["accepted"] == len(FACTS)


def test_arguments_in_other_bytes_are_told_of(home: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-P", "-m", "entrypoints", "customer", b"\xff", "--home", str(home)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (child.returncode, child.stdout) == (2, "")
    assert "expected a call in UTF-8" in child.stderr
