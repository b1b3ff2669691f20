-- It ends with the refund by which the whole charge has come back. A refund that is earlier than the
-- charge counts as at its time.
SELECT
    c.unit,
    c.at,
    c.department,
    c.at AS started_at,
    CASE WHEN w.id IS NOT NULL THEN greatest(w.time, c.at) END AS ended_at,
    CASE WHEN w.id IS NULL THEN c.facts ELSE [c.unit, CAST(w.id AS VARCHAR)] END AS facts
FROM repeated_charge AS c
LEFT JOIN (
    SELECT
        b.payment_id, b.time, b.id,
        row_number() OVER (PARTITION BY b.payment_id ORDER BY b.{order}) AS nth
    FROM (
        SELECT
            f.*,
            o.amount_minor,
            sum(r.amount_minor) OVER (
                PARTITION BY f.payment_id ORDER BY f.{order} ROWS UNBOUNDED PRECEDING
            ) AS refunded
        FROM happened AS f
        JOIN payment_refunded AS r ON r.position = f.position
        JOIN repeated_charge AS o ON o.payment_id = f.payment_id AND o.currency = r.currency
    ) AS b
    WHERE b.refunded >= b.amount_minor
) AS w ON w.payment_id = c.payment_id AND w.nth = 1;
