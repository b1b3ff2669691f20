"""The bench of the server home runs, on very small sizes. How fast anything is is not tested."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench import table
from bench.__main__ import Chosen, main
from bench.aims import verdicts
from bench.http.plan import HTTP_QUICK
from bench.plan import QUICK, Aim, Bench, Call, Group, Piece, Seen
from bench.running import Failed, Found, expect_equal, measure
from bench.server.pieces import server_home
from bench.server.plan import SERVER_FULL, Servers, ServerSizes
from bench.server.rivals import environment
from bench.terminal import Terminal
from tests.helpers import skip_or_fail

TINY = ServerSizes(runs=1, partitions=3, small=600, large=800, rate=100, seconds=1)
NOWHERE = Servers("", "")
MADE = "bench.server.rivals.table"

pytestmark = pytest.mark.xdist_group("bench")


def test_every_piece_of_our_own_runs_and_all_views_are_equal(
    broker: str, postgres_server: str, tmp_path: Path
) -> None:
    bench = server_home(TINY, Servers(broker, postgres_server), None, "not wanted here")
    said: list[str] = []
    found = measure(bench, tmp_path, said.append)
    names = {piece.name for group in bench.groups for piece in group.pieces}
    assert found.results.keys() == names
    works = {name: seen.work for name, seen in found.results.items()}
    assert works.pop("freshness") == 1
    assert works.pop("rebuild") == TINY.large
    assert set(works.values()) == {TINY.small}
    assert len(found.results["freshness"].seconds) == TINY.rate * TINY.seconds
    assert all(seconds > 0 for seconds in found.results["freshness"].seconds)
    judged = verdicts(found.results, bench.aims)
    assert len(judged) == len(bench.aims) == 4
    text = table.report(bench, found, judged, "a machine")
    assert "freshness at 100 facts a second, p99" in text
    assert "- Not measured: bytewax, with recovery (not wanted here)." in text
    assert re.search(r"by workers and by the rebuild.* are equal: [1-9]\d* rows, \w+; ", text)
    assert "p99" in text


def test_rivals_fill_equal_tables(broker: str, postgres_server: str, tmp_path: Path) -> None:
    if not environment.installed():
        pytest.skip("bench/.venv is not there: ./pledger bench --server makes it")
    servers = Servers(broker, postgres_server)
    bench = server_home(TINY, servers, str(environment.PYTHON))
    (group,) = (group for group in bench.groups if group.name == "table")
    rivals = tuple(piece for piece in group.pieces if piece.call.python is not None)
    found = measure(replace(bench, groups=[replace(group, pieces=rivals)]), tmp_path, print)
    assert found.without == {}
    assert found.results.keys() == {"runner", "quix", "wax", "wax recovery"}
    assert len({seen.digest for seen in found.results.values()}) == 1


def test_servers_are_started_for_it_and_stopped() -> None:
    out, err = io.StringIO(), io.StringIO()
    chosen = Chosen(QUICK, TINY, HTTP_QUICK, whole=True)
    arguments = ["--server", "--no-rivals", "--only", "produce"]
    status = main(arguments, out, err, full=chosen)
    if "there is no" in err.getvalue():
        skip_or_fail(err.getvalue())
    assert status == 0, err.getvalue()
    assert "| produce, batches of 10,000 " in out.getvalue()
    assert "fsync = on" in out.getvalue()
    assert "(--no-rivals)" in out.getvalue()


def test_where_no_server_can_be_started_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    out, err = io.StringIO(), io.StringIO()
    assert main(["--server", "--no-rivals", "--quick"], out, err) == 1
    assert out.getvalue() == ""
    assert "there is no java (on Debian: apt-get install" in err.getvalue()


def test_pieces_have_names_of_their_own_and_aims_name_them() -> None:
    bench = server_home(SERVER_FULL, NOWHERE, "python")
    names = [piece.name for group in bench.groups for piece in group.pieces]
    assert len(names) == len(set(names))
    assert {name for aim in bench.aims for name in aim.of} <= set(names)
    materials = {piece.material for group in bench.groups for piece in group.pieces}
    assert materials <= bench.materials.keys()


def test_without_their_environment_rivals_are_left_out_and_named() -> None:
    bench = server_home(SERVER_FULL, NOWHERE, None, "no index in reach")
    pieces = [piece for group in bench.groups for piece in group.pieces]
    assert all(piece.call.python is None for piece in pieces)
    assert [piece.name for piece in pieces if piece.name in {"quix", "wax", "runner"}] == []
    assert len(bench.without) == 4
    assert set(bench.without.values()) == {"no index in reach"}


def failing(python: str | None) -> Bench:
    """Two pieces, the first of which fails."""
    bad = Piece("bad", "· somebody's", "m", Call("bench.nowhere:nothing", {}, python))
    good = Piece("good", "ours", "m", Call("bench.processes:show_help", {"times": 1}))
    groups = [Group("g", "G", (bad, good))]
    return Bench({}, groups, {"m": Call("os:listdir")}, 2, [])


def test_a_piece_of_somebody_else_that_fails_is_left_out_with_the_reason(tmp_path: Path) -> None:
    said: list[str] = []
    found = measure(failing(sys.executable), tmp_path, said.append)
    assert found.results.keys() == {"good"}
    assert "No module named 'bench.nowhere'" in found.without["· somebody's"]
    assert sum("left out" in line for line in said) == 1
    text = table.report(failing(None), found, [], "a machine")
    assert "- Not measured: somebody's (expected bench.nowhere:nothing to end well" in text


def test_a_piece_of_ours_that_fails_ends_the_bench(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="bench.nowhere:nothing to end well"):
        measure(failing(None), tmp_path, print)


def test_results_that_must_be_equal_are_held_against_each_other_across_groups() -> None:
    call = Call("bench.nowhere:nothing")
    one, other = (Piece(name, name, "m", call, equal="All") for name in ("one", "other"))
    groups = [Group("a", "A", (one,)), Group("b", "B", (other,))]
    seen = {name: Seen([1.0], 1, 1, "same") for name in ("one", "other")}
    expect_equal(groups, seen)
    bench = Bench({}, groups, {}, 1, [])
    assert "All are equal: same." in table.report(bench, Found(seen, {}), [], "a machine")
    with pytest.raises(Failed, match="All: expected equal results"):
        expect_equal(groups, seen | {"other": Seen([1.0], 1, 1, "different")})
    elsewhere = [groups[0], Group("b", "B", (replace(other, material="n"),))]
    expect_equal(elsewhere, seen | {"other": Seen([1.0], 1, 1, "different")})


def test_of_many_small_waits_the_slowest_are_told() -> None:
    seen = Seen([number / 1000 for number in range(1, 1001)], 1, 1024)
    assert seen.p99 == pytest.approx(0.99, abs=0.001)
    piece = Piece("fresh", "freshness", "m", Call("bench.nowhere:nothing"), None, tail=True)
    text = table.figures([Group("g", "G", (piece,))], {"fresh": seen})
    assert "1,000 facts" in text
    assert "500.5 ms" in text
    assert "p99 990.0, max 1,000.0" in text


def test_pairs_are_compared_run_by_run() -> None:
    call = Call("bench.nowhere:nothing")
    ours, theirs = Piece("ours", "ours", "m", call), Piece("theirs", "· theirs", "m", call)
    bench = Bench({}, [Group("g", "G", (ours, theirs))], {}, 3, [], pairs=[("ours", "theirs")])
    # The machine was slow in the second run, for both.
    results = {"ours": Seen([1.0, 4.0, 1.0], 10, 1), "theirs": Seen([2.0, 8.0, 3.0], 10, 1)}
    (text,) = table.compared(bench, results)
    assert "| ours |  theirs |        2.00 × |" in text
    assert table.compared(bench, {"ours": results["ours"]}) == []


def test_an_aim_of_freshness_is_about_the_slowest() -> None:
    (aim,) = (aim for aim in server_home(SERVER_FULL, NOWHERE, "").aims if aim.at_most)
    assert isinstance(aim, Aim)
    assert aim.figure({"freshness": Seen([0.5, 2.0], 1, 1)}) > 1000


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def test_what_is_under_way_is_shown_on_a_terminal_only() -> None:
    for stream, shown in ((Screen(), True), (io.StringIO(), False)):
        terminal = Terminal(stream)
        terminal.begin("doing")
        terminal.say("done")
        assert ("doing" in stream.getvalue()) is shown
        assert stream.getvalue().endswith("done\n")
