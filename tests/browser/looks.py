"""What the tests see of a page that is open: the functions of ``looks.js``, and those of axe."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_HERE = Path(__file__).parent


@cache
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def look(page: Page, name: str) -> Any:
    """What a function of ``looks.js`` answers."""
    return page.evaluate(f"{_text('looks.js').strip()}.{name}()")


def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page: the rule, and the first elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_text("axe.min.js"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"][:3]
    ]
