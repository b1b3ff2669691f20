"""Puts the contract into the package, whenever it is built or tested.

The package must not import the rest of the checkout, and nobody should copy schemas, models or
rules by hand. So a build copies the modules that the package needs to ``pledger_sdk/_contract``,
with their imports rewritten. The copies are not in git. They are in the sdist, from which a wheel
is built without the checkout.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
TARGET = HERE / "src" / "pledger_sdk" / "_contract"
PACKAGE = "pledger_sdk._contract"

#: What the package needs of the checkout, as glob patterns from its root.
WANTED = (
    "schemas/__init__.py",
    "schemas/avsc/*.avsc",
    "schemas/catalogue.py",
    "schemas/codec.py",
    "schemas/errors.py",
    "schemas/ids.json",
    "schemas/jsonform.py",
    "schemas/reading.py",
    "schemas/values.py",
    "domain/__init__.py",
    "domain/calendars.py",
    "domain/currencies.py",
    "domain/durations.py",
    "domain/errors.py",
    "domain/events/*.py",
    "domain/instants.py",
    "domain/positions.py",
    "domain/published_rules.py",
    "ledger/__init__.py",
    "ledger/body_rules.py",
    "ledger/envelope.py",
    "ledger/kafka/__init__.py",
    "ledger/kafka/settings.py",
    "ledger/kafka/message.py",
    "ledger/port.py",
)
_FOLDERS = frozenset(pattern.split("/", 1)[0] for pattern in WANTED)
_DOCSTRING = (
    '"""Copied from the checkout by ``hatch_build.py``. Change the originals, not these."""\n'
)


class Incomplete(Exception):
    """The copies would not work on their own; the text says what is missing."""


def contract(root: Path) -> dict[str, str]:
    """The files of the contract: their text by their path in ``_contract``. Raises ``Incomplete``
    where a file is missing, or imports a module that is not copied."""
    files = {"__init__.py": _DOCSTRING}
    for pattern in WANTED:
        found = sorted(root.glob(pattern))
        if not found:
            raise Incomplete(f"expected {pattern} in {root}, saw nothing: adjust WANTED")
        for path in found:
            files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return {
        name: _rewritten(name, files) if name.endswith(".py") else text
        for name, text in files.items()
    }


def write_contract(root: Path, target: Path) -> None:
    """Brings ``target`` to hold the contract of a checkout and nothing else. Files that are right
    already are left alone, so that two processes may do this at once."""
    files = contract(root)
    for name, text in files.items():
        path = target / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        # In one step: whoever imports meanwhile sees the old file or the new one.
        draft.replace(path)
    for path in _sources(target):
        if path.relative_to(target).as_posix() not in files:
            path.unlink(missing_ok=True)


def _sources(folder: Path) -> Iterator[Path]:
    return (path for suffix in ("py", "json", "avsc") for path in folder.rglob(f"*.{suffix}"))


def _rewritten(name: str, files: dict[str, str]) -> str:
    """The text of a module with its imports of the checkout made imports of the copies."""
    lines = files[name].splitlines(keepends=True)
    for node in ast.walk(ast.parse(files[name])):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for module in _imported(node):
            if module.partition(".")[0] not in _FOLDERS:
                continue
            if _missing(node, module, files):
                raise Incomplete(f"{name} imports of {module} what is not copied: adjust WANTED")
            line = node.lineno - 1
            lines[line] = lines[line].replace(f" {module} ", f" {PACKAGE}.{module} ", 1)
    return "".join(lines)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that a statement imports, or imports from."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [each.name for each in node.names]


def _missing(node: ast.Import | ast.ImportFrom, module: str, files: dict[str, str]) -> bool:
    """Whether a statement imports something that the copies would not have. ``import domain.x`` is
    such a thing: it names the folder itself."""
    path = module.replace(".", "/")
    if not isinstance(node, ast.ImportFrom):
        return True
    if f"{path}.py" in files:
        return False
    package = files.get(f"{path}/__init__.py")
    return package is None or any(
        f"{path}/{each.name}.py" not in files and each.name not in package for each in node.names
    )


class ContractHook(BuildHookInterface[Any]):
    """Copies the contract before anything is built, but from an sdist, which holds it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """See hatchling's interface of build hooks."""
        root = Path(self.root)
        if not (root / "PKG-INFO").is_file():  # there is one in every sdist, and in no checkout
            write_contract(root.parent, root / "src" / "pledger_sdk" / "_contract")


if __name__ == "__main__":
    # For tools that look at the package in the checkout: python -m sdk.hatch_build
    write_contract(HERE.parent, TARGET)
    sys.stdout.write(f"{TARGET}: up to date\n")
