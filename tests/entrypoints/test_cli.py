"""The command line as a whole: its help, its start, and what an error or Ctrl-C looks like."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints import cli
from entrypoints.calls import CallError, Command, Context
from tests.helpers import ROOT, Outcome, run

NAMES = [command.name for command in cli.COMMANDS]

#: What takes long to import, and no help needs.
HEAVY = ("duckdb", "pyarrow", "pydantic", "rich", "eventsourcing", "fastavro", "holidays")


def ending_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """What a command that fails so leaves."""

    def fail(args: argparse.Namespace, context: Context) -> int:
        raise error

    one = Command("fail", "fail", "./pledger fail", lambda parser: None, fail)
    monkeypatch.setattr(cli, "COMMANDS", (one,))
    return run(None, ["fail"])


@pytest.mark.parametrize("name", NAMES)
def test_every_help_shows_an_example_of_its_command(name: str) -> None:
    outcome = run(None, [name, "--help"])
    assert (outcome.code, outcome.err) == (0, "")
    _, _, example = outcome.out.partition("example:\n")
    assert example.strip().startswith(f"./pledger {name}")


def test_the_help_names_every_command() -> None:
    outcome = run(None, ["--help"])
    assert (outcome.code, outcome.err) == (0, "")
    listed = {line.split()[0] for line in outcome.out.splitlines() if line.startswith("    ")}
    assert set(NAMES) <= listed


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["promises", "--help"], ["nonsense"]])
def test_help_imports_nothing_heavy(argv: list[str]) -> None:
    program = (
        "import io, sys\n"
        "from entrypoints.cli import main\n"
        "main(sys.argv[1:], io.BytesIO(), io.StringIO(), io.StringIO())\n"
        "print(*sys.modules)\n"
    )
    command = [sys.executable, "-P", "-c", program, *argv]
    done = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    assert set(HEAVY).isdisjoint(done.stdout.split())


def test_an_error_of_the_call_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ending_with(CallError("expected this, saw that, do so"), monkeypatch)
    assert outcome == Outcome(2, "", "pledger: expected this, saw that, do so\n")


def test_any_other_error_has_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    error = OSError(28, "No space left on device")
    error.add_note("make room")
    outcome = ending_with(error, monkeypatch)
    assert outcome == Outcome(1, "", "pledger: [Errno 28] No space left on device\n  make room\n")


def _while_tidying_up() -> Exception:
    error = ValueError("the transaction is aborted")
    error.__context__ = RuntimeError("Query interrupted")
    return error


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        RuntimeError("Query interrupted"),
        ValueError("reading the schema of the object 'landing' failed: KeyboardInterrupt: "),
        _while_tidying_up(),
    ],
    ids=["in Python", "in a query", "in a callback", "while tidying up"],
)
def test_ctrl_c_is_told_as_such_wherever_it_comes(
    error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = ending_with(error, monkeypatch)
    assert outcome.code == 130
    assert outcome.err.startswith("interrupted; ")


def test_who_reads_our_output_may_leave(tmp_path: Path) -> None:
    run(tmp_path, ["emit", "-"])
    command = f"{sys.executable} -P -m entrypoints --help | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage:")
