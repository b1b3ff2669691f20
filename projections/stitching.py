"""Stitching: which facts of the touched customers are one journey.

Facts are linked through refs, and journeys are the connected components. A recursive query would
take quadratic time on a long journey. Here SQL finds for each ref the first fact that has it, so
that facts become numbers, and domain/components.py joins what a fact with several refs links.
"""

from __future__ import annotations

from domain.components import components
from projections.session import Session

FACTS = """
INSERT INTO customer_fact
SELECT t.customer, f.position
FROM fact AS f
LEFT JOIN party_identity AS i ON i.party = f.subject
JOIN touched_customer AS t ON t.customer = coalesce(i.customer, f.subject)
LEFT JOIN retracted AS r ON r.fact_id = f.id
WHERE r.fact_id IS NULL
"""

LINKS = """
CREATE TEMP TABLE linked AS
SELECT c.customer, c.position, unnest(f.links) AS link
FROM customer_fact AS c
JOIN fact AS f ON f.position = c.position
"""

# The customer's own ids, all that are linked, are no refs.
OWN = """
DELETE FROM linked
WHERE link = customer OR EXISTS (
    SELECT 1 FROM party_identity AS i
    WHERE i.party = linked.link AND i.customer = linked.customer
)
"""

# A ref is known by the position of the first fact of its customer that has it.
REFS = """
CREATE TEMP TABLE anchored AS
SELECT l.customer, l.position, s.first_position
FROM linked AS l
JOIN (
    SELECT n.customer, n.link, min(n.position) AS first_position
    FROM linked AS n
    GROUP BY n.customer, n.link
) AS s ON s.customer = l.customer AND s.link = l.link
"""

ANCHORS = """
CREATE TEMP TABLE anchor AS
SELECT a.customer, a.position, min(a.first_position) AS low, max(a.first_position) AS high
FROM anchored AS a
GROUP BY a.customer, a.position
"""

PAIRS = """
SELECT DISTINCT o.low, a.first_position
FROM anchor AS o
JOIN anchored AS a ON a.position = o.position
WHERE o.low <> o.high AND a.first_position <> o.low
"""

LABELS = """
INSERT INTO stitched
SELECT a.customer, coalesce(j.label, a.low), a.position
FROM anchor AS a
LEFT JOIN joined AS j ON j.node = a.low
"""


def stitch(session: Session) -> None:
    """Fill ``customer_fact`` with the facts of the touched customers, and ``stitched`` with a
    label for each of them that has refs: the same label, the same journey."""
    session.execute(FACTS)
    for table in ("linked", "anchored", "anchor"):
        session.execute(f"DROP TABLE IF EXISTS {table}")
    session.execute(LINKS)
    session.execute(OWN)
    session.execute(REFS)
    session.execute(ANCHORS)
    session.execute("CREATE TEMP TABLE IF NOT EXISTS joined (node BIGINT, label BIGINT)")
    session.execute("DELETE FROM joined")
    found = components((low, other) for low, other in session.rows(PAIRS))
    session.insert("joined", ("node", "label"), list(found.items()))
    session.execute(LABELS)
