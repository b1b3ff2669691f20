"""The bench of the HTTP door runs, on very small sizes. How fast anything is is not tested."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from bench.__main__ import Chosen, main
from bench.http.aims import aims
from bench.http.pieces import groups, http_door
from bench.http.plan import HTTP_FULL, HttpSizes
from bench.plan import QUICK
from bench.server.plan import SERVER_QUICK

TINY = HttpSizes(runs=1, posted=120, batch=10, clients=3, asked=400, askers=3, questions=9, pages=1)

pytestmark = pytest.mark.xdist_group("bench")


def bench(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    chosen = Chosen(QUICK, SERVER_QUICK, TINY, whole=True)
    status = main(["--http", *arguments], out, err, full=chosen)
    return status, out.getvalue(), err.getvalue()


def test_every_piece_is_in_the_table_and_both_sides_keep_the_same(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before.\n\n<!-- bench --http: begin -->\n<!-- bench --http: end -->\n")
    status, out, err = bench("--scratch", str(tmp_path), "--write", str(page))
    assert (status, "Traceback" in err) == (0, False), err
    for group in groups(TINY):
        for piece in group.pieces:
            assert f"| {piece.title} " in out
    assert re.search(r"source and subject, are equal: 120 rows, \w+\.$", out, re.MULTILINE)
    assert "against a bare route that only inserts" in out
    assert str(tmp_path) not in out
    assert out in page.read_text()
    assert list(tmp_path.iterdir()) == [page]


def test_the_first_requests_of_each_client_do_not_count(tmp_path: Path) -> None:
    status, out, _ = bench("--scratch", str(tmp_path), "--only", "emit", "--json")
    assert status == 0
    found = json.loads(out)
    assert {piece["work"] for piece in found["pieces"] if piece["name"].startswith("emit")} == {90}


def test_every_answer_is_timed(tmp_path: Path) -> None:
    only = ("--only", "http-asks", "--only", "http-pages")
    status, out, err = bench("--scratch", str(tmp_path), *only, "--json")
    assert status == 0, err
    times = {piece["name"]: len(piece["seconds"]) for piece in json.loads(out)["pieces"]}
    asked = {name: count for name, count in times.items() if name.startswith("ask ")}
    assert set(asked.values()) == {TINY.questions}
    assert all(times[name] == TINY.pages for name in times.keys() - asked.keys())


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    assert bench("--only", "append")[0] == 2
    status, _, err = bench("--beside", str(tmp_path))
    assert status == 2
    assert "without --http" in err


def test_pieces_have_names_of_their_own_and_aims_name_them() -> None:
    bench = http_door(HTTP_FULL)
    names = [piece.name for group in bench.groups for piece in group.pieces]
    assert len(names) == len(set(names))
    assert {name for aim in aims(HTTP_FULL) for name in aim.of} <= set(names)
    materials = {piece.material for group in bench.groups for piece in group.pieces}
    assert materials <= bench.materials.keys()
