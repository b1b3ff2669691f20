"""The programs of the guide do what it shows, on an export of the workshop that it is about."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.export.company import EXAMPLE
from tests.export.exported import export
from tests.helpers import ROOT, ask

GUIDE = (ROOT / "docs" / "how-to" / "take-the-numbers-along.md").read_text(encoding="utf-8")
FILES = re.compile(r"<!-- file: (\S+) -->\n```python\n(.*?)```\n", re.DOTALL)
SHOWN = re.compile(r"```console\n\$ python (\S+)\n(.*?)```\n", re.DOTALL)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs and the export that they read."""
    folder = tmp_path_factory.mktemp("guide")
    ask(folder / "home", ["import", str(EXAMPLE), "--data", str(EXAMPLE / "data")])
    export(folder / "home", folder / "along-export", ["--as-of", "2026-03-01T00:00:00Z"])
    for name, text in FILES.findall(GUIDE):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("name", "shown"), SHOWN.findall(GUIDE))
def test_a_program_of_the_guide(workshop: Path, name: str, shown: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", name],
        cwd=workshop,
        capture_output=True,
        text=True,
        check=True,
    )
    said, expected = done.stdout.rstrip(), shown.rstrip()
    assert [line.rstrip() for line in said.splitlines()] == expected.splitlines()


def test_every_program_of_the_guide_is_run() -> None:
    assert {name for name, _ in FILES.findall(GUIDE)} == {name for name, _ in SHOWN.findall(GUIDE)}
