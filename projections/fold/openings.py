"""What was said of each issue, payment, decision and entitlement, from its opening on: ``step``,
which their views read."""

from __future__ import annotations

from projections.session import Session
from projections.sql_files import statements_of

_SQL = statements_of(__file__)


def number_steps(session: Session) -> None:
    """Fill ``step`` with what was said of the touched keys. The facts that name them are in
    ``named``."""
    session.execute("DELETE FROM step")
    session.execute(_SQL["steps"])
