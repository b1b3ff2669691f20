-- What was said of each payment, one row a fact in force, from its capture on, as in issue_step. The
-- one that settles it is its first link, or the refund that gives the whole back, if earlier.
CREATE TABLE payment_step AS
WITH
returned AS (
    SELECT
        s.about, s.n,
        sum(back.amount_minor) OVER (
            PARTITION BY s.about ORDER BY s.n ROWS UNBOUNDED PRECEDING
        ) >= whole.amount_minor AS wholly
    FROM step AS s
    JOIN payment_refunded AS back ON back.position = s.position
    JOIN step AS o ON o.kind = 'payment' AND o.about = s.about AND o.n = 1
    JOIN payment_captured AS whole ON whole.position = o.position
    WHERE s.kind = 'payment' AND whole.currency = back.currency
),
settling AS (
    SELECT a.about, min(a.n) AS n
    FROM (
        SELECT s.about, s.n FROM step AS s WHERE s.type = 'payment.linked'
        UNION ALL
        SELECT r.about, r.n FROM returned AS r WHERE r.wholly
    ) AS a
    GROUP BY a.about
)
SELECT
    s.about AS payment_id, s.n, s.id AS fact_id, s.position, s.type, s.time, s.step_at,
    s.department,
    coalesce(s.n = a.n, FALSE) AS settles
FROM step AS s
LEFT JOIN settling AS a ON a.about = s.about
WHERE s.kind = 'payment'
ORDER BY s.about, s.n;
