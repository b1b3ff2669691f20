"""The guide to Python over HTTP, run against a door of the tests' own."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from pledger_sdk import http
from pledger_sdk.http import errors
from tests.docs import test_documents
from tests.docs.console import File, steps
from tests.docs.servers import Names
from tests.helpers import ROOT
from tests.http.doors import ANY
from tests.http.server import served
from tests.sdk.test_guide import NOT_RUN

GUIDE = ROOT / "docs/how-to/use-from-python.md"
ADDRESS = "http://127.0.0.1:8321"


def test_the_guide_shows_what_happens(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    environment = {
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "sdk/src"),
        "PLEDGER_KEY": ANY,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    folder = tmp_path / "service"
    folder.mkdir()
    wrong = []
    with served(tmp_path / "home") as (_, address):
        names = Names({ADDRESS: address})
        for step in steps(GUIDE.read_text(encoding="utf-8").replace(NOT_RUN, "")):
            if isinstance(step, File):
                test_documents.save(step, folder, names)
            elif problem := test_documents.carry_out(step, folder, environment, names):
                wrong.append(problem)
    if wrong:
        pytest.fail("\n\n".join(wrong), pytrace=False)


def test_the_guide_has_every_name() -> None:
    document = GUIDE.read_text(encoding="utf-8")
    names = set(re.findall(r"[A-Za-z_]+", document))
    methods = {name for name in dir(http.Client) if not name.startswith("_")} - {"close"}
    assert {*http.__all__, *methods} - names == set()
    kinds = {one for one in vars(errors).values() if isinstance(one, type)}
    told = {one for one in kinds if issubclass(one, http.DoorError) and one is not http.DoorError}
    assert {one.__name__ for one in told} <= {*http.__all__}
