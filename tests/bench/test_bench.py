from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench.__main__ import Chosen, main
from bench.http.plan import HTTP_QUICK
from bench.pieces import groups
from bench.plan import Sizes
from bench.server.plan import SERVER_QUICK
from projections.metrics.registry import metrics

TINY = Sizes(
    runs=1,
    small=400,
    large=600,
    tiny=50,
    synced=60,
    business=100,
    rows=30,
    changed=3,
    batch=40,
    batches=2,
    asked=2,
    started=1,
    each=1,
    decided=12,
    long=200,
)

pytestmark = pytest.mark.xdist_group("bench")


def bench(*arguments: str, sizes: Sizes = TINY) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = main(arguments, out, err, full=Chosen(sizes, SERVER_QUICK, HTTP_QUICK, whole=True))
    return status, out.getvalue(), err.getvalue()


def test_every_piece_of_our_own_and_of_the_plain_way_is_in_the_table(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Before.\n\n<!-- bench: begin -->\nthe table before\n<!-- bench: end -->\n\nAfter.\n"
    )
    status, out, err = bench("--scratch", str(tmp_path), "--write", str(page))
    assert (status, "Traceback" in err) == (0, False), err
    for group in groups(TINY, None):
        for piece in group.pieces:
            assert f"| {piece.title} " in out
    # Both sides fill the commitment table with equal rows, twice: else the status is 1.
    (found,) = re.findall(r"are equal: (.*)\.$", out, re.MULTILINE)
    equal = re.findall(r"(\d+) rows", found)
    assert len(equal) == 2
    assert min(map(int, equal)) > 0
    assert "| aim " in out
    assert str(tmp_path) not in out
    written = page.read_text()
    assert written.startswith("Before.\n")
    assert written.endswith("After.\n")
    assert out in written
    assert "the table before" not in written
    assert list(tmp_path.iterdir()) == [page]


def test_json_holds_every_repetition(tmp_path: Path) -> None:
    arguments = ("--scratch", str(tmp_path), "--only", "append", "--json")
    status, out, _ = bench(*arguments, sizes=replace(TINY, runs=3))
    assert status == 0
    found = json.loads(out)
    works = [piece["work"] for piece in found["pieces"]]
    assert works == [4, 4, 80, 80, 400, 400, 400, 400]
    assert {len(piece["seconds"]) for piece in found["pieces"]} == {3}
    assert [aim["unit"] for aim in found["aims"]] == ["×"] * 4


def test_each_metric_is_a_repetition(tmp_path: Path) -> None:
    status, out, _ = bench("--scratch", str(tmp_path), "--only", "metrics", "--json")
    assert status == 0
    found = json.loads(out)
    assert [piece["name"] for piece in found["pieces"]] == [
        "metrics now",
        "units now",
        "metrics past",
        "units past",
    ]
    assert {len(piece["seconds"]) for piece in found["pieces"]} == {len(metrics())}
    slowest = [max(piece["seconds"]) * 1000 for piece in found["pieces"]]
    assert [aim["figure"] for aim in found["aims"]] == pytest.approx(slowest)


def test_a_page_without_marks_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("no marks\n")
    status, out, err = bench("--write", str(page))
    assert (status, out) == (2, "")
    assert "expected a page with <!-- bench: begin -->" in err
    assert page.read_text() == "no marks\n"


def test_only_a_whole_run_is_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- bench: begin -->\n<!-- bench: end -->\n")
    for argument in (["--quick"], ["--only", "append"], ["--server", "--no-rivals"]):
        status, _, err = bench("--write", str(page), *argument)
        assert status == 2
        assert "whole run" in err


def test_each_table_has_marks_of_its_own_in_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- bench: begin -->\n<!-- bench: end -->\n")
    status, _, err = bench("--server", "--write", str(page))
    assert status == 2
    assert "expected a page with <!-- bench --server: begin -->" in err


def test_a_piece_that_is_not_there_is_refused_with_those_that_are() -> None:
    for arguments, there in ((["--only", "freshness"], "append"), (["--server"], "freshness")):
        status, _, err = bench(*arguments, "--only", "nothing")
        assert status == 2
        assert there in err
    assert bench("--no-rivals")[0] == 2
