-- What waits for a missing fact, one row a waiting fact: from `since` (its own time) to `until`
-- (when the missing fact happened; null while it is still missing).
CREATE TABLE suspense AS
WITH
naming AS (
    SELECT 'commitment' AS kind, f.commitment_id AS about, f.id, f.position, f.time,
        f.type = 'commitment.made' AS opens
    FROM named AS f
    JOIN touched_commitment AS t ON t.commitment_id = f.commitment_id
    UNION ALL
    SELECT 'issue' AS kind, f.issue_id AS about, f.id, f.position, f.time,
        f.type = 'issue.opened' AS opens
    FROM named AS f
    JOIN touched_issue AS t ON t.issue_id = f.issue_id
    UNION ALL
    SELECT 'decision' AS kind, f.decision_id AS about, f.id, f.position, f.time,
        f.type = 'discretion.used' AS opens
    FROM named AS f
    JOIN touched_decision AS t ON t.decision_id = f.decision_id
    UNION ALL
    SELECT 'payment' AS kind, f.payment_id AS about, f.id, f.position, f.time,
        f.type = 'payment.captured' AS opens
    FROM named AS f
    JOIN touched_payment AS t ON t.payment_id = f.payment_id
),
opening AS (
    SELECT n.kind, n.about, min(n.time) AS opened_at
    FROM naming AS n
    WHERE n.opens
    GROUP BY n.kind, n.about
),
capture AS (
    SELECT f.id, f.position, f.time, f.payment_id, c.amount_minor, c.currency,
        row_number() OVER (PARTITION BY f.payment_id ORDER BY f.{order}) AS turn
    FROM named AS f
    JOIN touched_payment AS t ON t.payment_id = f.payment_id
    JOIN payment_captured AS c ON c.position = f.position
),
refund AS (
    SELECT f.payment_id, f.time, first_capture.amount_minor AS captured,
        sum(p.amount_minor) OVER (
            PARTITION BY f.payment_id ORDER BY f.{order} ROWS UNBOUNDED PRECEDING
        ) AS refunded
    FROM named AS f
    JOIN payment_refunded AS p ON p.position = f.position
    JOIN capture AS first_capture
        ON first_capture.payment_id = f.payment_id AND first_capture.turn = 1
        AND first_capture.currency = p.currency
),
accounted AS (
    SELECT a.payment_id, min(a.time) AS accounted_at
    FROM (
        SELECT f.payment_id, f.time
        FROM named AS f
        JOIN touched_payment AS t ON t.payment_id = f.payment_id
        WHERE f.type = 'payment.linked'
        UNION ALL
        SELECT r.payment_id, r.time FROM refund AS r WHERE r.refunded >= r.captured
    ) AS a
    GROUP BY a.payment_id
),
made AS (
    SELECT f.id, f.position, f.time, f.commitment_id,
        row_number() OVER (PARTITION BY f.commitment_id ORDER BY f.{order}) AS turn
    FROM named AS f
    JOIN touched_commitment AS t ON t.commitment_id = f.commitment_id
    WHERE f.type = 'commitment.made'
),
calendar AS (
    SELECT c.calendar_id, min(c.time) AS published_at
    FROM calendar_published AS c
    JOIN fact AS f ON f.position = c.position
    WHERE NOT EXISTS (SELECT 1 FROM retracted AS r WHERE r.fact_id = f.id)
    GROUP BY c.calendar_id
)
SELECT 'unknown_' || n.kind AS reason, n.about, n.id AS fact_id, n.position,
    n.time AS since, o.opened_at AS until
FROM naming AS n
LEFT JOIN opening AS o ON o.kind = n.kind AND o.about = n.about
WHERE NOT n.opens AND (o.opened_at IS NULL OR o.opened_at > n.time)

UNION ALL

SELECT 'unlinked_payment' AS reason, c.payment_id AS about, c.id AS fact_id, c.position,
    c.time AS since, a.accounted_at AS until
FROM capture AS c
LEFT JOIN accounted AS a ON a.payment_id = c.payment_id
WHERE a.accounted_at IS NULL OR a.accounted_at > c.time

UNION ALL

SELECT 'unknown_fact' AS reason, x.about, f.id AS fact_id,
    f.position, f.time AS since, CAST(NULL AS TIMESTAMPTZ) AS until
FROM named AS f
JOIN touched_retraction AS t ON t.fact_id = f.id
JOIN retraction AS x ON x.fact_id = f.id
LEFT JOIN fact AS target ON target.id = x.target_id
WHERE target.id IS NULL

UNION ALL

SELECT 'made_twice' AS reason, m.commitment_id AS about, m.id AS fact_id, m.position,
    m.time AS since, CAST(NULL AS TIMESTAMPTZ) AS until
FROM made AS m
JOIN made AS o ON o.commitment_id = m.commitment_id AND o.turn = 1
JOIN commitment_made AS a ON a.position = o.position
JOIN commitment_made AS b ON b.position = m.position
WHERE m.turn > 1 AND (
    a.about IS DISTINCT FROM b.about
    OR a.wording IS DISTINCT FROM b.wording
    OR a.kind IS DISTINCT FROM b.kind
    OR a.made_to IS DISTINCT FROM b.made_to
    OR a.owner IS DISTINCT FROM b.owner
    OR a.entry_point IS DISTINCT FROM b.entry_point
    OR a.earliest_at IS DISTINCT FROM b.earliest_at
    OR a.due_at IS DISTINCT FROM b.due_at
    OR a.requested_at IS DISTINCT FROM b.requested_at
    OR a.due_chosen_by IS DISTINCT FROM b.due_chosen_by
    OR a.feasibility_checked IS DISTINCT FROM b.feasibility_checked
    OR a.consigned IS DISTINCT FROM b.consigned
    OR a.supports IS DISTINCT FROM b.supports
    OR NOT (a.labels @> b.labels AND b.labels @> a.labels)
    OR a.refs IS DISTINCT FROM b.refs
)

UNION ALL

SELECT 'unreadable_calendar' AS reason, c.calendar_id AS about, f.id AS fact_id, f.position,
    f.time AS since, CAST(NULL AS TIMESTAMPTZ) AS until
FROM named AS f
JOIN touched_rule AS t ON t.fact_id = f.id
JOIN unreadable AS u ON u.fact_id = f.id
JOIN calendar_published AS c ON c.position = f.position

UNION ALL

SELECT 'unreadable_policy' AS reason, p.policy_id AS about, f.id AS fact_id, f.position,
    f.time AS since, CAST(NULL AS TIMESTAMPTZ) AS until
FROM named AS f
JOIN touched_rule AS t ON t.fact_id = f.id
JOIN unreadable AS u ON u.fact_id = f.id
JOIN policy_published AS p ON p.position = f.position

UNION ALL

SELECT 'unknown_calendar' AS reason, p.policy_id AS about, f.id AS fact_id, f.position,
    f.time AS since, c.published_at AS until
FROM named AS f
JOIN touched_rule AS t ON t.fact_id = f.id
JOIN policy_published AS p ON p.position = f.position
LEFT JOIN calendar AS c ON c.calendar_id = p.calendar_id
WHERE p.calendar_id IS NOT NULL AND (c.published_at IS NULL OR c.published_at > f.time);
