"""Wrong calls: exit status 2, a reason in words, and nothing on standard output."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.entrypoints.refusals import refused
from tests.entrypoints.small import AS_OF, id_of
from tests.helpers import Outcome, ask, run

#: A call of each command that asks about two times.
ASKS: dict[str, list[str]] = {
    "promises": [],
    "commitment": ["ROSE"],
    "commitments": [],
    "due": ["--within", "P7D"],
    "balance": ["--from", "2026-01-01T00:00:00Z", "--to", "2026-02-01T00:00:00Z"],
    "customer": ["customer:5"],
    "journeys": [],
    "journey": [id_of(1)],
    "suspense": [],
    "health": [],
    "facts": [],
}

#: A call of each command that needs a home that is there.
ON_HOMES = {**ASKS, "sql": ["SELECT 1"], "rebuild": []}

NO_TIMES = (
    "2026-03-01T00:00:00",
    "2026-03-01",
    "2026-03-01 00:00:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "2026-03-01T25:00:00Z",
    "2026-03-01T24:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-03-01T00:00:60Z",
    "2026-03-01T00:00:00+24:00",
    "٢٠٢٦-03-01T00:00:00Z",
    "now",
    "",
)


@pytest.mark.parametrize("time", NO_TIMES)
def test_times_that_are_none(home: Path, time: str) -> None:
    for command, rest in ASKS.items():
        for option in ("--as-of", "--known-at"):
            assert "such as 2026-03-01T09:30:00+01:00" in refused(
                home, [command, *rest, option, time]
            )
    for argv in (
        ["promises", "--due-from", time],
        ["promises", "--due-to", time],
        ["balance", "--from", time, "--to", AS_OF],
        ["balance", "--from", AS_OF, "--to", time],
    ):
        assert "expected an instant" in refused(home, argv)


@pytest.mark.parametrize("position", ["@", "@-1", "@x", "@1.5", "@ 1", "@+1", "@²", "@" + "9" * 19])
def test_positions_that_are_none(home: Path, position: str) -> None:
    why = refused(home, ["promises", "--known-at", position])
    assert f"@ and a position such as @12 or @0:12,1:7, saw {position!r}" in why


@pytest.mark.parametrize("position", ["25", "2:2", "0:12,1:7"])
def test_positions_without_their_sign(home: Path, position: str) -> None:
    why = refused(home, ["promises", "--known-at", position])
    assert f"a position has @ in front, such as @{position}" in why


def test_positions_beyond_the_head(home: Path) -> None:
    for command, rest in ASKS.items():
        why = refused(home, [command, *rest, "--known-at", "@26"])
        assert "whose last one is 25, saw @26" in why
    assert "saw @9" in refused(home, ["promises", "--known-at", "@" + "9" * 18])


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_ends_of_time_can_be_asked_about(home: Path, time: str) -> None:
    for command, rest in ASKS.items():
        if command not in {"commitment", "journey", "due"}:
            for known in ("@20", "@25"):
                outcome = run(home, [command, *rest, "--as-of", time, "--known-at", known])
                assert (outcome.code, outcome.err) == (0, "")
    assert ask(home, ["due", "--within", "PT0S", "--as-of", time])["due"] is not None


@pytest.mark.parametrize("id", ["NOPE", "", "rose", "ROSE ", "x\0y", "' OR 1=1 --", "x" * 5000])
def test_a_commitment_that_is_unknown(home: Path, id: str) -> None:
    why = refused(home, ["commitment", id])
    assert "expected the id of a promise" in why
    assert "'./pledger commitments' lists those there are, './pledger suspense' what waits" in why


def test_a_commitment_that_was_not_made_yet_or_not_known_yet(home: Path) -> None:
    assert ask(home, ["commitment", "ROSE", "--as-of", "2026-01-02T10:00:00Z"])
    refused(home, ["commitment", "ROSE", "--as-of", "2026-01-02T09:59:59.999999Z"])
    assert ask(home, ["commitment", "ROSE", "--known-at", "@2"])
    refused(home, ["commitment", "ROSE", "--known-at", "@1"])
    refused(home, ["commitment", "NOBODY"])


@pytest.mark.parametrize("id", ["NOPE", "", id_of(999), id_of(2), id_of(21), "0" * 32, "{}", "\0"])
def test_a_journey_that_is_unknown(home: Path, id: str) -> None:
    """A fact that is not the first of its journey is none either, nor is one without refs."""
    why = refused(home, ["journey", id])
    assert "expected the id of a journey" in why
    assert "'./pledger journeys' and './pledger customer" in why


@pytest.mark.parametrize("id", ["customer:nobody", "", "x\0y'"])
def test_a_customer_whom_no_fact_names(home: Path, id: str) -> None:
    for argv in (
        ["customer", id],
        ["commitments", "--customer", id],
        ["journeys", "--customer", id],
    ):
        why = refused(home, argv)
        assert f"expected a party that some fact names, saw {id!r}; an id has its kind" in why


@pytest.mark.parametrize("id", ["8412", "custmer:8412", "Customer:8412", " customer:8412"])
def test_a_customer_that_may_have_been_meant(home: Path, id: str) -> None:
    for argv in (
        ["customer", id],
        ["commitments", "--customer", id],
        ["journeys", "--customer", id],
    ):
        assert "did you mean customer:8412?" in refused(home, argv)


@pytest.mark.parametrize("id", ["customer:8412", "customer:9000", "department:shop"])
def test_a_party_that_is_named_may_have_nothing(home: Path, id: str) -> None:
    """At a time before anything was so, and a team that was only promised something."""
    early = ["--as-of", "2025-01-01T00:00:00Z"]
    found = ask(home, ["customer", id, *early])
    assert (found["journeys"], found["loose"], set(found["promises"].values())) == ([], [], {0})
    for name in ("commitments", "journeys"):
        assert ask(home, [name, "--customer", id, *early]) == {name: [], "next": None}
    refused(home, ["customer", id, "--known-at", "@0"])


@pytest.mark.parametrize(
    ("id", "meant"), [("rose", "ROSE"), ("commitment:ROSE", "ROSE"), (" LILY", "LILY")]
)
def test_a_commitment_that_may_have_been_meant(home: Path, id: str, meant: str) -> None:
    for form in ([], ["--json"]):
        assert f"did you mean {meant}? './pledger commitments'" in refused(
            home, ["commitment", id, *form]
        )


def test_a_journey_that_may_have_been_meant(home: Path) -> None:
    why = refused(home, ["journey", id_of(2)])
    assert f"did you mean {id_of(1)}, in which it is a step? './pledger journeys'" in why


@pytest.mark.parametrize("number", ["0", "-1", "x", "", "1.5", "+1", " 1", "１", "9" * 13])
def test_numbers_that_are_no_count(home: Path, number: str) -> None:
    for argv in (
        ["commitments", "--limit"],
        ["journeys", "--limit"],
        ["suspense", "--limit"],
        ["commitment", "ROSE", "--limit"],
        ["facts", "--limit"],
        ["facts", "--from-position"],
        ["demo", "--customers"],
        ["demo", "--seed"],
    ):
        assert f"expected a whole number from 1, saw {number!r}" in refused(home, [*argv, number])


@pytest.mark.parametrize(
    "zone", ["", "Europe", "../x", "/etc/passwd", "Nowhere/City", "+01:00", "GMT+1", "\0", "."]
)
def test_zones_that_are_none(home: Path, zone: str) -> None:
    assert "such as Europe/Paris" in refused(home, ["promises", "--timezone", zone])


@pytest.mark.parametrize("pair", ["department", "nope=1", "=x", "=", "", "Department=care", "\0=1"])
def test_conditions_that_are_none(home: Path, pair: str) -> None:
    why = refused(home, ["promises", "--where", pair])
    assert "expected KEY=VALUE with a key among department, about, channel, month_due" in why


@pytest.mark.parametrize(
    "duration",
    [
        "",
        "P",
        "PT",
        "7",
        "P7",
        "7D",
        "P-1D",
        "P1.5D",
        " P1D",
        "P1D ",
        "PT1S1H",
        "P1H",
        "P9999999Y",
        "P" + "9" * 20 + "D",
        "P" + "9" * 18 + "D",
        "PT" + "9" * 18 + "H",
        "PT0.0000001S",
        "１D",
        "one week",
    ],
)
def test_durations_that_are_none_or_lead_out_of_time(home: Path, duration: str) -> None:
    why = refused(home, ["due", "--within", duration, "--as-of", AS_OF])
    assert "P7D" in why or "years 1 to 9999" in why or "finer than a microsecond" in why


@pytest.mark.parametrize(
    ("command", "start", "end"),
    [("balance", "--from", "--to"), ("promises", "--due-from", "--due-to")],
)
def test_a_time_that_ends_before_it_begins(home: Path, command: str, start: str, end: str) -> None:
    argv = [command, start, "2026-02-01T00:00:00Z", end, "2026-01-31T23:59:59.999999Z"]
    assert "an end at or after the start, saw 2026-01-31T23:59:59.999999Z before" in refused(
        home, argv
    )


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        ([], "expected a command, saw none; begin with './pledger demo'"),
        (["nope"], "expected a command, saw 'nope'; see './pledger --help'"),
        (["promisses"], "expected a command, saw 'promisses'; did you mean promises?"),
        (["--home", "x", "due"], "expected a command first, saw the option '--home'; options come"),
        (["--json=1"], "expected a command first, saw the option '--json'"),
        (["promises", "--by", "nope"], "--by: expected one of department, about"),
        (["promises", "--by", "departement"], "saw 'departement'; did you mean department?"),
        (["promises", "--as-of", "2026-01-01"], "did you mean 2026-01-01T00:00:00Z?"),
        (["facts", "--known-at", "2026-01-01 10:00"], "did you mean 2026-01-01T10:00:00Z?"),
        (["due", "--within"], "--within: expected one argument; see './pledger due --help'"),
        (["balance", "--from", AS_OF, "--to", AS_OF, "--by", "channel"], "saw 'channel'"),
        (["commitments", "--status", "open"], "expected one of pending, overdue"),
        (["sql", "SELECT 1", "--format", "xml"], "expected one of table, csv, json, parquet, saw"),
        (["due"], "expected also --within, saw a call without; see './pledger due --help'"),
        (["balance", "--to", AS_OF], "expected also --from"),
        (["commitment"], "expected also ID"),
        (["journey"], "expected also ID"),
        (["customer"], "expected also ID"),
        (["emit"], "expected also FILE"),
        (["sql"], "expected also QUERY"),
        (["import", "x"], "expected also --data"),
        (["import", "x", "--data", "y", "--set", "novalue"], "expected NAME=VALUE, saw 'novalue'"),
        (["import", "x", "--data", "y", "--set", "=v"], "expected NAME=VALUE, saw '=v'"),
        (["facts", "--type", "nope"], "expected a type of the catalogue, saw 'nope'"),
        (["promises", "--where", "departement=care"], "did you mean department?"),
        (["promises", "--where", "department"], "saw 'department'; write department=VALUE"),
        (["rebuild", "--without", "-5"], "expected a position, or A-B of at most"),
        (["rebuild", "--without", "-5"], "saw '-5'"),
        (["rebuild", "--without", "5-"], "saw '5-'"),
        (["rebuild", "--with", "7-x"], "saw '7-x'"),
        (["rebuild", "--with", "7-6"], "saw '7-6'"),
        (["facts", "--type", "commitment.maid"], "did you mean commitment.made?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_calls_that_are_not_understood(home: Path, argv: list[str], why: str) -> None:
    words = [*argv, "--home", str(home)] if argv and argv[-1] != "--within" else argv
    assert why in refused(None, words)


@pytest.mark.parametrize("argv", [["promises", "extra"], ["promises", "--asof", AS_OF]])
def test_words_that_no_command_knows(home: Path, argv: list[str]) -> None:
    """Nor are options guessed from their beginnings."""
    outcome = run(home, argv)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"pledger: unrecognized arguments: {argv[1]}")
    assert outcome.err.endswith("; see './pledger promises --help'\n")
    assert ("did you mean --as-of?" in outcome.err) == (argv[1] == "--asof")
    assert run(home, ["promises", "--j"]).code == 2


def test_options_that_a_command_does_not_take(home: Path) -> None:
    for argv in (["sql", "SELECT 1", "--as-of", AS_OF], ["promises", "--lines"], ["rebuild", "x"]):
        assert run(home, argv).code == 2


def test_bytes_that_are_no_text(home: Path) -> None:
    for argv in (
        ["commitment", "\udcff"],
        ["customer", "\udcff"],
        ["commitments", "--department", "\udcff"],
        ["promises", "--where", "about=\udcff"],
        ["facts", "--ref", "\udcff"],
        ["sql", "SELECT '\udcff'"],
    ):
        assert "expected a call in UTF-8, saw other bytes" in refused(home, argv)


@pytest.mark.parametrize("command", ON_HOMES)
def test_homes_that_are_none(command: str, tmp_path: Path) -> None:
    argv = [command, *ON_HOMES[command]]
    (tmp_path / "file").write_text("x")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "notes.txt").write_text("x")
    for name in ("missing", "file", "foreign", "file/within"):
        why = refused(tmp_path / name, argv)
        assert f"expected a home with a ledger, saw none in {str(tmp_path / name)!r}" in why
        assert "--home or PLEDGER_HOME" in why
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "foreign", "notes.txt"]


def test_facts_go_to_no_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for name in ("file", "file/within"):
        for argv in (["emit", "-"], ["import", "mappings/example", "--data", "."]):
            assert "expected a folder for the home, saw a file" in refused(tmp_path / name, argv)
    assert (tmp_path / "file").read_text() == "x"


def test_a_file_that_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("not a database at all, whatever its name")
    for argv in (["promises"], ["emit", "-"], ["rebuild"]):
        outcome: Outcome = run(tmp_path, argv)
        assert (outcome.code, outcome.out) == (1, "")
        assert "expected a ledger, which is a SQLite database" in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.sqlite"]


def test_an_empty_folder_is_a_home_that_waits(tmp_path: Path) -> None:
    found = ask(tmp_path, ["promises"])
    assert (found["known_at"], found["counts"]["made"]) == (0, 0)
    for command, rest in ON_HOMES.items():
        if command not in {"commitment", "journey", "customer"}:
            assert run(tmp_path, [command, *rest]).code == 0
    refused(tmp_path, ["commitment", "ROSE"])
    refused(tmp_path, ["customer", "customer:5"])
    refused(tmp_path, ["journey", id_of(1)])
    assert ask(tmp_path, ["rebuild"])["position"] == 0


@pytest.mark.parametrize("name", ["missing.jsonl", "", "x\0y", "."])
def test_files_that_can_not_be_emitted(name: str, tmp_path: Path) -> None:
    assert "expected a file of JSON lines" in refused(tmp_path / "home", ["emit", name])
    assert not (tmp_path / "home").exists()


def test_imports_that_can_not_be_run(tmp_path: Path) -> None:
    """Remedies name the options of the command line."""
    argv = ["import", "mappings/example", "--data", str(tmp_path / "nowhere")]
    assert "expected a folder of data, saw no " in refused(tmp_path / "home", argv)
    assert "; name it with --data" in refused(tmp_path / "home", argv)
    argv[-1] = "mappings/example/data"
    assert "; give one with --name" in refused(tmp_path / "home", [*argv, "--name", "a/b"])
    why = refused(tmp_path / "home", [*argv, "--set", "colour=red"])
    assert "saw colour; correct the name that --set gives, or leave it out" in why
