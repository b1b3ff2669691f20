"""What the system refuses reaches a person in words, with what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from entrypoints.cli.remedies import message_of
from entrypoints.cli.system_errors import in_words
from tests.helpers import Outcome, run

NUMBERS = sorted(errno.errorcode)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: errno.errorcode[number])
def test_every_error_of_the_system_has_words(number: int) -> None:
    said = message_of(in_words(OSError(number, os.strerror(number), "facts.jsonl")))
    assert said.startswith("expected ")
    assert "saw " in said
    assert "; " in said
    assert "[Errno" not in said
    assert "facts.jsonl" in said


def test_a_file_without_a_name_and_names_that_are_paths_or_bytes() -> None:
    assert "a file" in message_of(in_words(OSError(errno.ENOSPC, "No space left on device")))
    for name in (Path("a b"), b"a b"):
        assert "'a b'" in message_of(in_words(OSError(errno.EACCES, "Permission denied", name)))


def test_an_error_without_a_number_keeps_its_words() -> None:
    assert message_of(in_words(OSError("the lid is shut"))) == "the lid is shut"


def wordy(outcome: Outcome) -> str:
    """What a person reads, in the one form."""
    assert outcome.code in {1, 2}, outcome
    assert "[Errno" not in outcome.err
    assert "Path(" not in outcome.err
    assert outcome.err.startswith("pledger: expected "), outcome.err
    return outcome.err


def calls(home: Path) -> list[list[str]]:
    """Calls that use a folder, each in its way."""
    name = str(home)
    data = ["mappings/example", "--data", "mappings/example/data"]
    return [
        ["promises", "--home", name],
        ["status", "--home", name],
        ["rebuild", "--home", name],
        ["emit", "-", "--home", name],
        ["import", *data, "--home", name],
        ["import", data[0], "--data", name, "--home", f"{name}-other"],
        ["import", name, "--data", data[2], "--home", f"{name}-other"],
        ["emit", name, "--home", f"{name}-other"],
        ["topic", "check", "--home", name],
        ["copy", "--from", "mappings", "--to", name],
        ["demo", "--small", "--home", name],
    ]


def test_places_that_no_system_has(tmp_path: Path) -> None:
    """Root may do everything but this, so it is tested whoever runs the tests."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").touch()
    places = (tmp_path / ("x" * 300), tmp_path / "loop" / "home", tmp_path / "file" / "home")
    for place in places:
        for call in calls(place):
            outcome = run(None, call)
            wordy(outcome)
            assert outcome.code == 2, outcome
