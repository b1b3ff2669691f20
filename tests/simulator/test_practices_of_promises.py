"""How promises are given, kept, moved and passed on: a practice a test, counted over facts."""

from __future__ import annotations

from functools import cache

from tests.simulator.practices import people, resolution, word
from tests.simulator.practices.counting import about, cohort, ended, label, standing, whole
from tests.simulator.simulated import TOGETHER, told
from tests.simulator.truth import Truth

pytestmark = TOGETHER


@cache
def truth() -> Truth:
    return told(11, 3000).truth


def test_payments_moves_dates_alone_in_the_last_two_days_and_nobody_else_does() -> None:
    alone = word.moved_without_consent(truth())
    assert alone["payments"].rate > 0.9
    assert alone["logistics"].rate < 0.4
    days = word.moved_around_due(truth())
    late = {name: moved[-1] + moved[0] for name, moved in days.items()}
    assert late["payments"] / days["payments"].total() > 0.6
    assert late["logistics"] / days["logistics"].total() < 0.3
    slip = {
        name: word.kept_latest(truth())[name].rate - word.kept_first(truth())[name].rate
        for name in ("payments", "logistics", "care")
    }
    assert slip["payments"] > 0.2
    assert max(slip["logistics"], slip["care"]) < 0.1


def test_customers_may_move_dates_too_and_a_nod_is_not_a_wish() -> None:
    moved, agreed = word.kept_customer_moved(truth()), word.kept_agreed(truth())
    assert word.kept_first(truth())["logistics"].count < moved["logistics"].count
    assert moved["logistics"].count < agreed["logistics"].count


def test_a_strike_makes_deliveries_late_but_not_by_the_companys_clock() -> None:
    agreed = word.kept_agreed(truth(), about)["delivery"]
    assert word.kept_company_clock(truth())["delivery"].count > agreed.count + 10
    waited = {pause.waiting_for for each in cohort(truth()) for pause in each.promise.pauses}
    assert waited == {"customer", "third_party"}


def test_customers_are_asked_whether_a_new_rose_came_and_not_whether_a_parcel_did() -> None:
    closed = word.closed_loop(truth())
    assert closed["replacement"].rate > 0.3
    assert 0 < closed["delivery"].rate < 0.05
    assert closed["catalogue"].count == 0


def test_some_roses_come_too_early_and_some_in_two_parcels() -> None:
    early, parts = word.early(truth())["delivery"], word.partly_kept(truth())["delivery"]
    assert 0 < early.rate < 0.1
    assert early.of > 500
    assert 0.02 < parts.rate < 0.2


def test_some_sources_know_whether_and_not_when() -> None:
    said = [each for each in cohort(truth()) if each.turn.in_time is not None]
    assert {each.promise.about for each in said} == {"catalogue"}
    assert {each.turn.in_time for each in said} == {True, False}
    assert all((each.turn.honoured_at or 0) > (each.turn.agreed_due or 0) for each in said)


def test_what_was_not_kept_is_promised_again() -> None:
    again = word.again(truth())
    assert again
    assert all(name.startswith("CALLBACK-") and name.endswith("-AGAIN") for name in again)


def test_wishes_are_met_where_customers_choose_the_day() -> None:
    offered, met = word.wish_offered(truth()), word.wish_met(truth())
    assert offered["customer"].rate == 1
    assert offered["company"].rate < 0.5
    assert met["company"].rate < met["customer"].rate - 0.2
    chosen = word.date_chosen_by_customer(truth())
    assert chosen["replacement"].rate == 1
    assert 0.1 < chosen["delivery"].rate < 0.4
    assert chosen["refund"].rate == 0


def test_some_call_backs_are_written_down_when_the_customer_asks_again() -> None:
    consigned = word.consigned_at_source(truth())
    assert 0.8 < consigned["callback"].rate < 0.98
    assert consigned["delivery"].rate == 1


def test_promises_carry_labels_and_some_are_checked_before_they_are_given() -> None:
    products, occasions = map(label, ("product", "occasion"))
    assert {products(each) for each in standing(truth())} == {None, "bare_root", "potted"}
    assert [occasions(each) for each in standing(truth())].count("gift") > 100
    checked = word.feasibility_checked(truth())
    assert 0.6 < checked["delivery"].rate < 0.8
    assert checked["catalogue"].rate == 0


def test_two_departments_say_no_honestly() -> None:
    declined = word.declined(truth())
    assert {name for name, part in declined.items() if part.count} == {"web-shop", "care"}


def test_efforts_are_shown_less_where_nobody_sees_them() -> None:
    shown = word.efforts_shown(truth())
    assert shown["payments"].rate < 0.4 < whole(shown).rate + 0.1
    assert shown["payments"].of > 5


def test_hand_overs_are_accepted_late_or_never_and_that_time_is_nobodys() -> None:
    taken = word.handover_accepted(truth())
    assert taken["callback"].rate > 0.4
    assert taken["replacement"].rate < 0.2
    unowned = word.unowned_time(truth())
    assert unowned["callback"][0] > 0
    assert unowned["replacement"][0] > 0
    assert unowned["delivery"][0] == 0


def test_alerts_about_parcels_are_answered_and_those_about_payments_often_not() -> None:
    responses = resolution.alert_response(truth())
    parcels = responses["parcel_damaged", "logistics"]
    payments = responses["payment_not_found", "payments"]
    assert ended(parcels) / len(parcels) > 0.85
    assert 0.3 < ended(payments) / len(payments) < 0.85
    assert ended(responses["not_ours", "care"]) > 0


def test_departments_help_each_other() -> None:
    helped = people.help_given(truth())
    assert helped["logistics", "care"] > 10
    assert len(helped) > 3
