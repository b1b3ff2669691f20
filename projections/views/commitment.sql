-- One row a commitment whose `made` fact is seen: what was promised, and where it stands after
-- its last fact. Instants only; whether it is overdue depends on the time of the question.
CREATE TABLE commitment AS
WITH labelled AS (
    -- Each label once, in order. One label is, and none.
    SELECT l.position, array_agg(DISTINCT l.label ORDER BY l.label) AS labels
    FROM (
        SELECT m.position, unnest(m.labels) AS label
        FROM named AS n
        JOIN commitment_made AS m ON m.position = n.position
        WHERE n.type = 'commitment.made' AND array_length(m.labels) > 1
    ) AS l
    GROUP BY l.position
)
SELECT
    h.commitment_id,
    coalesce(i.customer, m.subject) AS customer,
    m.subject,
    m.about,
    m.kind,
    coalesce(m.made_to, m.subject) AS made_to,
    m.entry_point,
    m.supports,
    coalesce(l.labels, m.labels) AS labels,
    m.due_chosen_by,
    m.consigned,
    m.feasibility_checked,
    m.id AS made_id,
    m.position AS made_position,
    m.time AS made_at,
    m.earliest_at,
    m.requested_at,
    h.first_due_at,
    h.agreed_due_at,
    h.latest_due_at,
    h.customer_due_at,
    h.state,
    h.honoured_at,
    h.in_time,
    h.released_at,
    h.abandoned_at,
    h.owner,
    h.proposed_owner,
    h.reschedulings,
    h.chases,
    h.first_chased_at,
    h.paused,
    h.last_sign_at,
    h.n AS facts
FROM commitment_history AS h
JOIN touched_commitment AS t ON t.commitment_id = h.commitment_id
JOIN named AS o ON o.id = h.opened_by
JOIN commitment_made AS m ON m.position = o.position
LEFT JOIN labelled AS l ON l.position = m.position
LEFT JOIN party_identity AS i ON i.party = m.subject
WHERE h.until IS NULL
ORDER BY h.commitment_id;
