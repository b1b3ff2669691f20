"""What systems get wrong in what they report, one of each kind. No figure moves by it, and a look
at what came in finds it. (A system that falls silent is ``MAILINGS``, in ``company.py``. Types that
nobody reports are those of the first days, before anybody has asked or a date was moved.)"""

from __future__ import annotations

from typing import Final

from simulator.company import FORMS, GREENHOUSE, NEWSLETTER
from simulator.local_time import DAY, ZONE
from simulator.promises import Scribe
from simulator.strays import PARTY

#: The customer of the strays, as another system writes it.
ALIKE: Final = PARTY.replace("stray", "Stray")
#: How far a clock is ahead.
AHEAD: Final = 80 * 366 * DAY
#: The first expenses that are promised back, and to whom.
EXPENSES: Final = {"commitment_id": "EXPENSES-0"}
STAFF: Final = "staff:accounting"
#: Who writes rules for the greenhouse, and what can't be used of them: a calendar and a policy that
#: can't be read, and a policy whose calendar nobody has published.
LOGISTICS: Final = "department:logistics"
UNREAD_CALENDAR: Final = "greenhouse-open"
UNREAD_POLICY: Final = "policy-greenhouse-visit"
LOST_POLICY: Final = "policy-greenhouse-tour"
LOST_CALENDAR: Final = "greenhouse-winter"


def slips(scribe: Scribe, at: int) -> None:
    """Writes them from ``at`` on: another spelling of a customer's id; a clock that is eighty years
    fast; and two facts about one promise, of which a system that knows days alone says that they
    happened at once."""
    advert = {"kind": "advert_seen", "channel": "email", "initiated_by": "company"}
    scribe.slip("touchpoint.occurred", NEWSLETTER, ALIKE, at, advert)
    scribe.slip("touchpoint.occurred", NEWSLETTER, ALIKE, at + AHEAD, advert)
    for kind in ("form_filled_in", "form_sent"):
        form = {"kind": kind, "channel": "web", "initiated_by": "customer", **EXPENSES}
        scribe.slip("touchpoint.occurred", FORMS, STAFF, at // DAY * DAY, form)


def rules(scribe: Scribe, at: int) -> None:
    """Writes the greenhouse's rules for the year that begins at ``at``. They came by a way at which
    nobody stands at the door, and date nothing: nobody promises what they are about."""
    hours = {"calendar_id": UNREAD_CALENDAR, "timezone": ZONE, "weekly": ("mon-fri 08:00-16:00",)}
    visit = {"policy_id": UNREAD_POLICY, "about": "greenhouse_visit", "due": "within two days"}
    tour = {"policy_id": LOST_POLICY, "about": "greenhouse_tour", "due": "2 working days"}
    lost = {**tour, "calendar_id": LOST_CALENDAR}
    scribe.slip("calendar.published", GREENHOUSE, LOGISTICS, at, {"version": 1, **hours})
    for policy in (visit, lost):
        said = {"version": 1, "clock_starts": "made", **policy}
        scribe.slip("policy.published", GREENHOUSE, LOGISTICS, at, said)
