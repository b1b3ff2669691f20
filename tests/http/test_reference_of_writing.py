"""The page of the reference about writing, held to the routes that there are."""

from __future__ import annotations

import re
from pathlib import Path

from entrypoints.http.routes import deciding, emitting, operating, registry, running
from tests.helpers import ROOT
from tests.http.client import door

PAGE = (ROOT / "docs" / "reference" / "http-writing.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"(/[a-z0-9{}/._-]+)", PAGE))
VERBS = re.compile(r"^/v1/(commitments|issues)/\{id\}/([a-z-]+)$")


def test_every_route_is_there() -> None:
    routers = (emitting, deciding, operating, registry, running)
    paths = {route.path for each in routers for route in each.router.routes}
    said = {
        path
        for path in paths
        if path in NAMED or ((verb := VERBS.match(path)) and f"`{verb[2]}`" in PAGE)
    }
    assert paths == said


def test_every_number_is_there(tmp_path: Path) -> None:
    with door(tmp_path, client=("127.0.0.1", 1)) as client:
        client.get("/healthz")
        text = client.get("/metrics").text
    told = set(re.findall(r"^# HELP (pledger_\w+)", text, re.MULTILINE))
    named = set(re.findall(r"`(pledger_(?:http|home)_\w+)`", PAGE))
    assert {name for name in told if not name.endswith("_created")} == named
