"""No two guides use one home: who goes through both finds what each of them shows."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.docs.console import Command, steps
from tests.docs.test_documents import EXPORT
from tests.helpers import ROOT

GUIDES = sorted([*ROOT.glob("docs/how-to/*.md"), *ROOT.glob("docs/tutorial/*.md")])
#: An option that names a home, and a call of the program up to where another begins.
OPTION = re.compile(r"--(?:home|from|to) ([\w./-]+)")
CALL = re.compile(r"\./pledger (?!test|bench|--version)[^|;&]*")


def homes(path: Path) -> set[str]:
    """The folders that a document uses as homes; "" for the default, which is everybody's."""
    current, found = "", set()
    for step in steps(path.read_text(encoding="utf-8")):
        if not isinstance(step, Command):
            continue
        if (exported := EXPORT.fullmatch(step.text)) and exported["name"] == "PLEDGER_HOME":
            current = exported["value"]
        for call in CALL.findall(step.text):
            found |= set(OPTION.findall(call)) or {current}
    return found


def test_every_guide_has_a_home_of_its_own() -> None:
    users = defaultdict(list)
    for path in GUIDES:
        for home in homes(path):
            users[home].append(path.relative_to(ROOT).as_posix())
    assert not users.pop("", []), "these begin without export PLEDGER_HOME=… and without --home"
    shared = {home: names for home, names in users.items() if len(names) > 1}
    assert not shared
    assert len(users) > 15


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_a_home_in_the_checkout_is_no_business_of_gits(path: Path) -> None:
    known = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/*-home/" in known
    for line in re.findall(r"^\$ export PLEDGER_HOME=(.*)$", path.read_text(), re.MULTILINE):
        assert line.endswith("-home")
