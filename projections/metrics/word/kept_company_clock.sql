-- With the time given back that it waited for the customer or a third party until it was honoured.
SELECT
    p.*,
    p.agreed_due_at AS at,
    p.state = 'honoured' AND coalesce(
        p.in_time,
        epoch_us(p.honoured_at) <= epoch_us(p.agreed_due_at) + coalesce(w.waited, 0)
    ) AS counted
FROM promise AS p
LEFT JOIN (
    SELECT
        s.commitment_id,
        sum(greatest(
            0,
            epoch_us(least(q.until, s.honoured_at)) - epoch_us(greatest(q.since, s.made_at))
        )) AS waited
    FROM standing AS s
    JOIN commitment_pause AS q ON q.commitment_id = s.commitment_id
    WHERE q.waiting_for IN ('customer', 'third_party') AND s.honoured_at IS NOT NULL
    GROUP BY s.commitment_id
) AS w ON w.commitment_id = p.commitment_id
WHERE p.due;
