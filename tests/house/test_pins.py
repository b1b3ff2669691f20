"""The requirements are whole, exact and in keeping with what the project says it works with."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers import ROOT


def here(requirement: Requirement) -> bool:
    """Whether it counts on this Python, no extra wanted."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def pins(name: str) -> dict[str, str]:
    """The version of each package that a list names for this Python."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith("#"):
            pin = Requirement(line)
            operators = [(one.operator, one.version) for one in pin.specifier]
            assert len(operators) == 1, f"{name}: expected NAME==VERSION, saw {line!r}"
            assert operators[0][0] == "==", f"{name}: expected NAME==VERSION, saw {line!r}"
            if here(pin):
                found[canonicalize_name(pin.name)] = operators[0][1]
    return found


def required_by(names: Iterable[str]) -> set[str]:
    """These packages and all that they need here, extras left out."""
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in seen:
            seen.add(name)
            for text in metadata.requires(name) or ():
                requirement = Requirement(text)
                if here(requirement):
                    waiting.append(requirement.name)
    return seen


def project() -> dict[str, list[Requirement]]:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {
        "requirements.txt": table["project"]["dependencies"],
        "requirements-test.txt": table["dependency-groups"]["test"],
    }
    return {name: list(filter(here, map(Requirement, texts))) for name, texts in declared.items()}


def test_pins_are_what_is_declared_and_all_that_it_needs() -> None:
    declared = project()
    runtime, test = pins("requirements.txt"), pins("requirements-test.txt")
    needed = required_by(requirement.name for requirement in declared["requirements.txt"])
    assert set(runtime) == needed
    added = required_by(requirement.name for requirement in declared["requirements-test.txt"])
    assert set(test) == added - needed


def test_an_extra_is_whole_and_tested_as_it_is_pinned() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (extra,) = map(Requirement, table["project"]["optional-dependencies"]["mcp"])
    runtime, listed = pins("requirements.txt"), pins("requirements-mcp.txt")
    assert set(listed) == required_by([extra.name]) - set(runtime)
    assert listed.items() <= pins("requirements-test.txt").items()


def test_pins_are_within_the_declared_ranges() -> None:
    # What tests import may be pinned for the product already.
    pinned = pins("requirements-test.txt") | pins("requirements.txt")
    for requirements in project().values():
        for requirement in requirements:
            version = pinned[canonicalize_name(requirement.name)]
            assert version in requirement.specifier, f"{requirement} and {version}"
            assert ">=" in str(requirement.specifier), f"{requirement} has no floor"


def test_what_is_installed_is_what_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-test.txt"):
        for package, version in pins(name).items():
            assert metadata.version(package) == version, f"{name} and this environment differ"


def test_the_lists_name_no_index_and_no_hash() -> None:
    for path in ROOT.glob("requirements*.txt"):
        text = Path(path).read_text(encoding="utf-8")
        assert "://" not in text, path
        assert "--" not in text, path
