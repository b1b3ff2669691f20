"""How well each kind of promise is kept: the share of each fate, and the dice."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Final

from simulator.fates import Fates
from simulator.local_time import DAY, HOUR
from simulator.promises import Promise

#: Of each kind of promise, the share of each fate (a method of ``Fates``). What is left to 1 is
#: ``kept``, or ``undated_kept`` where a promise names no date. Two kinds have habits of their own
#: in some cases: a delivery that one department conducts, and copies of invoices when the team that
#: sends them lacks the means.
SHARES: Final = {
    "delivery": """
        at_the_instant .002  moved_agreed .045  moved_by_customer .03  moved_alone .034
        forgiven .01  late .02  late_chased .016  forgotten .004  abandoned .007
        released_early .012  released_late .002  disputed_upheld .004  disputed_rejected .003
        disputed_open .0004  reopened .003  paused .006  chased_kept .012  released_done .001
        given_up_released .001  given_up_done .001  wrong_scan .004  scan_restored .002
        hurried .01  in_two_parcels .006  partly_kept .006  paused_for_carrier .008
    """,
    "delivery_conducted": """
        moved_agreed .06  moved_by_customer .03  late .012  chased_kept .01
    """,
    "callback": """
        at_the_instant .002  moved_agreed .02  moved_by_customer .02  moved_alone .01
        forgiven .01  late .1  late_chased .06  forgotten .025  released_early .01
        chased_kept .05  handed .03  refused .02  ownerless .006
    """,
    "complaint_answer": """
        at_the_instant .002  moved_agreed .04  late .06  late_chased .05  forgotten .04
        abandoned .005  disputed_rejected .01  disputed_upheld .01  reopened .02  paused .06
        chased_kept .06  handed .03  refused .01
    """,
    "replacement": """
        at_the_instant .002  moved_agreed .22  moved_by_customer .08  moved_alone .03  late .03
        late_chased .03  forgotten .02  abandoned .01  released_early .02  handed .1
        refused .02  ownerless .01  chased_kept .04
    """,
    "refund": """
        at_the_instant .002  late .1  late_chased .08  forgotten .02  moved_at_the_last .26
        forgiven .01  disputed_upheld .01  chased_kept .06
    """,
    "invoice_copy": """
        at_the_instant .002  late .05  late_chased .02  forgotten .01  released_early .02
        chased_kept .02  refused .02  handed .02
    """,
    "invoice_copy_failing": """
        late .3  late_chased .15  forgotten .2  released_late .03
    """,
    "catalogue": """
        at_the_instant .002  late .08  forgotten .09  abandoned .03  released_early .01
        late_chased .02  moved_alone .06  reported_in_time .2  reported_late .06
    """,
    "stock_notice": """
        undated .3  undated_released .05  dated_later .2  dated_then_slipped .05
    """,
    "training": "late .2  dropped .22  moved_alone .12  abandoned .04",
    "expenses": "late .25  dropped .06  moved_alone .1",
}


#: How many customers say that it was done well, once it was: most where somebody asks them.
CONFIRMED: Final = {"delivery": 0.02, "replacement": 0.5, "callback": 0.3, "complaint_answer": 0.2}


def _habits(table: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The fates of one kind of promise, and the running sums of their shares."""
    words = table.split()
    sums = tuple(accumulate(float(share) for share in words[1::2]))
    if sums[-1] > 1:
        raise ValueError(f"expected shares of at most 1 in all, saw {sums[-1]}; lower one")
    rest = "undated_kept" if "undated" in words else "kept"
    return (*words[::2], rest), (*sums, 1.0)


_HABITS: Final = {about: _habits(table) for about, table in SHARES.items()}


def settle_fate(promise: Promise, habits: str | None = None) -> None:
    """Draws the fate of a promise by the habits of its kind, or by others, and tells it. A company
    that keeps its word knows one fate. Where it was done, the customer may say so."""
    scribe = promise.journey.scribe
    fates, sums = _HABITS[habits or promise.about]
    drawn = fates[bisect_right(sums, scribe.random())]
    promise.fate = fates[-1] if scribe.practices.keeps_its_word else drawn
    getattr(Fates(promise), promise.fate)()
    if promise.step == "honoured" and scribe.random() < CONFIRMED.get(promise.about, 0):
        done = promise.settled_at
        promise.confirm(scribe.between(done + HOUR, done + 18 * DAY))
