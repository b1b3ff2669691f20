"""The company lives out its practices, good and harmful: a practice a test, counted over facts."""

from __future__ import annotations

from collections import Counter
from functools import cache

from simulator import company
from simulator.local_time import DAY
from tests.simulator.practices import journeys, people, resolution, trust, voice
from tests.simulator.practices.counting import (
    Share,
    cohort,
    end_of,
    ended,
    kept,
    of_type,
    shares,
    speaks,
    whole,
)
from tests.simulator.simulated import TOGETHER, told
from tests.simulator.truth import Truth

pytestmark = TOGETHER

MONTH = 30 * DAY


@cache
def truth() -> Truth:
    return told(11, 3000).truth


@cache
def start() -> int:
    return end_of(truth()) - int(3 * 365.25) * DAY


# ------------------------------------------------------------------------------------ trust


def test_some_transfers_are_linked_by_no_system_and_some_never() -> None:
    unlinked = trust.unlinked_payments(truth())
    assert unlinked["card"].count == unlinked["wallet"].count == 0
    assert unlinked["transfer"].of > 10
    assert trust.unlinked_amount(truth())["transfer"].cents["EUR"] > 0


def test_a_strict_rule_takes_honest_customers_for_cheats() -> None:
    wrong = trust.wrongful_suspicion(truth())
    assert wrong["voucher-once"].rate > 0.5
    assert wrong["voucher-known"].rate < 0.4
    assert all(part.of > 5 for rule, part in wrong.items() if rule is not None)
    assert {check.body["outcome"] for check in of_type(truth(), "entitlement.checked")} == {
        "confirmed",
        "refused",
        "not_found",
    }


def test_some_pay_twice_and_are_paid_back_whole_in_halves_or_not() -> None:
    assert set(trust.paid_twice(truth())["web-shop"].cents) == {"EUR", "CHF"}
    times = trust.time_to_repair(truth())["web-shop"]
    assert 0 < ended(times) < len(times)
    halves = [
        event
        for event in of_type(truth(), "payment.refunded")
        if event.body.get("reason") == "charged_twice"
    ]
    assert len(halves) > ended(times)


def test_reviews_that_were_chosen_say_nothing_about_decisions_that_were_not() -> None:
    """Care draws its reviews. The shop picks them: its reviews find abuse everywhere, and since
    none was drawn, there is no rate."""
    sampled, found = trust.sampled(truth()), trust.abuse(truth())
    assert 0.1 < sampled["care"].rate < 0.3
    assert sampled["web-shop"] == Share(0, sampled["web-shop"].of)
    assert sampled["web-shop"].of > 100
    assert 0 < found["care"].rate < 0.2
    assert "web-shop" not in found
    outcomes = trust.review_outcomes(truth())
    assert outcomes["late-parcel"]["abuse"] / outcomes["late-parcel"].total() > 0.5
    assert set(outcomes["dead-plant"]) == {"sound", "could_improve", "abuse", "other"}
    assert trust.abuse_waiting(truth())["care"] > 0


# -------------------------------------------------------------------------------- judgement


def test_the_shops_rules_end_conversations() -> None:
    ends = trust.no_next_step(truth())
    assert ends["web-shop"].rate > 0.7
    assert ends["care"].rate < 0.3
    first = resolution.first_contact_resolution(truth())
    assert first["web-shop"].rate < 0.6 < first["care"].rate


def test_cases_that_no_rule_foresaw_get_one_in_time_but_for_one() -> None:
    times = trust.time_to_rule(truth())
    for situation, (brought_up, ruled) in company.UNFORESEEN.items():
        assert times[situation].ended == (ruled is not None)
        if ruled is not None:
            assert times[situation].lasted == (ruled - brought_up) * MONTH
    assert set(times) == set(company.UNFORESEEN)
    assert trust.uncovered(truth())["web-shop"].count > 2
    revised = trust.rules_revised_from_practice(truth())
    assert {rule for rule, part in revised.items() if part.count} == {"dead-plant"}
    assert whole(revised) == Share(1, 3)


