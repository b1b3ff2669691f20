"""``./pledger test``: every check of the house, in one go.

All of them run, whatever fails on the way, and the tests run last, so that their closing line
closes the output. Arguments go to pytest (``./pledger test -k door``); only a run without any
uses two processes. To measure coverage too takes half as long again: ``--coverage`` runs all that
without does, and measures; that of a part of the tests says nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: What is run with this Python, by the name under which it is reported.
STATIC: dict[str, tuple[str, ...]] = {
    # The contract that the installable package carries is copied from the rest, and not in git.
    "the package's contract": ("-m", "sdk.hatch_build"),
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy"),
    "import-linter": (
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-logo",
    ),
}
WHOLE_SUITE = ("-n", "2", "--dist", "loadgroup")
COVERAGE = ("--cov", "--cov-report=term")


def run(name: str, arguments: Sequence[str]) -> bool:
    """Runs one check in the checkout, its output straight to ours; true if it passed."""
    line = f"── {name}: python {' '.join(arguments)} "
    print(line.ljust(100, "─"), flush=True)  # noqa: T201 -- this is a command's output
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'sdk' / 'src'}"}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def main(arguments: Sequence[str]) -> int:
    """0 if every check passed, 1 otherwise."""
    failed = [name for name, command in STATIC.items() if not run(name, command)]
    if not run("pytest", ("-m", "pytest", *_wanted(arguments))):
        failed.append("pytest")
    if failed:
        sys.stderr.write(f"pledger test: failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def _wanted(arguments: Sequence[str]) -> Sequence[str]:
    if list(arguments) == ["--coverage"]:
        return (*WHOLE_SUITE, *COVERAGE)
    return arguments or WHOLE_SUITE


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
