"""The environment of the rivals: ``bench/.venv``, made from ``bench/requirements.txt`` when it is
first needed and again when that list changes, in the way in which ``.venv`` is made."""

from __future__ import annotations

import subprocess
import sys

from bench.running import ROOT

FOLDER = ROOT / "bench"
LIST = FOLDER / "requirements.txt"
PYTHON = FOLDER / ".venv" / "bin" / "python"


class NotInstalled(Exception):
    """The packages can't be had on this machine; the text says why."""


def installed() -> bool:
    """Whether the list is installed as it stands now."""
    copy = FOLDER / ".venv" / LIST.name
    return copy.is_file() and copy.read_bytes() == LIST.read_bytes()


def ready() -> str:
    """The environment's Python, when all is installed. Raises ``NotInstalled``."""
    making = [sys.executable, "-I", str(ROOT / "tools" / "environment.py"), str(FOLDER), LIST.name]
    done = subprocess.run(making, stderr=subprocess.PIPE, text=True, check=False)
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        problems = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        said = problems[0].removeprefix("ERROR: ") if problems else "see above"
        raise NotInstalled(f"bench/requirements.txt could not be installed: {said}")
    return str(PYTHON)


def pinned(name: str) -> str:
    """A package of the list and its version, as people write it."""
    for line in LIST.read_text(encoding="utf-8").splitlines():
        package, sign, version = line.partition("==")
        if sign and package == name:
            return f"{package} {version}"
    raise ValueError(f"expected {name}== in {LIST}, saw none")