def test_care_uses_its_judgement_and_is_encouraged_to() -> None:
    assert trust.on_customers_word(truth())["care"].rate > 0.7
    beyond = trust.beyond_rule(truth())
    assert 0 < beyond["care"].rate < beyond["web-shop"].rate < 0.3
    coached = trust.coaching_encouraged(truth())
    assert coached["care"].rate > 0.6
    assert coached["web-shop"].rate < 0.4
    assert set(trust.discretion(truth())["replacement"].cents) == {"EUR", "CHF"}


# ------------------------------------------------------------------------------- resolution


def test_complaints_have_a_code_with_deadlines_that_some_miss() -> None:
    acknowledged = whole(resolution.acknowledged_in_time(truth()))
    answered = whole(resolution.answered_in_time(truth()))
    assert 0.2 < acknowledged.rate < 0.8
    assert 0.2 < answered.rate < 0.8
    opened = list(of_type(truth(), "issue.opened"))
    assert any(event.body.get("sent_at") is not None for event in opened)
    assert any("occasion:gift" in str(event.body.get("labels")) for event in opened)


def test_complaints_end_in_every_way() -> None:
    returned = resolution.complaints_return(truth()).values()
    closed = sum((each.figures for each in returned), Counter[str]())
    assert closed["closed_4_weeks"] > closed["closed_8_weeks"] + closed["closed_later"] > 0
    assert closed["open_at_end"] > 0
    assert 0.5 < closed["upheld"] / closed["closed_4_weeks"] < 1
    confirmed, reopened = (
        whole({topic: part for topic, part in found.items() if topic != "plant_dead"})
        for found in (resolution.confirmed(truth()), resolution.reopened(truth()))
    )
    assert confirmed.rate > reopened.rate > 0
    assert len(resolution.escalations(truth())) > 2
    assert whole(resolution.open_issues_without_promise(truth())).rate > 0.5


def test_logistics_finds_its_own_errors_and_care_hears_of_them() -> None:
    detected = resolution.self_detected(truth())
    assert detected["logistics"].rate == 1
    assert detected["care"].rate < 0.5


def test_what_is_made_good_has_an_amount_or_none() -> None:
    given = resolution.remedies(truth())
    assert given["letter_of_apology"].count > 0
    assert not given["letter_of_apology"].cents
    assert all(each.cents["EUR"] > 0 for each in given.values() if each.cents)
    assert len(given) == 3


def test_labels_are_lost_again_and_boxes_are_not_crushed_again() -> None:
    again = resolution.recurrence(truth())
    assert again["label_lost"].rate > 0.7
    assert again["box_crushed"] == Share(0, 1)
    causes = {event.body["cause"] for event in of_type(truth(), "cause.identified")}
    assert causes == {"label_lost", "box_crushed"}


# ------------------------------------------------------------------------------------ voice


def test_every_question_is_asked_and_one_form_has_the_wrong_scale() -> None:
    for question in voice.SCALES:
        found = voice.scores(truth(), question).values()
        assert sum(len(each.said) for each in found) > 30
        assert any(each.excluded for each in found) == (question == "csat")
    assert set(voice.ces_formulas(truth())) == {"ease", "effort"}


def test_people_and_programs_read_comments_and_mostly_agree() -> None:
    read = voice.pillar_agreement(truth())
    both = [person == program for person, program in read if person and program]
    assert 0.6 < sum(both) / len(both) < 0.95
    assert len(read) - len(both) > len(both) / 2
    assert len(voice.pillars(truth())) == 6
    attitudes = voice.attitudes(truth())
    assert len({attitude for attitude, _ in attitudes}) == 6
    assert {seen_by for _, seen_by in attitudes} == {"customer", "colleague", "manager", "other"}


def test_who_was_helped_comes_back_and_who_was_not_does_not() -> None:
    states = voice.service_recovery(truth())
    said = {state: sum(found.said) / len(found.said) for state, found in states.items()}
    back = {state: sum(found.returned) / len(found.returned) for state, found in states.items()}
    assert said["recovered"] > said["no_issue"] - 0.1 > said["unrecovered"] + 0.2
    assert back["recovered"] > back["no_issue"] > back["unrecovered"]


# --------------------------------------------------------------------------------- journeys


