"""What the ``Dockerfile`` and ``.dockerignore`` make of a checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.deploy.image import copy_to, let_in, tracked
from tests.helpers import ROOT
from tools import notices

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STEPS = re.findall(r"^[A-Z]+ (?:.*\\\n)*.*", DOCKERFILE, re.MULTILINE)
#: What the application is made of.
FOLDERS = (
    "application", "consumers", "domain", "entrypoints", "ledger", "projections", "schemas",
    "simulator",
)  # fmt: skip


def step(begin: str) -> int:
    """Where the step is that begins so."""
    (found,) = (number for number, text in enumerate(STEPS) if text.startswith(begin))
    return found


def test_every_file_of_the_application_comes_into_the_image() -> None:
    needed = {name for name in tracked() if name.startswith(FOLDERS) and not name.endswith(".md")}
    assert needed <= set(let_in(tracked()))


@pytest.mark.parametrize(
    "name",
    [
        "customers.csv",
        "exports/2026/customers.csv",
        "ledger/customers.csv",
        "mappings/mine/data/customers.csv",
        "mappings/example/data/calls.csv",
        "schemas/avsc/customers.json",
        "pledger-home/ledger.sqlite",
        "roses/views.duckdb",
        "application/home/ledger.sqlite",
        "deploy/secrets/postgres_password",
        "deploy/home/pledger.toml",
        ".env",
        ".git/config",
        ".venv/bin/python",
        "tests/helpers.py",
        "sdk/src/pledger_sdk/__init__.py",
        "domain/__pycache__/errors.cpython-311.pyc",
        "facts.jsonl",
        "pledger.sqlite",
        "README.md",
    ],
)
def test_whatever_else_lies_in_a_checkout_does_not(name: str) -> None:
    assert not list(let_in([name]))


def test_what_comes_in_runs(tmp_path: Path) -> None:
    """Every module of it can be imported, and an importer of it finds its facts."""
    copy_to(tmp_path)
    modules = [
        ".".join(path.relative_to(tmp_path).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(tmp_path.rglob("*.py"))
        if path.name != "__main__.py" and path.relative_to(tmp_path).parts[0] != "tools"
    ]
    data, home = ROOT / "mappings" / "example" / "data", tmp_path / "home"
    calls: tuple[list[object], ...] = (
        ["-c", f"import {', '.join(modules)}"],
        ["-m", "entrypoints", "import", "mappings/example", "--data", data, "--home", home],
        ["-m", "entrypoints", "promises", "--home", home],
    )
    for call in calls:
        done = subprocess.run(
            [sys.executable, "-P", *map(str, call)],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_a_change_of_the_source_downloads_nothing() -> None:
    """The environment is made before the source is there, from what it is made of."""
    made = next(n for n, text in enumerate(STEPS) if "tools/environment.py /app" in text)
    copied = [text.split()[1:-1] for text in STEPS[:made] if text.startswith("COPY")]
    assert {name for names in copied for name in names} == {
        "requirements.txt",
        "deploy/licences/",
        "tools/__init__.py",
        "tools/environment.py",
        "tools/notices.py",
    }
    assert made < step("COPY . .")


def test_the_image_starts_whatever_the_umask_of_the_checkout() -> None:
    """Files are stored with the modes that they have in the checkout, and read by somebody else."""
    for text in (t for t in STEPS if t.startswith("COPY")):
        after = STEPS[STEPS.index(text) + 1 :]
        assert any("chmod -R a+rX ." in t or "chmod a+rX" in t for t in after)
    assert step("USER") > max(n for n, text in enumerate(STEPS) if "chmod" in text)


def test_no_home_is_kept_where_it_would_be_lost() -> None:
    assert "VOLUME" not in [text.split()[0] for text in STEPS]


def test_the_notices_name_every_package_with_its_licence() -> None:
    text = "\n".join(notices.notices(ROOT))
    pinned = re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert len(pinned) > 20
    for name, version in pinned:
        package = distribution(name)
        assert f"\n{package.name} {version}\n" in text
        assert notices.licence(package) != "see the text" or notices.texts(package), name
        assert notices.texts(package), f"{name} comes without the text of its licence"
    assert "psycopg 3" in text
    assert "LGPL-3.0-only" in text
    named = re.findall(r"[\w/.-]+GPL-3\.txt", text)
    assert named == ["deploy/licences/GPL-3.txt"]
    assert "GNU GENERAL PUBLIC LICENSE" in (ROOT / named[0]).read_text(encoding="utf-8")
    assert list(let_in(named)) == named
    assert "> NOTICES" in DOCKERFILE
