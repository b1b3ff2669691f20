"""The guide, run where the package is installed, and the reference, held to the package."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

import pledger_sdk
from pledger_sdk import DDL, Emitter, Said, Sender, facts
from pledger_sdk.__main__ import _parser
from tests.docs import test_documents
from tests.docs.console import File, steps
from tests.docs.servers import BROKER, DATABASE, PASSWORD, TOPIC, Names, without_password
from tests.helpers import ROOT, skip_or_fail

GUIDE = ROOT / "docs/how-to/emit-from-a-service.md"
REFERENCE = ROOT / "docs/reference/sdk.md"
NOT_RUN = "<!-- not run: tests/sdk runs it, where the package is installed -->"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """One in which ``python`` has the package."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    path = f"{python.parent}:{os.environ['PATH']}:/usr/lib/postgresql/15/bin"
    return {"PATH": path, "PYTHONPATH": str(ROOT / "sdk/src"), "LANG": "C.UTF-8", "TZ": "UTC"}


@pytest.fixture
def names(broker: str, make_topic: Iterator[str], postgres: str) -> Names:
    password = str(conninfo_to_dict(postgres).get("password") or "")
    topic = make_topic(partitions=1)  # type: ignore[operator]
    here = {BROKER: broker, DATABASE: without_password(postgres), TOPIC: topic}
    return Names({**here, PASSWORD: password})


def test_the_guide_shows_what_happens(
    tmp_path: Path, environment: dict[str, str], names: Names
) -> None:
    if shutil.which("psql", path=environment["PATH"]) is None:
        skip_or_fail("there is no psql, with which the guide makes its table")
    folder = tmp_path / "service"
    folder.mkdir()
    document = GUIDE.read_text(encoding="utf-8")
    assert document.count(NOT_RUN) >= 6
    wrong = []
    for step in steps(document.replace(NOT_RUN, "")):
        if isinstance(step, File):
            test_documents.save(step, folder, names)
        elif problem := test_documents.carry_out(step, folder, environment, names):
            wrong.append(problem)
    if wrong:
        pytest.fail("\n\n".join(wrong), pytrace=False)


def test_the_reference_has_every_name() -> None:
    document = REFERENCE.read_text(encoding="utf-8")
    code = set(re.findall(r"`([A-Za-z_.-]+)[^`]*`", document))
    arguments = set(inspect.signature(Sender).parameters) | {"source", "count", "clock"}
    methods = {name for name in dir(Emitter) if not name.startswith("_")}
    columns = set(re.findall(r"^ {4}\"?(\w+)\"? \w", DDL, re.MULTILINE))
    relay = _parser()._subparsers._group_actions[0].choices["relay"]  # type: ignore[union-attr,index]
    options = {max(action.option_strings, key=len) for action in relay._actions} - {"--help"}
    said = set(Said.__annotations__)
    wanted = {*pledger_sdk.__all__, *arguments, *methods, *columns, *options, *said}
    assert wanted - code == set()
    assert len(facts.BODIES) == 69
    assert "69 types" in document
