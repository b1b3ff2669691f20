-- name: long
-- The touched commitments that many facts name.
SELECT n.commitment_id
FROM named AS n
JOIN touched_commitment AS t ON t.commitment_id = n.commitment_id
GROUP BY n.commitment_id
HAVING count(*) >= {long};

-- name: walked
-- Their steps before the first fact that has come, gone or moved to another place. What waits for
-- the first `made` is walked behind it, and dates may come of a policy: so where that fact or its
-- date is another one, nothing stays.
INSERT INTO walked
WITH long AS MATERIALIZED ({long}),
ordered AS (
    SELECT n.commitment_id, n.id, n.position,
        row_number() OVER (PARTITION BY n.commitment_id ORDER BY n.{order}) AS nth
    FROM named AS n
    JOIN long AS l ON l.commitment_id = n.commitment_id
),
changed AS (
    SELECT h.commitment_id, min(h.nth) AS nth
    FROM commitment_history AS h
    JOIN long AS l ON l.commitment_id = h.commitment_id
    LEFT JOIN ordered AS o ON o.commitment_id = h.commitment_id AND o.nth = h.nth
    -- Of two facts of one id that contradict each other, another one may count now.
    WHERE o.id IS NULL OR o.id <> h.fact_id OR o.position <> h.position
    GROUP BY h.commitment_id
)
SELECT
    h.commitment_id, h.n, h.applied, h.state_before, h.state, h.honoured_at, h.in_time,
    h.released_at, h.abandoned_at, h.first_due_at, h.agreed_due_at, h.latest_due_at,
    h.customer_due_at, h.owner, h.proposed_owner, h.previous_owner, h.reschedulings, h.paused
FROM long AS l
JOIN commitment_history AS m ON m.commitment_id = l.commitment_id AND m.n = 1
JOIN commitment_made AS c ON c.position = m.position
JOIN commitment_history AS h ON h.commitment_id = l.commitment_id
LEFT JOIN policy_date AS p ON p.fact_id = m.fact_id
LEFT JOIN changed AS x ON x.commitment_id = l.commitment_id
WHERE (x.nth IS NULL OR (h.nth < x.nth AND m.nth < x.nth))
    AND coalesce(c.due_at, p.due_at) IS NOT DISTINCT FROM m.first_due_at;
