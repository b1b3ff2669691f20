"""Each metric, asked about the simulated company, says what the company's script says; and moves
for the reason it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import pytest

from application.embedded_home import EmbeddedHome
from application.emit import Fact, emit_facts
from application.metrics import Metric, metric
from projections.metrics.registry import metrics
from simulator.company import INVOICES_FAIL, MEANS_LACK
from simulator.house import Timeline
from simulator.journal import Event
from simulator.local_time import DAY, micros, moment
from simulator.practices import AS_IT_IS, CAREFUL, SUSPICIOUS, Practices
from tests.compare import differences
from tests.homes import embedded_home
from tests.metrics.contrasts import Companies
from tests.metrics.moves import MOVES
from tests.metrics.truths import TRUTHS
from tests.simulator.notes import NotedPromise
from tests.simulator.practices import trust
from tests.simulator.practices.counting import standing
from tests.simulator.simulated import TOGETHER, told
from tests.simulator.truth import Truth

pytestmark = TOGETHER

SEED, CUSTOMERS = 11, 2000
COMPANIES: Final = {"as it is": AS_IT_IS, "careful": CAREFUL}


class Company(NamedTuple):
    """A simulated company: its home, the truth about it, and what each metric says, asked once."""

    home: EmbeddedHome
    truth: Truth
    answers: dict[str, Any]

    def ask(self, name: str, **asked: Any) -> Any:
        """The value of a metric at the end, asked in another way."""
        return metric(self.home, Metric(name=name, as_of=self.truth.end, **asked))["value"]


def _home(tmp: pytest.TempPathFactory, events: Iterable[Event]) -> EmbeddedHome:
    home = embedded_home(tmp.mktemp("home"))
    with home.writing() as ledger:
        assert sum(emit_facts(ledger, (Fact(*event) for event in events)))
    return home


def _company(tmp: pytest.TempPathFactory, practices: Practices) -> Company:
    _, events, truth = told(SEED, CUSTOMERS, practices)
    home = _home(tmp, events)
    asked = {
        name: Metric(name=name, as_of=truth.end if one.at is None else moment(one.at), by=one.by)
        for name, one in TRUTHS.items()
    }
    return Company(home, truth, {name: metric(home, one) for name, one in asked.items()})


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Company]:
    return {name: _company(tmp_path_factory, one) for name, one in COMPANIES.items()}


@pytest.fixture(scope="module")
def company(companies: dict[str, Company]) -> Company:
    """The company as it is."""
    return companies["as it is"]


def test_every_metric_has_a_truth_and_a_habit_that_moves_it() -> None:
    assert list(TRUTHS) == list(MOVES) == list(metrics())


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize("which", COMPANIES)
def test_a_metric_says_what_the_script_says(
    companies: dict[str, Company], which: str, name: str
) -> None:
    company = companies[which]
    assert differences(TRUTHS[name].expected(company.truth), company.answers[name]) == []


def test_a_metric_counts_the_facts_that_it_rests_on(company: Company) -> None:
    for name, answer in company.answers.items():
        at = micros(answer["as_of"])
        told = Counter(event.type for event in company.truth.told if event.time <= at)
        expected = {type_: told[type_] for type_ in answer["evidence"]}
        assert answer["evidence"] == expected, name


@pytest.mark.parametrize("name", MOVES)
def test_a_metric_moves_by_a_habit(companies: dict[str, Company], name: str) -> None:
    asked = Companies(companies["as it is"].answers, companies["careful"].answers)
    move = MOVES[name]
    assert move.wrong(name, asked) == [], move.habit


def _refunds(company: Company, *fates: str) -> list[NotedPromise]:
    """Those about which the script decided so, and that came to an end, once the last date that was
    given has passed."""
    end = micros(company.truth.end)
    return [
        each.promise
        for each in standing(company.truth)
        if each.promise.about == "refund"
        and each.promise.fate in fates
        and each.promise.settled_at <= end
        and each.turn.latest_due is not None
        and each.turn.latest_due < end
    ]


def test_dates_that_are_moved_just_before_they_fall_due(company: Company) -> None:
    """Payments moves the dates of refunds in their last two days, as often as the script does; by
    so many the score of the latest date is better, and by those that customers forgave."""
    refunds = [("about", "refund")]
    rows = company.ask("around_due", where=refunds)["rows"]
    days = {row["day"]: row["moved"] for row in rows if row["moved"]}
    told = [
        move
        for promise in company.truth.promises.values()
        if promise.fate == "moved_at_the_last"
        for move in promise.moves
    ]
    assert set(days) == {-1, 0}
    assert sum(days.values()) == len(told) > 10
    gap = company.ask("slip_gap", where=refunds)
    bought = _refunds(company, "moved_at_the_last", "forgiven")
    assert gap["a"]["count"] - gap["b"]["count"] == len(bought) > 10
    groups = company.answers["slip_gap"]["groups"]
    gaps = {one["key"]["department"]: one["value"]["difference"] for one in groups}
    assert gaps.pop("payments") > 2 * max(gaps.values())


def test_rules_that_end_conversations(companies: dict[str, Company]) -> None:
    """In the shop the rule is the last word; once it no longer is, the shop is like care."""

    def rates(name: str, which: str) -> dict[str, float]:
        groups = companies[which].answers[name]["groups"]
        return {one["key"]["department"]: one["value"]["rate"] for one in groups}

    lived, careful = (rates("no_next_step", which) for which in COMPANIES)
    assert lived["web-shop"] - lived["care"] > 0.5
    assert abs(careful["web-shop"] - careful["care"]) < 0.2
    solved, better = (rates("first_contact_resolution", which) for which in COMPANIES)
    assert better["web-shop"] - solved["web-shop"] > 0.2


def test_a_team_that_says_that_it_lacks_the_means_before_its_promises_fail(
    companies: dict[str, Company],
) -> None:
    start = micros(companies["as it is"].truth.start)
    lack, fail = (moment(Timeline(start).month(month)) for month in (MEANS_LACK, INVOICES_FAIL))
    copies = [("about", "invoice_copy")]
    for which, company in companies.items():
        told_before = _means(company, end=lack)
        told_after = _means(company, start=lack, end=fail)
        kept_before = company.ask("kept_agreed", where=copies, end=fail)["rate"]
        later = moment(micros(fail) + 3 * DAY)
        kept_after = company.ask("kept_agreed", where=copies, start=later)["rate"]
        if which == "as it is":
            assert told_before - told_after > 0.3
            assert kept_before - kept_after > 0.3
            still = company.ask("kept_agreed", where=copies, start=lack, end=fail)["rate"]
            assert still > kept_after + 0.3
        else:
            assert abs(told_before - told_after) < 0.2
            assert kept_before == kept_after == 1


def _means(company: Company, **window: Any) -> float:
    """Which share of accounting said in a window that they have the means."""
    rows = company.ask("pulse", where=[("department", "accounting")], **window)["rows"]
    return next(float(row["rate"]) for row in rows if row["question"] == "means_to_satisfy")


def test_reviews_that_are_not_those_of_the_draw(
    company: Company, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As many decisions are drawn, but of them only those that look strange are reviewed: abuse is
    everywhere, and of those sampled most wait."""
    _, events, truth = told(SEED, CUSTOMERS, SUSPICIOUS)
    decisions = [event for event in events if event.type.startswith("discretion.")]
    suspicious = Company(_home(tmp_path_factory, decisions), truth, {})
    reviewed = {}
    for name, one in (("drawn", company), ("suspicious", suspicious)):
        sampled, abuse = one.ask("sampled"), one.ask("abuse")
        assert abuse["of"] + abuse["waiting"] == sampled["count"] > 10
        assert abuse["waiting"] == trust.abuse_waiting(one.truth).total()
        reviewed[name] = abuse["of"] / sampled["count"], abuse["rate"]
    assert reviewed["drawn"][0] > reviewed["suspicious"][0] + 0.5
    assert reviewed["suspicious"][1] > reviewed["drawn"][1] + 0.3
