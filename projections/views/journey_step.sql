-- The facts of each journey in order. `stitched` says which facts belong together: one label a
-- customer's connected component (the work of domain/components.py).
CREATE TABLE journey_step AS
SELECT
    s.journey_id,
    row_number() OVER (PARTITION BY s.journey_id ORDER BY s.time, s.id) AS n,
    s.id AS fact_id,
    s.position,
    s.customer,
    s.type,
    s.time,
    s.department,
    s.commitment_id,
    s.links AS refs,
    tou.channel,
    CASE
        WHEN s.type = 'touchpoint.occurred' THEN tou.initiated_by <> 'customer'
        WHEN s.type = 'progress.shared' THEN pro.shown_to_customer
        ELSE s.type IN (
            'commitment.made', 'commitment.rescheduled', 'commitment.honoured',
            'commitment.abandoned', 'issue.acknowledged', 'issue.answered',
            'error.acknowledged', 'remedy.given', 'payment.refunded', 'suspicion.cleared'
        )
    END AS sign
FROM (
    SELECT
        t.customer, f.id, f.position, f.type, f.time, f.department, f.commitment_id, f.links,
        first_value(f.id) OVER (
            PARTITION BY t.customer, t.label ORDER BY f.time, f.id
        ) AS journey_id
    FROM stitched AS t
    JOIN fact AS f ON f.position = t.position
) AS s
LEFT JOIN touchpoint_occurred AS tou ON tou.id = s.id
LEFT JOIN progress_shared AS pro ON pro.id = s.id;
