"""Tests that share what is dear to make run in one process: a group that is passed over fails
nothing, and makes it once in each."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tools.check import WHOLE_SUITE

MODULE = """\
import pytest

pytestmark = pytest.mark.xdist_group("dear")

@pytest.mark.parametrize("number", range(12))
def test_one(number):
    pass
"""


def test_a_group_is_run_by_one_process(tmp_path: Path) -> None:
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_text(MODULE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-v", "-p", "xdist", *WHOLE_SUITE],
        cwd=tmp_path,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    runners = re.findall(r"^\[(gw\d+)\].* PASSED ", done.stdout, re.MULTILINE)
    assert len(runners) == 24, done.stdout + done.stderr
    assert len(set(runners)) == 1
