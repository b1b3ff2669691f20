"""What systems get wrong in what they report, one of each kind. No figure moves by it, and a look
at what came in finds it. (A system that falls silent is ``MAILINGS``, in ``company.py``.)"""

from __future__ import annotations

from typing import Final

from simulator.company import FORMS, NEWSLETTER
from simulator.local_time import DAY
from simulator.promises import Scribe
from simulator.strays import PARTY

#: The customer of the strays, as another system writes it.
ALIKE: Final = PARTY.replace("stray", "Stray")
#: How far a clock is ahead.
AHEAD: Final = 80 * 366 * DAY
#: The first expenses that are promised back, and to whom.
EXPENSES: Final = {"commitment_id": "EXPENSES-0"}
STAFF: Final = "staff:accounting"


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
