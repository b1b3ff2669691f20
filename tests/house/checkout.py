"""The files of the checkout, as the house's tests see them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.helpers import ROOT


def files(*suffixes: str) -> list[Path]:
    """All files that are in git or would be added by ``git add``, or those with these endings."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = (ROOT / name for name in sorted(set(listed.split("\0")) - {""}))
    # A file that was removed and not yet committed is still listed.
    return [p for p in paths if p.is_file() and (not suffixes or p.suffix in suffixes)]


def name(path: Path) -> str:
    """The path as it is written in messages and lists: from the root, with slashes."""
    return path.relative_to(ROOT).as_posix()


def text_files() -> list[tuple[str, str]]:
    """Name and content of every file that is text."""
    found = []
    for path in files():
        try:
            found.append((name(path), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found
