"""Where the walk of a commitment may go on: ``walked``, which ``commitment_history`` reads.

The walk goes fact by fact, so one more fact on a promise with 100,000 would cost 100,000 rounds. Of
what lies before the first change every step is as it was, since it follows from the facts up to it
alone; so the walk goes on behind that.
"""

from __future__ import annotations

from projections.session import Session
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

#: From so many facts on a commitment is not walked from its beginning: fewer are walked sooner than
#: their steps are found again.
LONG = 1_000


def keep_walked(session: Session) -> None:
    """Fill ``walked`` with the steps of touched commitments that stay as they were. The facts in
    force that name them are in ``named``, and the history is as it was before these."""
    session.execute("DELETE FROM walked")
    if session.rows(_SQL["long"].format(long=LONG)):
        session.execute(_SQL["walked"].format(long=_SQL["long"].format(long=LONG)))
