"""What the desk would accept about a promise, for those who show it as a choice."""

from __future__ import annotations

from datetime import datetime

from application.desk_facts import read
from application.home import Asking, OnProgress, silent
from domain.desk.decider import Known
from domain.desk.offers import Offer, offers


def desk_offers(
    home: Asking, id: str, now: datetime, on_progress: OnProgress = silent
) -> list[Offer]:
    """What would be accepted about a promise, by what the views know of it; what is said all the
    same is weighed again at the desk. Dates that policies give play no part in it."""
    with home.asking(on_progress) as (session, _):
        return offers(Known(tuple(read(session, "commitment_id", id).in_force)), now)
