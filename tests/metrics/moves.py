"""By which habit of the simulated company each metric moves. The script says how much it does so:
between those who have the habit and those who don't, or between the company as it is and one that
has taken up all good habits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from simulator.habits import CONFIRMED, SHARES
from simulator.local_time import DAY, HOUR, SECOND
from tests.metrics.contrasts import (
    Json,
    Move,
    between,
    beyond,
    given_up,
    row,
    scripted,
    share_of,
    taken_up,
    total,
    within,
)

#: A day in seconds.
DAY_S: Final = DAY / SECOND

_LATE: Final = (
    "late", "late_chased", "forgotten", "dropped", "ownerless", "abandoned", "given_up_done",
    "reopened", "released_late", "disputed_upheld", "disputed_open", "partly_kept",
    "paused_for_carrier", "reported_late",
)  # fmt: skip
_MOVED_ALONE: Final = ("moved_alone", "moved_at_the_last", "forgiven")
_MOVED_WITH_A_NOD: Final = ("moved_agreed", "moved_by_customer")
_LET_OFF: Final = ("released_early", "given_up_released")


def _drawn(about: str, *fates: str) -> float:
    """Which share of the promises of a kind has one of these fates."""
    words = SHARES[about].split()
    return sum(
        float(share) for fate, share in zip(words[::2], words[1::2], strict=True) if fate in fates
    )


def _kept(*fates: str, abouts: tuple[str, ...]) -> dict[str, float]:
    """Which shares of these kinds are kept, if promises with these fates are not."""
    return {about: 1 - _drawn(about, *fates) / (1 - _drawn(about, *_LET_OFF)) for about in abouts}


def _confirmed(about: str) -> float:
    """Customers confirm from an hour to 18 days after; 14 of these are in time."""
    return CONFIRMED[about] * (14 * DAY - HOUR) / (18 * DAY - HOUR)


def _at_the_last(value: Json) -> float:
    """The share of dates moved alone that were moved within two days before they fell due."""
    return total("moved", lambda row: row["day"] in (-1, 0))(value) / total("moved")(value)


def _euros(value: Json) -> float:
    """Of an amount, in cents."""
    cents: int = sum(one["amount_minor"] for one in value["amounts"] if one["currency"] == "EUR")
    return cents


def _number_of_others(row: Json) -> int:
    """How often others than customers saw an attitude."""
    return sum(int(row[seer]) for seer in ("colleague", "manager", "other"))


def _found_abuse(value: Json) -> float:
    return row("count", outcome="abuse")(value) / total("count")(value)


def _rate(question: str) -> Callable[[Json], float]:
    return row("rate", question=question)


MOVES: Final[Mapping[str, Move]] = {
    # keeping one's word
    "kept_first": scripted(
        "refunds are moved more than they are late",
        _kept(*_LATE, *_MOVED_ALONE, *_MOVED_WITH_A_NOD, abouts=("refund", "callback", "training")),
    ),
    "kept_agreed": scripted(
        "what is promised to staff is let slip",
        _kept(*_LATE, *_MOVED_ALONE, abouts=("training", "expenses", "callback", "refund")),
    ),
    "kept_latest": scripted(
        "who moves dates looks punctual by the latest",
        _kept(*_LATE, abouts=("refund", "training", "callback")),
    ),
    "slip_gap": between("payments moves dates alone", "payments", "care", 0.15, "difference"),
    "kept_customer_moved": beyond(
        "customers ask for other days", "kept_first", "delivery", 0.5 * 0.03
    ),
    "kept_company_clock": beyond("a carrier is on strike", "kept_agreed", "delivery", 0.5 * 0.008),
    "unprompted": scripted(
        "customers remind of call-backs, and never of catalogues",
        {
            "callback": 1
            - _drawn("callback", "chased_kept")
            / (1 - _drawn("callback", *_LATE, *_MOVED_ALONE, *_LET_OFF)),
            "catalogue": 1,
        },
    ),
    "chased": scripted(
        "money is waited for, and roses are brought",
        {
            about: _drawn(about, "late_chased", "chased_kept") + _drawn(about, "forgotten") * 2 / 3
            for about in ("refund", "delivery")
        },
    ),
    "undated": scripted(
        "nobody says when a rose is in stock again",
        {
            "stock_notice": 1 - _drawn("stock_notice", "dated_later", "dated_then_slipped"),
            "refund": 0,
        },
    ),
    "early": given_up("some roses come before they are wanted", 0.005),
    "partly_kept": scripted(
        "some roses come in two parcels",
        {
            "delivery": _drawn("delivery", "partly_kept")
            / _drawn("delivery", *_LATE, *_MOVED_ALONE),
            "callback": 0,
        },
    ),
    "closed_loop": scripted(
        "it is asked whether the new rose came, and not whether the parcel did",
        {about: _confirmed(about) for about in ("replacement", "callback", "delivery")},
    ),
    "promised_again": between(
        "whom nobody calls back is promised it again", "callback", "delivery", 0.005
    ),
    "customers_kept_whole": taken_up("one promise that is not kept is enough", 0.15),
    "wish_offered": taken_up("all customers pick their week", 0.15),
    "wish_met": taken_up("all customers pick their week", 0.15),
    "date_chosen_by_customer": scripted(
        "who has lost a rose chooses, and who has lost money waits", {"replacement": 1, "refund": 0}
    ),
    "lead_time": between(
        "roses are planted in November", "replacement", "callback", 60 * DAY_S, "median"
    ),
    "moved_without_consent": between("payments moves dates alone", "payments", "logistics", 0.5),
    "overdue_age": given_up("what is forgotten grows old", 20, row("count", age="over 90")),
    "around_due": between(
        "payments moves dates at the last", "payments", "logistics", 0.4, _at_the_last
    ),
    "time_to_honour": between(
        "training is promised and dropped", "training", "delivery", 0.15, row("open", days=365)
    ),
    "load": within(
        "autumn's orders wait for November",
        lambda value: min(row["due"] for row in value["rows"][2:6]),
        "usual",
        1,
    ),
    "consigned_at_source": scripted(
        "some calls are promised by colleagues who write nothing down",
        {"callback": 0.92, "delivery": 1},
    ),
    "declined": between(
        "the shop says no to dates that it cannot keep", "web-shop", "logistics", 0.0015
    ),
    "feasibility_checked": scripted(
        "the shop looks at the stock before it promises",
        {"delivery": 0.7, "catalogue": 0},
    ),
    "longest_silence": between(
        "nothing is heard about roses out of stock",
        "stock_notice",
        "callback",
        20 * DAY_S,
        "median",
    ),
    "efforts_shown": between("payments works unseen", "care", "payments", 0.2),
    # owning a problem
    "unowned_time": between("calls are thrown over the wall", "callback", "delivery", 0.1),
    "handover_accepted": between(
        "what has months is not accepted within a day", "callback", "replacement", 0.3
    ),
    "alert_response": between(
        "payments does not always answer",
        ("payment_not_found", "payments"),
        ("parcel_damaged", "logistics"),
        0.1,
        share_of("waiting", "n"),
    ),
    "open_issues_without_promise": given_up("who heard no is promised nothing", 5, "count"),
    "help_given": within(
        "logistics helps care with complaints",
        row("count", **{"from": "logistics", "to": "care"}),
        row("count", **{"from": "accounting", "to": "care"}),
        5,
    ),
    # believing the customer
    "unlinked_payments": between("nobody can read a transfer", "transfer", "card", 0.01),
    "unlinked_amount": between("nobody can read a transfer", "transfer", "card", 1, "count"),
    "time_to_link": between("nobody can read a transfer", "transfer", "card", DAY_S, "median"),
    "wrongful_suspicion": scripted(
        "a strict rule takes honest customers for cheats",
        {"voucher-once": 0.75, "voucher-known": 0.2},
    ),
    "time_to_clear": between(
        "who is right is cleared", "voucher-once", "voucher-known", 0.3, share_of("ended", "n")
    ),
    "paid_twice": given_up("who is not believed pays again", 1, "count"),
    "time_to_repair": given_up(
        "what was paid twice waits until the first payment is found", DAY_S, "p90"
    ),
    "on_customers_word": scripted("care believes", {"care": 0.85, "web-shop": 0}),
    "sampled": scripted("care draws its reviews", {"care": 0.2, "web-shop": 0}),
    "abuse": between("care draws its reviews", "care", "web-shop", 10, "of"),
    "control": given_up("the counter does not believe", 15, row("adverse")),
    # judging beyond the rule
    "no_next_step": scripted(
        "in the shop the rule is the last word", {"web-shop": 0.88, "care": 0.12}
    ),
    "uncovered": between(
        "customers come to the shop with what no rule foresaw", "web-shop", "care", 0.1
    ),
    "time_to_rule": within("one case never gets a rule", "longest_waiting", "median", 30 * DAY_S),
    "discretion": between(
        "a rose is worth more than its postage",
        "replacement",
        "postage_refunded",
        1000,
        lambda value: _euros(value) / value["count"],
    ),
    "beyond_rule": scripted("the shop goes beyond its rule", {"care": 0.08, "web-shop": 0.15}),
    "review_outcomes": between(
        "the shop reviews what looks strange", "late-parcel", "dead-plant", 0.3, _found_abuse
    ),
    "coaching_encouraged": scripted(
        "care is encouraged, the shop is told off", {"care": 0.9, "web-shop": 0.2}
    ),
    "rules_revised_from_practice": scripted(
        "one rule of three learns from a case", {"dead-plant": 1, "returns": 0, "late-parcel": 0}
    ),
    # setting things right
    "first_contact_resolution": between("who heard no comes back", "care", "web-shop", 0.3),
    "confirmed": between("complaints are asked about", "parcel_damaged", "plant_dead", 0.3),
    "reopened": between("answers do not always solve it", "late", "plant_dead", 0.03),
    "acknowledged_in_time": between(
        "the clock starts when a letter is sent", "email", "letter", 0.3
    ),
    "answered_in_time": between("the clock starts when a letter is sent", "email", "letter", 0.2),
    "escalated": between("who has no answer goes further", "late", "plant_dead", 0.05),
    "escalations": within(
        "managers are asked before regulators",
        row("count", level="manager"),
        row("count", level="regulator"),
        2,
    ),
    "complaints_return": given_up(
        "some complaints are answered in the third month, or not at all",
        1,
        lambda value: total("closed_8_weeks")(value) + total("closed_later")(value),
    ),
    "error_acknowledged": given_up("errors are admitted with the answer", 3 * DAY_S, "median"),
    "self_detected": scripted(
        "logistics finds its own errors, care hears of them", {"logistics": 1, "care": 0.2 / 0.6}
    ),
    "remedies": between(
        "a voucher has a price, a letter has none", "voucher", "letter_of_apology", 1000, _euros
    ),
    "recurrence": between(
        "labels are lost again, boxes are not crushed again", "label_lost", "box_crushed", 0.5
    ),
    "service_recovery": within(
        "who was helped comes back",
        row("rate", state="recovered"),
        row("rate", state="unrecovered"),
        0.3,
    ),
    # the voice of the customer
    "nps": between("late parcels displease", True, False, 20, "value"),
    "csat": between("late parcels displease", True, False, 0.2, "value"),
    "ces": between("late parcels displease", True, False, 0.3, "value"),
    "stars": between("late parcels displease", True, False, 0.3, "value"),
    "pillars": given_up("what comes late is blamed", 10, total("blame")),
    "pillar_agreement": within(
        "people and programs mostly agree", share_of("agree", "n"), lambda value: 1 / 6, 0.3
    ),
    "attitudes": within(
        "customers see it twice as often as managers",
        total("customer"),
        lambda value: sum(map(_number_of_others, value["rows"])) / 3,
        5,
    ),
    # journeys
    "kept_whole": between("one department sees it through", True, False, 0.05),
    "departments_per_journey": between("a conductor is one more", True, False, 0.5, "mean"),
    "handovers_per_journey": between("a conductor is one more", True, False, 0.5, "mean"),
    "reasked": given_up("customers are asked again", 0.01),
    "channel_forced": given_up("customers are sent to another channel", 0.002),
    "journey_silence": given_up("what is forgotten is silent for years", 365 * DAY_S, "max"),
    "conducted": within("one department sees it through", "difference", lambda value: 0, 0.05),
    "department_graph": within(
        "invoices are sent at once, and parcels some days later",
        row("median", **{"from": "accounting", "to": "logistics"}),
        row("median", **{"from": "web-shop", "to": "payments"}),
        DAY_S,
    ),
    "breaks": given_up("what is handed on is let slip", 200, total("count")),
    # working together
    "internal_kept": between(
        "accounting lets payments wait",
        ("logistics", "department:web-shop"),
        ("accounting", "department:payments"),
        0.1,
    ),
    "broken_links": given_up("one promise breaks another", 50, total("count")),
    "cooperation": within(
        "accounting lets payments wait",
        row("rate", **{"from": "logistics", "to": "web-shop"}),
        row("rate", **{"from": "accounting", "to": "payments"}),
        0.1,
    ),
    # those who work there
    "pulse": between(
        "one team lacks the means", "logistics", "accounting", 0.1, _rate("means_to_satisfy")
    ),
    "cooperation_gap": within(
        "the customer comes first, cooperation last", "difference", lambda value: 0, 0.25
    ),
    "symmetry": within(
        "staff wait longer than customers", lambda value: -value["difference"], lambda value: 0, 0.2
    ),
    "bravos": taken_up("everybody is praised", 36 * (6 - 2), "count"),
    "yellow_cards": between(
        "two neighbours give the shop cards, nobody care", "web-shop", "care", 5, "count"
    ),
    "cards_answered": taken_up("cards are answered within days", 0.2),
    "ideas": taken_up("ideas are answered", 3, row("count", stage="answered")),
    "ideas_answered": taken_up("ideas are answered within the month", 0.2),
    "dysfunctions": between(
        "labels fade, and fade again", "labels_fade_in_the_rain", "stock_is_wrong", 9, "count"
    ),
    "immersion": within(
        "managers go among customers twice as often",
        row("held", role="manager"),
        row("held", role="executive"),
        3,
    ),
}
