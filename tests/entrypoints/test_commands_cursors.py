"""Cursors of lists: what is none is refused, whatever it looks like."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.refusals import refused
from tests.entrypoints.small import id_of
from tests.helpers import ask, emit


def cursor(key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def cursors() -> Iterator[str]:
    yield from ("x", "", "===", "é", "W" * 20, "__4", "\0", "ROSE", id_of(1))
    keys: tuple[object, ...] = (
        ["a", 1], [1, 2], ["1", "ROSE"], [1], [1, "a", "b"], [10**30, "ROSE"], [None, None],
        [1.5, "x"], [[], {}], {"a": 1}, 1, None, [2**63, "x"], [0, "\ud800"],
    )  # fmt: skip
    yield from map(cursor, keys)
    yield base64.urlsafe_b64encode(b'[NaN, "x"]').decode()
    yield base64.urlsafe_b64encode(b"[" * 90_000).decode()


@pytest.mark.parametrize("after", list(cursors()), ids=lambda after: ascii(after[:20]))
def test_cursors_that_no_list_gave(home: Path, after: str) -> None:
    for command in ("commitments", "journeys", "suspense"):
        why = refused(home, [command, "--after", after])
        assert "expected a cursor" in why
        assert "ask again without --after" in why
        assert len(why) < 400


@pytest.mark.parametrize("command", ["commitments", "journeys", "suspense"])
def test_nor_is_it_taken_where_a_list_is_empty(tmp_path: Path, command: str) -> None:
    emit(tmp_path, [])
    assert "expected a cursor" in refused(tmp_path, [command, "--after", "x"])


def test_a_cursor_of_the_other_list(home: Path) -> None:
    other = ask(home, ["commitments", "--limit", "1"])["next"]
    for command in ("journeys", "suspense"):
        assert "expected a cursor" in refused(home, [command, "--after", other])


@pytest.mark.parametrize(
    "name", ["1 6", "1 6 x", "x 6 {}", "1 x {}", "1 6 {} 1", "1  6 {}", f"{2**63} 6 {{}}"]
)
def test_a_cursor_of_journeys_that_is_no_place_in_the_order(home: Path, name: str) -> None:
    after = cursor([0, name.format(id_of(1))])
    assert "expected a cursor" in refused(home, ["journeys", "--after", after])
