-- name: named
INSERT INTO claimed_party
SELECT f.subject FROM fresh AS f
UNION SELECT t.party_a FROM touched_pair AS t
UNION SELECT t.party_b FROM touched_pair AS t;

-- name: linked
-- The parties that are one customer with a claimed one: they may have changed during the wait.
INSERT INTO claimed_party
SELECT other.party
FROM claimed_party AS t
JOIN party_identity AS mine ON mine.party = t.party
JOIN party_identity AS other ON other.customer = mine.customer
EXCEPT SELECT c.party FROM claimed_party AS c;

-- name: keys
SELECT 'commitment:' || t.commitment_id FROM touched_commitment AS t
UNION ALL SELECT 'issue:' || t.issue_id FROM touched_issue AS t
UNION ALL SELECT 'decision:' || t.decision_id FROM touched_decision AS t
UNION ALL SELECT 'payment:' || t.payment_id FROM touched_payment AS t
UNION ALL SELECT 'entitlement:' || t.entitlement_id FROM touched_entitlement AS t
UNION ALL SELECT 'retraction:' || t.fact_id FROM touched_retraction AS t;

-- name: claim
-- One statement and in order: two that claim some of the same keys wait for each other in one
-- direction only. A key may be longer than an index takes, so it is claimed by a number of it; two
-- keys of one number wait for each other, and no harm is done.
WITH taken AS (
    INSERT INTO claim
    SELECT hashtextextended(k.key, 0) FROM ({keys}) AS k (key)
    EXCEPT SELECT o.key FROM claimed AS o
    ORDER BY 1
    RETURNING key
)
INSERT INTO claimed SELECT t.key FROM taken AS t;
