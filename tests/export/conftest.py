"""Homes to export, made once for the tests of a module."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.export import company


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a small company."""
    return company.found(tmp_path_factory.mktemp("company") / "home")
