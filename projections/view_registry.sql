-- The conditions under which a row of a view is about a touched key.

-- name: of_touched_pair
EXISTS (
    SELECT 1 FROM touched_pair AS t
    WHERE t.party_a = party_link.party_a AND t.party_b = party_link.party_b
);

-- name: of_touched_party
party IN (SELECT t.party FROM touched_party AS t);

-- name: of_touched_commitment
commitment_id IN (SELECT t.commitment_id FROM touched_commitment AS t);

-- name: of_touched_issue
issue_id IN (SELECT t.issue_id FROM touched_issue AS t);

-- name: of_touched_payment
payment_id IN (SELECT t.payment_id FROM touched_payment AS t);

-- name: of_touched_decision
decision_id IN (SELECT t.decision_id FROM touched_decision AS t);

-- name: of_touched_entitlement
entitlement_id IN (SELECT t.entitlement_id FROM touched_entitlement AS t);

-- name: of_touched_customer
customer IN (SELECT t.customer FROM touched_customer AS t);

-- name: about_touched_key
(
    reason IN ('unknown_commitment', 'made_twice')
    AND about IN (SELECT t.commitment_id FROM touched_commitment AS t)
)
OR (reason = 'unknown_issue' AND about IN (SELECT t.issue_id FROM touched_issue AS t))
OR (reason = 'unknown_decision' AND about IN (SELECT t.decision_id FROM touched_decision AS t))
OR (
    reason IN ('unknown_payment', 'unlinked_payment')
    AND about IN (SELECT t.payment_id FROM touched_payment AS t)
)
OR (reason = 'unknown_fact' AND fact_id IN (SELECT t.fact_id FROM touched_retraction AS t))
OR (
    reason IN ('unreadable_calendar', 'unreadable_policy', 'unknown_calendar')
    AND fact_id IN (SELECT t.fact_id FROM touched_rule AS t)
);
