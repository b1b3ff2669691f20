"""Whatever a problem says to do, the command line has words for; and nothing below has them."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator

import pytest

from entrypoints.cli.main import COMMANDS
from entrypoints.cli.remedies import WORDS, words_of
from tests.house import checkout

BELOW = ("domain/", "schemas/", "ledger/", "projections/", "consumers/", "application/")
ACTION = re.compile(r"\{([a-z][a-z -]*)\}")
#: A text with names in braces that is no remedy.
SQL = re.compile(r"\b(SELECT|FROM|JOIN|WHERE|TABLE|INDEX|SCHEMA|INTO|UPDATE|LOCK)\b")
#: What a difference between two homes is called is part of the answer of ``copy``.
NAMES = {"promises --by "}


def texts() -> Iterator[tuple[str, str]]:
    """Every text in the code below the entry points but for docstrings, with its place; what is
    filled in is left out."""
    for path in checkout.files(".py"):
        name = checkout.name(path)
        if not name.startswith(BELOW):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or id(node) in docstrings:
                continue
            if isinstance(node.value, str):
                yield f"{name}:{node.lineno}", node.value


def test_every_use_case_that_a_remedy_names_has_words() -> None:
    commands = {command.name for command in COMMANDS}
    named = {
        (place, action)
        for place, text in texts()
        if not SQL.search(text)
        for action in ACTION.findall(text)
    }
    unworded = [
        f"{place}: {action}"
        for place, action in sorted(named)
        if action not in WORDS and action.split(" ", 1)[0] not in commands
    ]
    assert not unworded, "\n".join(unworded)
    assert {"rebuild", "copy", "topic create"} <= {action for _, action in named}


def options() -> Iterator[str]:
    """Every option of every command but ``--help``."""
    for command in COMMANDS:
        parser = argparse.ArgumentParser(add_help=False)
        command.options(parser)
        yield from (option for option in parser._option_string_actions if len(option) > 2)


def test_nothing_below_has_the_words_of_the_command_line() -> None:
    words = re.compile(rf"\./pledger|({'|'.join(sorted(set(options())))})\b")
    wrong = [
        f"{place}: {text}" for place, text in texts() if words.search(text) and text not in NAMES
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("action", "words"),
    [("topic create", "'./pledger topic create'"), ("forget lost", "use --forget-lost")],
)
def test_a_use_case_is_a_command_unless_it_has_words_of_its_own(action: str, words: str) -> None:
    assert words_of(action) == words
