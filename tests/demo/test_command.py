"""``./pledger demo``: what it shows is the truth, and what it says to type works."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

from application.json_answers import instant_to_text
from domain.suspense import Reason
from entrypoints.cli.demo.pages import broken
from entrypoints.cli.demo.questions import AS_OF
from entrypoints.http import serving
from projections.queries.health import UNREADABLE, Kind
from simulator.company import DEPARTMENTS
from simulator.simulation import CUSTOMERS, END, SEED, SMALL
from tests.compare import differences
from tests.demo import answers
from tests.demo.made import ANSWERS, demo, names, stages
from tests.demo.made import answers as without_times
from tests.helpers import ask, run
from tests.simulator.simulated import told
from tests.simulator.truth import Truth

pytestmark = pytest.mark.xdist_group("demo")

#: As of when the page asks.
AT = ["--as-of", instant_to_text(AS_OF)]
DAY = timedelta(days=1)
INSTANTS: dict[str, timedelta] = {
    "at the end": timedelta(0),
    "a year before": timedelta(days=365),
    "in autumn": timedelta(days=100, hours=5),
    "at the very start": timedelta(days=3 * 365),
}
at_instants = pytest.mark.parametrize("before", INSTANTS.values(), ids=INSTANTS)


class Made(NamedTuple):
    """A home with the small demo, and what its first run answered."""

    home: Path
    found: dict[str, Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    home = tmp_path_factory.mktemp("demo") / "home"
    return Made(home, demo(home, "--small"))


@pytest.fixture(scope="module")
def truth() -> Truth:
    return told(SEED, SMALL).truth


def _as_of(before: timedelta) -> datetime:
    return END - before


def test_what_it_shows_is_the_truth(made: Made, truth: Truth) -> None:
    a_year_before = END.replace(year=END.year - 1)
    rosebush, counter = truth.stories["rosebush"], truth.stories["counter"]
    expected = {
        "home": str(made.home),
        "seed": SEED,
        "customers": SMALL,
        "as_of": instant_to_text(AS_OF),
        "facts": truth.facts,
        "reused": False,
        "promises": truth.scoreboard(by="department"),
        "balance": truth.balance(a_year_before, END, "department"),
        "due": truth.due(timedelta(days=7)),
        "rosebush": {
            "journey": {"journey_id": rosebush.journey_id, "facts": rosebush.facts},
            "commitment": truth.commitment("ROSEBUSH"),
        },
        "counter": {"journey": {"journey_id": counter.journey_id, "facts": counter.facts}},
        "suspense": truth.suspense(),
    }
    assert differences(expected, made.found) == []
    assert stages(made.found) == ["emitted", "projected", "asked"]
    emitted = made.found["stages"][0]
    assert emitted["late"] == truth.late
    assert emitted["twice"] == truth.emitted - truth.facts
    assert emitted["added"] == truth.facts


def test_the_payment_is_in_suspense_when_the_customer_is_not_believed(
    made: Made, truth: Truth
) -> None:
    steps = made.found["counter"]["journey"]["steps"]
    (checked,) = [step["time"] for step in steps if step["type"] == "entitlement.checked"]
    seen = made.found["counter"]["suspense"]
    assert differences(truth.suspense(datetime.fromisoformat(checked)), seen) == []
    assert "PAYMENT-LOST" in {item["about"] for item in seen["items"]}
    assert "PAYMENT-LOST" not in {item["about"] for item in made.found["suspense"]["items"]}


def test_health_finds_what_is_wrong_with_it_and_nothing_else(made: Made, truth: Truth) -> None:
    found = _findings(made, END)
    assert found == truth.health()["findings"]
    # What is left is found while nobody has reported anything of a type.
    assert {one["kind"] for one in found} == {*get_args(Kind)} - {"no_evidence"}
    waiting = {one["reason"] for one in found if "reason" in one}
    assert waiting == {*get_args(Reason)} - {*UNREADABLE}


def test_in_its_first_days_nobody_has_reported_what_a_figure_rests_on(
    made: Made, truth: Truth
) -> None:
    first, week = _findings(made, truth.start + 5 * DAY), _findings(made, truth.start + 12 * DAY)
    assert first == truth.health_at_first(truth.start + 5 * DAY)["findings"]
    assert week == truth.health_at_first(truth.start + 12 * DAY)["findings"]
    (unreported,) = [one["examples"] for one in first if one["kind"] == "no_evidence"]
    assert unreported == ["customer.chased", "commitment.rescheduled"]
    (unreported,) = [one["examples"] for one in week if one["kind"] == "no_evidence"]
    assert unreported == ["customer.chased"]


def _findings(made: Made, as_of: datetime) -> list[dict[str, Any]]:
    found = ask(made.home, ["health", "--as-of", instant_to_text(as_of)])["findings"]
    return [{k: v for k, v in one.items() if k not in ("says", "remedy")} for one in found]


def test_its_metrics_are_what_their_commands_answer(made: Made, page: str) -> None:
    seen = made.found["metrics"]
    asked = [words for words in commands(page) if words[0] == "metric"]
    named = [*(seen[name] for name in ("slip_gap", "around_due", "moved", "cooperation"))]
    for words, answer in zip(asked, [*named, *seen["habits"]], strict=True):
        assert differences(answer, ask(made.home, words[: words.index("--home")] + AT)) == []
        assert answer["unreported"] == []


def test_a_good_number_lies_and_others_say_why(made: Made) -> None:
    seen = made.found["metrics"]
    gap = seen["slip_gap"]["value"]
    assert gap["difference"] > 0.2
    moved = {row["day"]: row["moved"] for row in seen["around_due"]["value"]["rows"]}
    assert sum(moved.values()) == moved[-1] + moved[0] > 5
    assert all(unit["counted"] for unit in seen["moved"]["units"])
    (approvals,) = [row for row in seen["cooperation"]["value"]["rows"] if row["to"] == "payments"]
    assert (approvals["from"], approvals["rate"] < 0.6) == ("accounting", True)


@at_instants
def test_every_board_and_list(made: Made, truth: Truth, before: timedelta) -> None:
    assert list(answers.wrong_boards(made.home, truth, _as_of(before))) == []


@at_instants
def test_every_promise(made: Made, truth: Truth, before: timedelta) -> None:
    assert list(answers.wrong_commitments(made.home, truth, _as_of(before))) == []


def test_every_watched_customer_and_both_stories(made: Made, truth: Truth) -> None:
    assert len(truth.watched) > 20
    assert list(answers.wrong_customers(made.home, truth, truth.watched)) == []
    assert list(answers.wrong_stories(made.home, truth)) == []


def test_what_is_known_only_grows(made: Made, truth: Truth) -> None:
    heads = [0, truth.facts // 3, truth.facts // 2, truth.facts - 1, truth.facts]
    argv = ["promises", "--as-of", instant_to_text(AS_OF), "--known-at"]
    boards = [ask(made.home, [*argv, f"@{head}"]) for head in heads]
    counts = [board["counts"]["made"] for board in boards]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[1] < counts[2] < counts[-1]
    assert differences(truth.scoreboard(), boards[-1]) == []


def test_a_second_run_uses_what_is_there(made: Made) -> None:
    again = demo(made.home, "--small")
    assert again["reused"] is True
    assert stages(again) == ["reused", "asked"]
    assert {key: again[key] for key in ANSWERS} == {key: made.found[key] for key in ANSWERS}
    assert "views.duckdb" in names(made.home)


def test_the_same_seed_gives_the_same_answers_and_another_one_others(
    made: Made, tmp_path: Path
) -> None:
    again = demo(tmp_path / "again", "--customers", str(SMALL), "--seed", str(SEED))
    assert without_times(again) == without_times(made.found)
    other = demo(tmp_path / "other", "--customers", "60", "--seed", "8")
    truth = told(8, 60).truth
    assert differences(truth.scoreboard(by="department"), other["promises"]) == []
    assert other["customers"] == 60


# ---------------------------------------------------------------------------------- for people


@pytest.fixture(scope="module")
def page(made: Made) -> str:
    outcome = run(made.home, ["demo", "--small"])
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out


def commands(page: str) -> Iterator[list[str]]:
    """The commands of a page, as a shell takes them apart."""
    for found in re.findall(r"^  \$ ((?:.*\\\n)*.*)", page, re.MULTILINE):
        program, *words = shlex.split(found.replace("\\\n", ""))
        assert program == "./pledger"
        yield words


def test_every_command_that_is_shown_works(made: Made, page: str) -> None:
    shown = list(commands(page))
    assert len(shown) > 12
    assert all(["--home", str(made.home)] == words[words.index("--home") :][:2] for words in shown)
    assert shown.pop()[0] == "serve"  # which does not end by itself: see test_served
    for words in shown:
        outcome = run(None, words)
        assert (outcome.code, outcome.err) == (0, ""), words
        assert outcome.out.strip(), words


def test_a_page_is_what_the_command_above_it_prints(made: Made, page: str) -> None:
    asks = ("promises", "balance", "journey", "metric")
    whole = [words for words in commands(page) if words[0] in asks][:7]
    assert [words[0] for words in whole] == ["promises", "balance"] + ["journey"] * 2 + [
        "metric"
    ] * 3
    for words in whole:
        assert run(None, words).out in page


def test_the_page_tells_the_stories(made: Made, truth: Truth, page: str) -> None:
    flat = " ".join(page.split())
    counts = made.found["promises"]["counts"]
    due = made.found["due"]["due"]
    assert f"{truth.facts:,} facts of {SMALL:,} customers" in flat
    assert f"{counts['kept']:,} kept" in flat
    assert f"the first 10 of {len(due)}: {counts['overdue']} overdue" in flat
    for name in DEPARTMENTS:
        assert re.search(rf"^  {name} ", page, re.MULTILINE)
    assert "6 months 21 days later, without a reminder, the company writes first" in flat
    assert "3 days 12 hours later, at the counter, no payment is found" in flat
    assert "it had PAYMENT-LOST in suspense (unlinked payment), since 2025-06-15 19:14" in flat
    assert "STRAY-TRANSFER" in flat


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_on_a_terminal_it_is_the_same_text_with_colours(
    made: Made, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from entrypoints.cli.main import main

    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(serving, "serve", lambda door, place, opened, on_begin: not on_begin())
    stdout = Terminal()
    argv = ["demo", "--small", "--home", str(made.home)]
    assert main(argv, io.BytesIO(), stdout, io.StringIO()) == 0
    coloured = stdout.getvalue()
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert bare != coloured
    plain = run(made.home, ["demo", "--small"]).out
    whole, _, served = bare.rpartition(f"{made.home} is served at ")
    assert "http://127.0.0.1:" in served
    assert _lines(whole) == _lines(plain)
    sentences = [line for line in plain.splitlines() if not re.match(r" +(\$|--|http:)", line)]
    assert max(map(len, sentences)) <= max(columns, 80)


def _lines(page: str) -> list[str]:
    """The lines of a page, without the seconds that this run has taken, and its port."""
    same = re.sub(r"http://127\.0\.0\.1:\d+", "http://here", page)
    return [re.sub(r" +\d+\.\d s$", "", line).rstrip() for line in same.splitlines()]


def test_a_command_is_broken_before_options_alone() -> None:
    words = ("./pledger", "sql", "SELECT 1 -- one", "--home", "my home --small", "--as-of", "T")
    for width in (1, 30, 45, 200):
        lines = broken(words, width)
        assert tuple(shlex.split(" ".join(lines))) == words
        assert all(line.startswith("--") for line in lines[1:])
    assert len(broken(words, 200)) == 1


def test_the_help_tells_the_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(None, ["demo", "--help"])
    assert outcome.code == 0
    for told_of in (f"{CUSTOMERS:,}", f"{SMALL:,}", f"default: {SEED}", "./pledger demo --small"):
        assert told_of in outcome.out
