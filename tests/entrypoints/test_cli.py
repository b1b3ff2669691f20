"""What an error or Ctrl-C looks like, wherever in a command it comes from."""

from __future__ import annotations

import argparse

import pytest

from domain.errors import Problem, Wrong
from entrypoints.cli import main as cli
from entrypoints.cli.command import Command, Context
from tests.helpers import Outcome, run


def ending_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """What a command that fails so leaves."""

    def fail(args: argparse.Namespace, context: Context) -> int:
        raise error

    one = Command("fail", "fail", "./pledger fail", lambda parser: None, fail)
    monkeypatch.setattr(cli, "COMMANDS", (one,))
    return run(None, ["fail"])


def test_an_error_of_the_call_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ending_with(Wrong("this", "that", "do so"), monkeypatch)
    assert outcome == Outcome(2, "", "pledger: expected this, saw that; do so\n")


def test_a_remedy_is_worded_as_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ending_with(Problem("this", "that", "{rebuild} mends it"), monkeypatch)
    told = "pledger: expected this, saw that; './pledger rebuild' mends it\n"
    assert outcome == Outcome(1, "", told)


def test_any_other_error_has_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    error = OSError(28, "No space left on device")
    error.add_note("make room")
    outcome = ending_with(error, monkeypatch)
    message = (
        "pledger: expected room on the disk of a file, saw none; free some, then run it again: what"
        " was acknowledged is kept, and is not written twice\n  make room\n"
    )
    assert outcome == Outcome(1, "", message)


def _while_tidying_up() -> Exception:
    error = ValueError("the transaction is aborted")
    error.__context__ = RuntimeError("Query interrupted")
    return error


def test_help_has_each_command_on_one_line_with_what_it_is_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    shown = run(None, ["--help"]).out.splitlines()
    width = max(len(command.name) for command in cli.COMMANDS)
    for command in cli.COMMANDS:
        assert f"    {command.name:<{width}}  {command.help}" in shown
    assert all(len(line) <= 100 for line in shown)


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