def test_journeys_with_a_conductor_are_kept_whole_more_often() -> None:
    conducted, others = journeys.conducted(truth())
    assert conducted.rate > others.rate + 0.05
    assert conducted.of > 50


def test_customers_are_asked_again_and_sent_to_other_channels() -> None:
    assert whole(journeys.reasked(truth())).count > 20
    assert whole(journeys.channel_forced(truth())).count > 10
    assert max(journeys.departments_per_journey(truth())["web-shop"]) == len(company.DEPARTMENTS)


def test_some_buy_under_an_account_that_is_mostly_linked() -> None:
    linked = journeys.accounts(truth())[None]
    assert 0.7 < linked.rate < 1
    assert linked.of > 50


def test_the_counter_numbers_what_its_clock_cannot_tell_apart() -> None:
    told_at: dict[tuple[str, int], list[int]] = {}
    for event in truth().told:
        assert (event.source == company.COUNTER) == (event.sequence is not None)
        if event.sequence is not None:
            assert event.time % (60 * 1_000_000) == 0
            told_at.setdefault((event.subject, event.time), []).append(int(event.sequence))
    assert any(len(numbers) > 2 for numbers in told_at.values())
    assert all(numbers == sorted(set(numbers)) for numbers in told_at.values())


# ------------------------------------------------------------------- cooperation and people


def test_where_approval_is_late_the_refund_is_late() -> None:
    internal = people.internal_kept(truth())
    assert internal["accounting", "department:payments"].rate < 0.75
    assert internal["logistics", "department:web-shop"].rate > 0.7
    assert internal["logistics", "department:care"].of > 20
    broken = people.broken_links(truth())
    assert broken["payments", "accounting", "approval"] > 5
    assert broken["logistics", "logistics", "handover"] > 20


def test_what_is_promised_to_staff_is_kept_less_often() -> None:
    staff, customers = people.symmetry(truth())
    assert staff.rate < customers.rate - 0.2
    assert staff.of > 60


def test_a_team_says_that_it_lacks_the_means_before_its_promises_fail() -> None:
    lacking = start() + company.MEANS_LACK * MONTH
    failing = start() + company.INVOICES_FAIL * MONTH
    assert lacking < failing
    before = people.pulse(truth(), "means_to_satisfy", until=lacking)["accounting"]
    after = people.pulse(truth(), "means_to_satisfy", since=lacking)["accounting"]
    assert before.rate > after.rate + 0.3
    assert people.pulse(truth(), "means_to_satisfy", since=lacking)["logistics"].rate > 0.6
    copies = shares(
        (each.promise.made_at >= failing, kept(each))
        for each in cohort(truth())
        if each.promise.about == "invoice_copy"
    )
    assert copies[False].rate > copies[True].rate + 0.3


def test_the_customer_comes_first_and_cooperation_last() -> None:
    first, together = (
        whole(people.pulse(truth(), question)) for question in ("customer_first", "cooperation")
    )
    assert first.rate > together.rate + 0.2
    assert all(
        int(str(event.body["respondents"])) >= 5 for event in of_type(truth(), "pulse.taken")
    )


def test_cards_are_answered_in_time_late_or_never() -> None:
    answered = whole(people.cards_answered(truth()))
    assert 0.3 < answered.rate < 0.9
    assert people.yellow_cards(truth()).total() == answered.of == 36
    assert len(people.bravos(truth())) == 3
    cards = list(of_type(truth(), "yellow_card.raised"))
    assert any(card.body.get("answered_at") is not None for card in cards)


def test_ideas_go_different_ways() -> None:
    ideas = people.ideas(truth())
    assert ideas["proposed"] > ideas["decided"] > ideas["accepted"] > ideas["implemented"] > 0
    assert 0 < people.ideas_answered(truth())[None].count < ideas["answered"] < ideas["proposed"]


def test_what_does_not_work_is_reported_once_or_twice_and_counts_once() -> None:
    reports = list(of_type(truth(), "dysfunction.reported"))
    assert people.dysfunctions(truth()).total() == 36 < len(reports)
    assert {speaks(report) for report in reports} == {"logistics", "web-shop", "care"}
    assert set(people.immersion(truth())) == {"executive", "manager", "newcomer"}
